/** When queues are flushed. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  flushesAreHeld,
  flushSoon,
  holdFlushes,
  MOST_WAITING,
  releaseFlushes,
} from '#volley/engine/flush.js';

/** A queue that notes its name when it is flushed. */
function queue(log: string[], name: string): { flush(): void } {
  return { flush: () => void log.push(name) };
}

describe('flushing', () => {
  afterEach(releaseFlushes);

  it('comes at the end of the tick, in order', async () => {
    const log: string[] = [];
    flushSoon(queue(log, 'a'));
    flushSoon(queue(log, 'b'));
    process.nextTick(() => log.push('next'));
    assert.deepEqual(log, []);
    await turn();
    assert.deepEqual(log, ['a', 'b', 'next']);
  });

  it('comes again in the next tick', async () => {
    const log: string[] = [];
    flushSoon(queue(log, 'a'));
    await turn();
    flushSoon(queue(log, 'b'));
    assert.deepEqual(log, ['a']);
    await turn();
    assert.deepEqual(log, ['a', 'b']);
  });

  it('waits while it is held, and comes at once when it is let go', async () => {
    const log: string[] = [];
    assert.equal(flushesAreHeld(), false);
    holdFlushes();
    assert.equal(flushesAreHeld(), true);
    flushSoon(queue(log, 'a'));
    await turn();
    assert.deepEqual(log, []);
    releaseFlushes();
    assert.equal(flushesAreHeld(), false);
    assert.deepEqual(log, ['a']);
  });

  it('does not wait where as many wait as may', () => {
    const log: string[] = [];
    holdFlushes();
    for (let index = 1; index < MOST_WAITING; index += 1) flushSoon(queue(log, `${index}`));
    assert.deepEqual(log, []);
    flushSoon(queue(log, 'last'));
    assert.equal(log.length, MOST_WAITING);
    assert.equal(log.at(-1), 'last');
  });

  it('owes the others theirs when one throws', async () => {
    const log: string[] = [];
    holdFlushes();
    flushSoon(queue(log, 'a'));
    flushSoon({
      flush() {
        throw new Error('thrown');
      },
    });
    flushSoon(queue(log, 'b'));
    assert.throws(releaseFlushes, { message: 'thrown' });
    assert.deepEqual(log, ['a']);
    await turn();
    assert.deepEqual(log, ['a', 'b']);
  });

  it('watches the end of the process once', async () => {
    const log: string[] = [];
    flushSoon(queue(log, 'a'));
    await turn();
    const before = process.listenerCount('exit');
    flushSoon(queue(log, 'b'));
    await turn();
    assert.equal(process.listenerCount('exit'), before);
  });
});
