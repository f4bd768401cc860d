import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { search } from '../support/search.ts';
import { olderReference } from '../support/target.ts';
import { type Call, callingUpTo, type ProgramOptions, programs, World } from './programs.ts';
import {
  addresses,
  among,
  anything,
  callbacks,
  functions,
  mostly,
  numbers,
  ports,
  type Source,
} from './values.ts';

let world: World;
before(async () => {
  world = await World.open();
});
after(() => world.close());

function check(name: string, calls: fc.Arbitrary<Call>[], options: ProgramOptions): void {
  test(name, { skip: olderReference }, (t) =>
    search(
      t,
      programs(() => world, calls, options),
    ),
  );
}

/** An object of options, of which each may be missing. */
function options(entries: Record<string, fc.Arbitrary<Source>>): fc.Arbitrary<Source> {
  const record = fc.record(entries, { requiredKeys: [] }).map((given) => {
    const list = Object.entries(given).map(([name, source]) => `${name}: ${source}`);
    return `{ ${list.join(', ')} }`;
  });
  const shape = among(
    '(#)',
    'Object.freeze(#)',
    'Object.create(#)',
    'new Proxy(#, {})',
    'Object.assign(() => {}, #)',
  );
  return fc
    .tuple(
      record,
      fc.oneof({ weight: 6, arbitrary: fc.constant('(#)') }, { weight: 2, arbitrary: shape }),
    )
    .map(([text, wrapper]) => wrapper.replace('#', text));
}

const localPorts = fc.oneof(
  { weight: 4, arbitrary: among('0', 'undefined', 'null', `''`, `'0'`) },
  { weight: 2, arbitrary: ports },
  { weight: 1, arbitrary: mostly(numbers) },
);
/** Descriptors above 2 may be any of this process. */
const descriptors = among(
  '0',
  '-1',
  '-5',
  '1.5',
  'NaN',
  `'3'`,
  'null',
  'undefined',
  '2 ** 32',
  '12345678',
  '1n',
);
const bindOptions = options({
  port: localPorts,
  address: addresses,
  exclusive: mostly(among('true', 'false')),
  fd: descriptors,
});

const binds = [
  callingUpTo('bind', localPorts, addresses, callbacks),
  callingUpTo('bind', localPorts, callbacks),
  callingUpTo('bind', bindOptions, callbacks),
  callingUpTo('bind', bindOptions, anything, callbacks),
  callingUpTo('bind', callbacks),
  callingUpTo('bind', anything, anything, anything),
  callingUpTo('bindSync', options({ port: localPorts, address: addresses, fd: descriptors })),
  callingUpTo('bindSync', anything, anything),
];
// How often an address is made text is not compared, nor that errors show addresses and ports as they were given, which here are objects and booleans.
const COUNTED = /^true|port: true|env\.note|\[env\.(loopback|port)\]|new (String|Number)\(/;
const quiet = binds.map((call) => call.filter(({ args }) => !COUNTED.test(args.join())));
// What a call leaves where it throws is different (docs/compatibility.md, "After bind() threw"): one for each socket.
check('bind', quiet, { runs: 4000, maxLength: 1 });

const connects = [
  callingUpTo('connect', ports, addresses, callbacks),
  callingUpTo('connect', ports, callbacks),
  callingUpTo('connect', anything, anything, anything),
  callingUpTo('connectSync', ports, addresses, functions),
  callingUpTo('connectSync', anything, anything),
];
check('connect', connects, { runs: 4000, maxLength: 1 });
