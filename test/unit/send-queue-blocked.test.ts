/** The send queue while the system takes nothing, or nothing is to leave. */
import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { SendBatch } from '#volley/driver.js';
import { holdFlushes, releaseFlushes } from '#volley/engine/flush.js';
import { errnoOf } from '#volley/errors/system.js';
import { setUp } from './scripted-queue.ts';

describe('SendQueue', () => {
  it('does not send for the sake of a report while flushes are held', async () => {
    const { handle, log, pushReported } = setUp();
    holdFlushes();
    try {
      pushReported('a');
      await turn();
      assert.deepEqual(handle.sent, []);
    } finally {
      releaseFlushes();
    }
    assert.deepEqual(handle.sent, ['a']);
    await turn();
    assert.deepEqual(log, ['a: 1']);
  });

  it('sends once for all reports of a tick', async () => {
    const { handle, pushReported } = setUp();
    for (const text of ['a', 'b', 'c']) pushReported(text);
    await turn();
    assert.deepEqual(handle.batches, [3]);
    assert.equal(handle.offers, 1);
  });

  it('leaves in one batch whatever the number of calls in a tick', async () => {
    const { handle, push } = setUp();
    for (let index = 0; index < 500; index += 1) push('x');
    assert.deepEqual(handle.batches, []);
    await turn();
    assert.deepEqual(handle.batches, [500]);
  });

  it('takes of a list no more than up to its mark', () => {
    const { queue, push } = setUp(10);
    push('123456');
    const list = Array.from({ length: 20 }, () => 'x');
    assert.equal(queue.pushList(list, 0, undefined, 0, false), 4);
    assert.equal(queue.full, true);
    queue.flush();
  });

  it('asks the system again at each flush, for as long as anything waits', async () => {
    const { handle, queue, push } = setUp();
    handle.room = 0;
    push('a');
    queue.flush();
    queue.flush();
    assert.equal(handle.offers, 2);
    handle.room = 1;
    queue.flush();
    queue.flush();
    assert.equal(handle.offers, 3);
    await turn();
    assert.equal(handle.offers, 3);
  });

  it('lets a driver that tells outcomes later have what is behind the first slab', () => {
    const { handle, queue, push } = setUp();
    const ahead: number[] = [];
    Object.assign(handle, { takeAhead: ({ count }: SendBatch) => ahead.push(count) });
    handle.room = 0;
    for (let index = 0; index < 1024; index += 1) push('x');
    queue.flush();
    assert.deepEqual(ahead, []);
    for (let index = 0; index < 3; index += 1) push('y');
    assert.deepEqual(ahead, []);
    queue.flush();
    assert.deepEqual(ahead, [3]);
  });

  it('sends what it is asked about, and nothing for what is settled', () => {
    const { handle, queue, push } = setUp();
    push('a');
    assert.equal(queue.settles(0), true);
    assert.deepEqual(handle.sent, ['a']);
    push('b');
    assert.equal(queue.settles(0), true);
    assert.deepEqual(handle.sent, ['a']);
    queue.flush();
  });

  it('shows those that wait in async_hooks as node:dgram does', async () => {
    const { handle, queue, pushReported } = setUp();
    const types: string[] = [];
    const hook = createHook({ init: (_id, type) => void types.push(type) }).enable();
    try {
      handle.room = 0;
      pushReported('a');
      await turn();
    } finally {
      hook.disable();
    }
    assert.ok(types.includes('UDPSENDWRAP'));
    queue.cancel();
  });

  it('gives up what waits in all slabs', async () => {
    const { handle, queue, log, push, pushReported } = setUp();
    handle.room = 0;
    for (let index = 0; index < 1024; index += 1) push('x');
    pushReported('last');
    await turn();
    queue.cancel();
    assert.equal(queue.count, 0);
    assert.equal(queue.size, 0);
    await turn();
    assert.deepEqual(log, ['last: send ECANCELED']);
  });

  it('keeps no failures of datagrams that nobody asks for', () => {
    const { handle, queue, push } = setUp();
    handle.failures.set('a', -1);
    assert.equal(queue.hasFailures, false);
    push('a');
    queue.flush();
    assert.equal(queue.hasFailures, false);
    assert.equal(queue.count, 0);
    assert.equal(queue.outcome(0), 0);
    queue.push('b', 1, undefined, 0, true);
    queue.flush();
    assert.equal(queue.hasFailures, false);
  });

  it('tells late what is settled late, and no sooner', async () => {
    const { handle, queue, log, pushReported } = setUp();
    handle.room = 0;
    for (const text of ['a', 'b', 'c']) pushReported(text);
    await turn();
    handle.room = 2;
    queue.flush();
    assert.deepEqual(log, [], 'never within a flush');
    await turn();
    assert.deepEqual(log, ['a: 1', 'b: 1']);
    handle.room = 1;
    queue.resume();
    assert.deepEqual(log, ['a: 1', 'b: 1', 'c: 1']);
  });

  it('tells what fails once the system takes datagrams again', async () => {
    const { handle, queue, log, pushReported } = setUp();
    handle.room = 0;
    for (const text of ['a', 'b', 'c']) pushReported(text);
    await turn();
    handle.room = 2;
    handle.failures.set('b', errnoOf('ECONNREFUSED'));
    queue.resume();
    assert.deepEqual(log, ['a: 1', 'b: send ECONNREFUSED', 'c: 1']);
    assert.equal(queue.hasFailures, false);
  });

  it('says once that it is empty, and not while it has something again', async () => {
    const { handle, queue, log, push } = setUp(2);
    push('ab');
    queue.flush();
    handle.room = 0;
    push('c');
    await turn();
    assert.deepEqual(log, []);
    handle.room = 1;
    queue.resume();
    queue.resume();
    await turn();
    assert.deepEqual(log, ['drained']);
  });
});
