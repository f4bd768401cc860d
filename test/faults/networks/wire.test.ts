/**
 * What UDP promises (RFC 768), over a wire that loses, repeats, reorders, alters and delays datagrams: each that arrives
 * is whole and from whom it says, and none is lost but by the wire. With node:dgram over the same wire.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { noGroups } from '../../real/calls.ts';
import { releaseAll } from '../../real/support.ts';
import { full } from '../support.ts';
import { expected, type FlowSetting, type Outcome, Pair } from './flow.ts';
import { type Feature, Link, noWire, type Rules } from './link.ts';

/** Datagrams of a flow. */
const COUNT = full ? 20_000 : 2_000;

const BAD: Rules = { loss: 0.05, duplicate: 0.05, corrupt: 0.03, repaired: 0.03, hold: 0.1 };

const wires: Record<string, Rules> = {
  'a good wire': {},
  'one that loses a tenth': { seed: 11, loss: 0.1 },
  'one that repeats a tenth': { seed: 12, duplicate: 0.1 },
  'one that reorders': { seed: 13, hold: 0.2, hold_for: 20 },
  'one that flips bits': { seed: 14, corrupt: 0.1 },
  'one that flips bits and mends the checksum': { seed: 15, repaired: 0.1 },
  'one that is late, by up to 5 ms': { seed: 16, delay: 1, jitter: 4 },
  'one that does all of it': { ...BAD, seed: 17, jitter: 2 },
};

const ends: FlowSetting[] = [
  { type: 'udp4' },
  { type: 'udp6', connected: true },
  { type: 'udp4', how: 'sendMany', takes: 'messages', connected: true },
  { type: 'udp6', how: 'sendMany', takes: 'messages' },
];

function describeEnds({ type, how = 'send', takes = 'message', connected }: FlowSetting): string {
  return `${type}, ${how}${connected ? ', connected' : ''}, '${takes}'`;
}

/** All accounts agree: those of the sender, the wire, the receiving kernel and the receiver. */
function assertAccounts({ sent, wire, received, dropped }: Outcome): void {
  assert.equal(sent, COUNT);
  assert.equal(wire.seen, sent, 'what left');
  assert.equal(wire.refused, 0);
  assert.equal(received.numbers.length, expected(wire), 'what arrived');
  assert.equal(dropped, wire.corrupted, 'what the kernel dropped for its checksum');
  // The kernel checks short ones, up to 76 bytes, before it looks for a socket (CHECKSUM_BREAK, linux/skbuff.h).
  const { drops } = received;
  if (drops !== undefined) assert.ok(drops <= wire.corrupted && drops > 0 === wire.corrupted > 0);
  assert.equal(received.altered.length, wire.repaired, 'what nobody can know to be wrong');
  const repeated = received.numbers.length - new Set(received.numbers).size;
  assert.equal(repeated, wire.duplicated, 'what came twice');
}

/** Whether a wire with these rules keeps datagrams in order. */
function inOrder({ hold, jitter, duplicate }: Rules): boolean {
  return !hold && !jitter && !duplicate;
}

function assertOrder({ received: { numbers } }: Outcome): void {
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
    'in order',
  );
}

for (const [title, features] of [
  ['a wire of real packets', ['merge']],
  ['a wire that takes and brings groups', ['offload', 'merge']],
] satisfies [string, Feature[]][]) {
  describe(title, { skip: noWire }, () => {
    let link: Link;
    before(async () => {
      link = await Link.create(features);
    });
    after(releaseAll);

    for (const setting of ends) {
      describe(describeEnds(setting), () => {
        let pair: Pair;
        before(async () => {
          pair = await Pair.open(link, setting);
        });
        after(() => pair.end());

        for (const [name, rules] of Object.entries(wires)) {
          // A group lacks the checksum that would tell.
          if (features.includes('offload') && (rules.corrupt || rules.repaired)) continue;
          it(name, async () => {
            const outcome = await pair.flow(rules, COUNT);
            assertAccounts(outcome);
            if (inOrder(rules)) assertOrder(outcome);
            const { wire, received, taken } = outcome;
            // What is tested here does happen: groups on the wire, merged datagrams behind it.
            if (noGroups === false && features.includes('offload')) assert.ok(wire.grouped > 0);
            if (rules === wires['a good wire']) assert.ok(taken < received.numbers.length);
          });
        }
      });
    }
  });
}

describe('the same bad wire for Volley and node:dgram', { skip: noWire }, () => {
  let link: Link;
  before(async () => {
    link = await Link.create(['merge']);
  });
  after(releaseAll);

  for (const type of ['udp4', 'udp6'] as const) {
    for (const connected of [false, true]) {
      it(`does the same to both (${type}${connected ? ', connected' : ''})`, async () => {
        const rules: Rules = { ...BAD, seed: 18 };
        const outcome = async (target: 'volley' | 'node'): Promise<Outcome> => {
          const pair = await Pair.open(link, { type, connected, target });
          const result = await pair.flow(rules, COUNT);
          pair.end();
          return result;
        };
        const [volley, node] = [await outcome('volley'), await outcome('node')];
        assertAccounts(volley);
        const known = ({ sent, wire, received, dropped }: Outcome): object => {
          return { sent, wire, dropped, numbers: received.numbers, altered: received.altered };
        };
        assert.deepEqual(known(volley), known(node));
      });
    }
  }
});
