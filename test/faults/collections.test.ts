/** Garbage collection at the worst moments: in each handler, between events, and as V8's own stress tests have it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { verdict } from './support.ts';

const EACH = 20;

/** What V8 does more often than it would: move all that lives, scavenge, mark step by step. */
const STRESSES = [
  [],
  ['--stress-compaction'],
  ['--stress-scavenge=50'],
  ['--stress-incremental-marking', '--gc-global'],
];

describe('garbage collection', () => {
  for (const stress of STRESSES) {
    it(`in handlers and between events ${stress.join(' ')}`, async () => {
      const { seen, ...counts } = await verdict('collections', {
        flags: ['--expose-gc', ...stress],
      });
      assert.deepEqual(counts, {
        ...{ never: 0, closed: 0, unreferenced: EACH },
        ...{ answers: EACH, afterwards: 0 },
      });
      const { messages, drain, lookup, nextTick, ...exact } = Object(seen);
      assert.deepEqual(exact, {
        ...{ message: 12, sent: 16, 'sent many': 4, 'promise job': nextTick },
        ...{ listening: 2, connect: 2, error: 2, close: 2 },
      });
      for (const count of [messages, drain, lookup]) assert.ok(count > 0, JSON.stringify(seen));
    });
  }
});
