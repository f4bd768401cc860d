import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { search } from '../support/search.ts';
import { olderReference } from '../support/target.ts';
import { type Call, calling, callingUpTo, programs, World } from './programs.ts';
import { addresses, anything, booleans, groups, isText, mostly, numbers } from './values.ts';

let world: World;
before(async () => {
  world = await World.open();
});
after(() => world.close());

function check(
  name: string,
  calls: fc.Arbitrary<Call>[],
  runs: number,
  skip = olderReference,
): void {
  test(name, { skip }, (t) =>
    search(
      t,
      programs(() => world, calls, { runs }),
    ),
  );
}

const small = fc.integer({ min: -2, max: 300 }).map(String);

/** node:dgram aborts the process upon -0 (an assertion of UDPWrap::BufferSize); Volley takes it for 0. */
const sizes = mostly(numbers).filter((source) => source !== '-0');

/** node:dgram takes the text of an address up to a NUL; for Volley it is no address. */
const whole = ({ args }: Call): boolean => !/\\0|\\u0000/.test(args.join());

check(
  'setters',
  [
    calling('setTTL', mostly(fc.oneof(small, numbers))),
    calling('setMulticastTTL', mostly(fc.oneof(small, numbers))),
    calling('setBroadcast', booleans),
    calling('setMulticastLoopback', booleans),
    calling('setRecvBufferSize', sizes),
    calling('setSendBufferSize', sizes),
    callingUpTo('setMulticastInterface', addresses).filter(whole),
  ],
  400,
);

/**
 * Where a group or an interface cannot be made text, node:dgram of the newest line says EINVAL in some cases and hides
 * what was thrown, or binds the socket all the same. Volley throws it, as older lines do, and does nothing.
 */
const textual = (call: Call): boolean => whole(call) && call.args.every(isText);

check(
  'memberships',
  [
    callingUpTo('addMembership', groups, addresses).filter(textual),
    callingUpTo('dropMembership', groups, addresses).filter(textual),
    callingUpTo('addSourceSpecificMembership', addresses, groups, addresses).filter(textual),
    callingUpTo('dropSourceSpecificMembership', addresses, groups, addresses).filter(textual),
    callingUpTo('setMulticastInterface', addresses).filter(whole),
  ],
  400,
);

check(
  'what takes no argument, and gets some',
  [
    ...['address', 'remoteAddress', 'ref', 'unref', 'getRecvBufferSize', 'getSendBufferSize'],
    ...['getSendQueueSize', 'getSendQueueCount', 'disconnect'],
  ].map((method) => callingUpTo(method, anything)),
  400,
  false,
);
