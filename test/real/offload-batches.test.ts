/** What batches mean for those who send and receive: replies, refusals, errors amid a batch. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { noGroups, Witness } from './calls.ts';
import type { Refused } from './fixtures/refused.ts';
import type { Replies } from './fixtures/replies.ts';

const witness = new Witness();
after(() => witness.remove());

const CLIENTS = 32;
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

function isReplies(value: unknown): value is Replies {
  return typeof value === 'object' && value !== null && 'waiting' in value;
}

function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'events' in value;
}

describe('replies to a batch of queries', () => {
  it('leave together, in one call', async () => {
    // Handlers that had to wait for the processor, or to be compiled, have replies flushed early.
    const { result, calls } = await witness.run('replies', ['500', `${CLIENTS}`, '0']);
    assert.ok(isReplies(result));
    assert.equal(result.received, result.waiting.length * CLIENTS);
    assert.deepEqual(result.waiting.at(-1), numbers(0, CLIENTS));
    const together = calls.sends.filter(({ result }) => result === CLIENTS);
    assert.equal(together.length, 1, 'no sendmmsg took all replies of a batch');
  });

  it('do not wait for the end of the batch behind slow handlers', async () => {
    const { result } = await witness.run('replies', ['2', `${CLIENTS}`, '0.5']);
    assert.ok(isReplies(result));
    assert.equal(result.received, 2 * CLIENTS);
    assert.deepEqual(new Set(result.waiting.flat()), new Set([0]));
  });

  for (const milliseconds of ['0', '3']) {
    it(`leave before the socket closes amid the batch (handlers of ${milliseconds} ms)`, async () => {
      const { result } = await witness.run('replies', ['1', `${CLIENTS}`, milliseconds, '9']);
      assert.ok(isReplies(result));
      assert.equal(result.received, 10);
      assert.equal(result.waiting[0]?.length, 10, "no 'message' comes after it");
    });
  }
});

describe('a connected peer that comes and goes', () => {
  for (const environment of [{}, { VOLLEY_GSO: '0' }]) {
    it(`costs a datagram for each refusal, ${JSON.stringify(environment)}`, async () => {
      const { result, calls } = await witness.run('refused', [], environment);
      assert.ok(isRefused(result));
      const { callbacks, errors, events, arrived } = result;
      assert.deepEqual(callbacks, numbers(0, 600), 'each is called back, in order');
      assert.deepEqual(arrived[0], numbers(0, 200), 'all of the first volley');
      assert.ok(errors.length > 0, 'nobody listened to the second');
      const failed = new Set(errors.map(([number]) => number));
      assert.ok(errors.every(([number, code]) => number >= 200 && code === 'ECONNREFUSED'));
      assert.deepEqual(
        arrived[1],
        numbers(400, 600).filter((number) => !failed.has(number)),
        'the third, less the one that a last refusal met',
      );
      // A refusal that the kernel told is told on: to one callback, no more and no less.
      const refusals = calls.sends.filter(({ result }) => result === -111);
      assert.equal(refusals.length, errors.length);
      assert.ok(events.every((code) => code === 'ECONNREFUSED'));
      const groups = calls.sends.flatMap(({ messages }) => messages.map(({ segment }) => segment));
      assert.equal(groups.includes(50), !noGroups && !('VOLLEY_GSO' in environment));
    });
  }
});

describe('a batch', () => {
  for (const milliseconds of ['0', '3']) {
    const slow = `handlers of ${milliseconds} ms`;

    it(`is handed out before the error that ended it (${slow})`, async () => {
      const { result } = await witness.run('arrivals', [milliseconds, '11'], {
        VOLLEY_GSO: '0',
        RECEIVE_FAIL_AT: '4',
      });
      assert.deepEqual(result, {
        events: ['0', '1', '2', 'ECONNREFUSED', '3', '4', '5', '6', '7', '8', '9'],
        sources: ['127.0.0.1 its port'],
      });
    });

    it(`goes without what was cut, which is reported behind it (${slow})`, async () => {
      const { result } = await witness.run('arrivals', [milliseconds, '10'], {
        VOLLEY_GSO: '0',
        TRUNCATED: '2',
      });
      assert.deepEqual(result, {
        events: ['0', '1', '3', '4', '5', '6', '7', '8', '9', 'EMSGSIZE'],
        sources: ['127.0.0.1 its port'],
      });
    });
  }

  it('may hold a datagram without a source', async () => {
    const { result } = await witness.run('arrivals', ['0', '10'], {
      VOLLEY_GSO: '0',
      NAMELESS: '2',
    });
    assert.deepEqual(result, {
      events: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      sources: ['127.0.0.1 its port', ' 0'],
    });
  });
});
