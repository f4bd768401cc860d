import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { search } from '../support/search.ts';
import { olderReference } from '../support/target.ts';
import {
  type Call,
  callingUpTo,
  type ProgramOptions,
  programs,
  STATES,
  World,
} from './programs.ts';
import {
  addresses,
  among,
  anything,
  callbacks,
  hostile,
  messages,
  mostly,
  numbers,
  ports,
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

const positions = mostly(
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 6 }).map(String) },
    { weight: 1, arbitrary: numbers },
    {
      weight: 1,
      arbitrary: among(`'1'`, 'null', 'undefined', 'true', '2n', '[]', '[2]', `Symbol('s')`),
    },
    { weight: 1, arbitrary: hostile },
  ),
);

const sends = [
  callingUpTo('send', messages, ports, addresses, callbacks),
  callingUpTo('send', messages, ports, callbacks),
  callingUpTo('send', messages, callbacks),
  callingUpTo('send', messages, positions, positions, ports, addresses, callbacks),
  callingUpTo('send', messages, positions, positions, ports, callbacks),
  callingUpTo('send', messages, positions, positions, callbacks),
  callingUpTo('send', ...Array.from({ length: 6 }, () => anything)),
  callingUpTo('sendto', messages, positions, positions, ports, addresses, callbacks),
];

check('send on a socket that is bound', sends, { runs: 1500, states: ['bound'] });
check('send on a connected socket', sends, { runs: 1000, states: ['connected'] });
// While connecting, Volley sends what goes to a number at once (docs/compatibility.md, "When datagrams leave").
const others = STATES.filter((state) => state !== 'connecting');
// Of what waits for the socket to be bound node:dgram makes a copy, by properties of the view, which throws for some.
// Volley's copy has the bytes that a bound socket sends.
const ODD_VIEW = /byteLength(\(|')|, null\)|'buffer'|structuredClone|resize/;
const even = sends.map((call) => call.filter(({ args }) => !ODD_VIEW.test(args.join())));
check('send on a socket in another state', even, { runs: 1000, maxLength: 4, states: others });
