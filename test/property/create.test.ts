import diagnostics from 'node:diagnostics_channel';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { search } from '../support/search.ts';
import {
  catching,
  describe,
  difference,
  REFERENCE,
  type Side,
  settled,
  Trace,
  VOLLEY,
} from '../support/sides.ts';
import { call, shut } from '../support/sockets.ts';
import { olderReference } from '../support/target.ts';
import { environment, evaluate, World } from './programs.ts';
import {
  among,
  anything,
  booleans,
  functions,
  hostile,
  mostly,
  numbers,
  type Source,
} from './values.ts';

let world: World;
before(async () => {
  world = await World.open();
});
after(() => world.close());

interface Creation {
  readonly how: 'createSocket' | 'Socket';
  readonly given: Source;
  readonly listener: Source;
  /** What `Object.prototype` has meanwhile. */
  readonly polluted: Readonly<Record<string, Source>>;
}

const SIGNALS = among(
  ...[
    'AbortSignal.abort()',
    'new AbortController().signal',
    '{ aborted: true }',
    '{ aborted: false }',
  ],
  ...[`AbortSignal.abort('why')`, 'AbortSignal.any([AbortSignal.abort()])', 'new EventTarget()'],
  ...[`{ get aborted() { throw new RangeError('aborted'); } }`, `Object.create({ aborted: true })`],
  `{ aborted: false, addEventListener(type, listener, options) { env.note(type); } }`,
);
const TYPES = fc.oneof(
  { weight: 8, arbitrary: among(`'udp4'`, `'udp6'`) },
  { weight: 1, arbitrary: among(`'udp'`, `'UDP4'`, `new String('udp4')`, `['udp4']`, `'udp4 '`) },
  { weight: 1, arbitrary: anything },
);
const sizes = mostly(fc.oneof(numbers, fc.integer({ min: 0, max: 100_000 }).map(String)));
const ENTRIES = {
  lookup: mostly(functions),
  recvBufferSize: sizes,
  sendBufferSize: sizes,
  receiveBlockList: mostly(
    among('env.blocking()', 'null', 'undefined', 'Object.create(env.blocking())'),
  ),
  sendBlockList: mostly(among('env.blocking()', 'null', 'undefined', 'false')),
  signal: mostly(SIGNALS),
  reuseAddr: booleans,
  reusePort: booleans,
  ipv6Only: booleans,
};

/** Not `signal`, which every `addEventListener` of the process would take for its own. */
const { signal: _signal, ...POLLUTION } = ENTRIES;

/** Options, of which some are getters that throw. */
const options = fc
  .tuple(
    fc.record({ type: TYPES, ...ENTRIES }, { requiredKeys: ['type'] }),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.subarray(['type', ...Object.keys(ENTRIES)], { maxLength: 2 }) },
    ),
    fc.oneof(
      { weight: 6, arbitrary: fc.constant('(#)') },
      { weight: 2, arbitrary: among('Object.freeze(#)', 'Object.create(#)', 'new Proxy(#, {})') },
    ),
  )
  .map(([given, throwing, wrapper]) => {
    const list = Object.entries(given).map(([name, source]) => `${name}: ${source}`);
    const getters = throwing.map((name) => `get ${name}() { throw new RangeError('${name}'); }`);
    return wrapper.replace('#', () => `{ ${[...list, ...getters].join(', ')} }`);
  });

const creations: fc.Arbitrary<Creation> = fc.record({
  how: fc.constantFrom('createSocket', 'Socket'),
  given: fc.oneof(
    { weight: 5, arbitrary: options },
    { weight: 2, arbitrary: TYPES },
    { weight: 1, arbitrary: hostile },
  ),
  listener: fc.oneof(functions, anything, among('undefined')),
  polluted: fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record(POLLUTION, { requiredKeys: [] }) },
  ),
});

async function perform(
  side: Side,
  { how, given, listener, polluted }: Creation,
): Promise<string[]> {
  const trace = new Trace(world.names);
  const { env, known } = environment(world, 'udp4', trace);
  const published: unknown[] = [];
  const onPublish = (message: unknown): void => {
    published.push(Reflect.get(Object(message), 'socket'));
  };
  const args = [evaluate(given, env), evaluate(listener, env)];
  const pollution = Object.entries(polluted).map(
    ([name, source]) => [name, evaluate(source, env)] as const,
  );
  diagnostics.subscribe('udp.socket', onPublish);
  let created: unknown;
  let thrown: unknown;
  for (const [name, value] of pollution)
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
  try {
    created =
      how === 'Socket'
        ? Reflect.construct(side.dgram.Socket, args)
        : call(side.dgram, how, ...args);
  } catch (error) {
    thrown = error;
  } finally {
    for (const [name] of pollution) Reflect.deleteProperty(Object.prototype, name);
    diagnostics.unsubscribe('udp.socket', onPublish);
  }
  if (!(created instanceof side.dgram.Socket)) {
    trace.add(`throws ${describe(thrown, known)}, published ${published.length}`);
    return trace.lines;
  }
  const socket = created;
  trace.add(
    `type ${Reflect.get(socket, 'type')}, published ${published.map((each) => each === socket).join()}`,
  );
  trace.add(
    `listeners of 'message' ${socket.listenerCount('message')}, of 'close' ${socket.listenerCount('close')}`,
  );
  socket.on('close', () => trace.add('closed'));
  await catching(
    (error) => trace.add(`uncaught: ${describe(error, known)}`),
    async () => {
      await settled(trace);
      shut(socket);
      await settled(trace);
    },
  );
  return trace.lines;
}

test('createSocket and new Socket', { skip: olderReference }, (t) =>
  search<Creation>(t, {
    inputs: creations,
    runs: 4000,
    async judge(creation) {
      const found = difference(await perform(REFERENCE, creation), await perform(VOLLEY, creation));
      const { how, given, listener, polluted } = creation;
      const pollution = Object.entries(polluted).map(
        ([name, source]) => `Object.prototype.${name} = ${source};\n`,
      );
      return found && `${pollution.join('')}${how}(${given}, ${listener})\n\n${found}`;
    },
    shorten: (creation) =>
      Object.keys(creation.polluted).map((name) => {
        const { [name]: _removed, ...polluted } = creation.polluted;
        return { ...creation, polluted };
      }),
  }),
);
