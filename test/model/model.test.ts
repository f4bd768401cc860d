import { after, before, test } from 'node:test';
import { search, withoutOne } from '../support/search.ts';
import { difference, Peer, REFERENCE, type Side, VOLLEY } from '../support/sides.ts';
import { olderReference, target } from '../support/target.ts';
import { Run, type World } from './run.ts';
import { type Program, programs } from './steps.ts';

let world: World;
before(async () => {
  const peers = { udp4: await Peer.open('udp4'), udp6: await Peer.open('udp6') };
  const names = new Map([
    [peers.udp4.port, '<peer>'],
    [peers.udp6.port, '<peer>'],
  ]);
  world = { peers, names };
});
after(() => {
  world.peers.udp4.close();
  world.peers.udp6.close();
});

async function observe(side: Side, program: Program): Promise<string[]> {
  const run = new Run(side, world, program);
  await run.play();
  return run.trace.lines;
}

/**
 * What a line is about: only what happens on one socket has an order (docs/compatibility.md, "When datagrams leave"). Where
 * something was thrown, see `withoutLateMessages`, there is one only among
 * messages, and none of callbacks over the builtin driver, see `asBuiltin`.
 */
function subject(line: string, thrown: boolean): string {
  const [first = '', second = ''] = line.split(' ');
  if (first === 'arrived:') return `${first} ${second}`;
  if (thrown && second === "'message'") return `${first} ${second}`;
  const late = target === 'builtin' && line.startsWith(`${first} callback of send`);
  return late ? `${first} ${second}` : first;
}

function bySubject(lines: readonly string[]): string[] {
  const thrown = lines.some((line) => line.startsWith('uncaught'));
  const subjects = [...new Set(lines.map((line) => subject(line, thrown)))].sort();
  return subjects.flatMap((wanted) => {
    const own = lines.filter((line) => subject(line, thrown) === wanted);
    // What Volley refuses itself is told before what the driver has yet to hear of.
    return target === 'builtin' && wanted.endsWith('callback') ? own.sort() : own;
  });
}

function show({ type, steps }: Program): string {
  const lines = steps.map(({ call, ...details }) => {
    const place = 'on' in details ? `s${details.on}.` : '';
    const words = Object.entries(details).filter(([name]) => name !== 'on');
    return `    ${place}${call} ${words.map(([name, value]) => `${name}: ${value}`).join(', ')}`;
  });
  return [`two ${type} sockets`, ...lines].join('\n');
}

async function judge(program: Program): Promise<string | undefined> {
  const reference = bySubject(await observe(REFERENCE, program));
  const found = difference(reference, bySubject(await observe(VOLLEY, program)));
  return found && `${show(program)}\n\n${found}`;
}

test('random programs', { skip: olderReference }, (t) =>
  search<Program>(t, {
    inputs: programs,
    runs: 2000,
    judge,
    shorten: (program) => withoutOne(program.steps).map((steps) => ({ ...program, steps })),
  }),
);
