import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { payloadLength } from '#volley/engine/payload.js';
import { setUp } from './scripted-queue.ts';

const ECONNREFUSED = -constants.errno.ECONNREFUSED;

describe('SendQueue', () => {
  it('sends what a tick brought in one batch, in order, when the tick ends', async () => {
    const { handle, queue, push } = setUp();
    for (const text of ['a', 'b', 'c']) push(text);
    assert.deepEqual(handle.sent, []);
    assert.equal(queue.count, 3);
    assert.equal(queue.size, 3);
    await turn();
    assert.deepEqual(handle.sent, ['a', 'b', 'c']);
    assert.deepEqual(handle.batches, [3]);
    assert.equal(queue.count, 0);
    assert.equal(queue.size, 0);
  });

  it('copies payloads of every form at the call', async () => {
    const { handle, queue } = setUp();
    const address = { text: '192.0.2.1', record: new Uint32Array() };
    const bytes = Buffer.from('bytes');
    const parts = [Buffer.from('p'), new Uint8Array(), Buffer.from('arts')];
    for (const payload of ['grün', bytes, parts]) {
      queue.push(payload, payloadLength(payload), address, 53, false);
    }
    bytes.fill('x');
    parts[0]?.fill(0x78);
    await turn();
    assert.deepEqual(handle.sent, ['grün', 'bytes', 'parts']);
    assert.deepEqual(handle.destinations, ['192.0.2.1:53', '192.0.2.1:53', '192.0.2.1:53']);
  });

  it('does not wait for the end of the tick when a slab is full of datagrams', async () => {
    const { handle, push } = setUp();
    for (let index = 0; index < 2000; index += 1) push(String(index));
    assert.equal(handle.sent.length, 1024);
    await turn();
    assert.deepEqual(
      handle.sent,
      Array.from({ length: 2000 }, (_, index) => String(index)),
    );
  });

  it('does not wait for the end of the tick when a slab is full of bytes', async () => {
    const { handle, push } = setUp();
    const large = 'x'.repeat(60_000);
    for (let index = 0; index < 10; index += 1) push(`${index}${large}`);
    assert.ok(handle.sent.length > 0);
    await turn();
    assert.deepEqual(
      handle.sent.map((text) => text[0]),
      ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    );
    assert.ok(handle.sent.every((text) => text.length === 60_001));
  });

  it('keeps of a datagram that is too long as much as the kernel needs to refuse it', async () => {
    const { handle, push } = setUp();
    push('x'.repeat(1_000_000));
    await turn();
    assert.equal(handle.sent[0]?.length, 0x1_0000);
  });

  it('reports to each sender in order, never within the call', async () => {
    const { log, pushReported } = setUp();
    pushReported('one');
    pushReported('three');
    assert.deepEqual(log, []);
    await turn();
    assert.deepEqual(log, ['one: 3', 'three: 5']);
  });

  it('gives an error to the datagram that it belongs to, and sends the others', async () => {
    const { handle, log, pushReported } = setUp();
    handle.failures.set('b', ECONNREFUSED);
    for (const text of ['a', 'b', 'c']) pushReported(text);
    await turn();
    assert.deepEqual(handle.sent, ['a', 'c']);
    assert.deepEqual(log, ['a: 1', 'b: send ECONNREFUSED', 'c: 1']);
  });

  it('keeps what the system does not take, and reports it before anything younger', async () => {
    const { handle, queue, log, pushReported } = setUp();
    handle.room = 1;
    for (const text of ['a', 'b', 'c']) pushReported(text);
    await turn();
    assert.deepEqual(log, ['a: 1']);
    assert.equal(queue.count, 2);
    pushReported('d');
    handle.room = Number.POSITIVE_INFINITY;
    queue.resume();
    await turn();
    assert.deepEqual(handle.sent, ['a', 'b', 'c', 'd']);
    assert.deepEqual(log, ['a: 1', 'b: 1', 'c: 1', 'd: 1']);
    assert.equal(queue.size, 0);
  });

  it('offers what waits again along with what is younger, in order', async () => {
    const { handle, push } = setUp();
    handle.room = 0;
    push('a');
    await turn();
    handle.room = 1;
    push('b');
    await turn();
    assert.deepEqual(handle.sent, ['a']);
    handle.room = 2;
    push('c');
    await turn();
    assert.deepEqual(handle.sent, ['a', 'b', 'c']);
  });

  it('asks a system that takes nothing once in a tick', async () => {
    const { handle, pushReported } = setUp();
    handle.room = 0;
    for (let index = 0; index < 500; index += 1) pushReported(`${index}`);
    await turn();
    assert.ok(handle.offers <= 2, `asked ${handle.offers} times`);
  });

  it('reports late in the async context of the send', async () => {
    const { handle, queue, pushReported } = setUp();
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    handle.room = 0;
    storage.run('first', () => pushReported('a', () => seen.push(storage.getStore())));
    storage.run('second', () => pushReported('b', () => seen.push(storage.getStore())));
    await turn();
    handle.room = 2;
    storage.run('other', () => queue.resume());
    assert.deepEqual(seen, ['first', 'second']);
  });

  it('cancels what waits once the socket is closed', async () => {
    const { handle, queue, log, pushReported } = setUp();
    handle.room = 1;
    pushReported('a');
    pushReported('b');
    await turn();
    pushReported('c');
    queue.cancel();
    assert.equal(queue.count, 0);
    assert.deepEqual(log, ['a: 1']);
    await turn();
    assert.deepEqual(log, ['a: 1', 'b: send ECANCELED', 'c: send ECANCELED']);
  });

  it('reports what left late, although the socket closes before it is writable', async () => {
    const { handle, queue, log, pushReported } = setUp();
    handle.room = 0;
    pushReported('a');
    await turn();
    handle.room = 1;
    queue.flush();
    queue.cancel();
    await turn();
    assert.deepEqual(log, ['a: 1']);
  });

  it('owes the others their reports when a callback throws', async () => {
    const { handle, queue, log, pushReported } = setUp();
    handle.room = 0;
    pushReported('a', () => {
      throw new Error('from the callback');
    });
    pushReported('b');
    await turn();
    handle.room = 2;
    assert.throws(() => queue.resume(), /from the callback/);
    await turn();
    assert.deepEqual(log, ['a: 1', 'b: 1']);
  });

  it('owes a younger one its report when an older one throws in its tick', async () => {
    const { handle, queue, log, pushReported } = setUp();
    handle.room = 0;
    pushReported('a', () => {
      pushReported('c');
      throw new Error('from a');
    });
    pushReported('b', () => {
      throw new Error('from b');
    });
    await turn();
    handle.room = 3;
    const thrown: string[] = [];
    process.setUncaughtExceptionCaptureCallback((error) => thrown.push(String(error)));
    try {
      assert.throws(() => queue.resume(), /from a/);
      await turn();
    } finally {
      process.setUncaughtExceptionCaptureCallback(null);
    }
    assert.deepEqual(log, ['a: 1', 'b: 1', 'c: 1']);
    assert.deepEqual(thrown, ['Error: from b']);
  });

  it('reports a hundred thousand late ones', async () => {
    const { handle, queue, log, pushReported } = setUp();
    handle.room = 0;
    const count = 100_000;
    for (let index = 0; index < count; index += 1) pushReported(`${index}`);
    await turn();
    queue.cancel();
    await turn();
    assert.equal(log.length, count);
    assert.equal(log.at(-1), `${count - 1}: send ECANCELED`);
  });

  it('numbers datagrams, and keeps the errnos of reported ones until asked', async () => {
    const { handle, queue } = setUp();
    for (const text of ['a', 'b', 'c']) handle.failures.set(text, ECONNREFUSED);
    assert.equal(queue.next, 0);
    assert.equal(queue.push('a', 1, undefined, 0, true), 0);
    assert.equal(queue.push('b', 1, undefined, 0, false), 1);
    assert.equal(queue.push('ok', 2, undefined, 0, true), 2);
    assert.equal(queue.push('c', 1, undefined, 0, true), 3);
    assert.equal(queue.next, 4);
    assert.equal(queue.settles(3), true, 'asked for it, the queue sends');
    assert.equal(queue.hasFailures, true);
    assert.deepEqual(
      [0, 1, 2, 3].map((number) => queue.outcome(number)),
      [ECONNREFUSED, 0, 0, ECONNREFUSED],
    );
    assert.equal(queue.hasFailures, false);
    assert.equal(queue.outcome(0), 0, 'it is forgotten');
    await turn();
  });

  it('is full from its mark on, and tells when it was and all has left', async () => {
    const { handle, queue, log, push } = setUp(10);
    handle.room = 0;
    push('12345');
    assert.equal(queue.full, false);
    push('67890');
    assert.equal(queue.full, true);
    await turn();
    handle.room = 1;
    queue.resume();
    await turn();
    assert.equal(queue.full, false);
    assert.deepEqual(log, [], 'one still waits');
    handle.room = Number.POSITIVE_INFINITY;
    queue.resume();
    assert.deepEqual(log, [], 'never within the call');
    await turn();
    assert.deepEqual(log, ['drained']);
    push('x');
    await turn();
    assert.deepEqual(log, ['drained'], 'it was not full since');
  });

  it('is full of empty datagrams, too', async () => {
    const { handle, queue, push } = setUp();
    handle.room = 0;
    for (let index = 0; index < 65_535; index += 1) push('');
    assert.equal(queue.full, false);
    push('');
    assert.equal(queue.full, true);
    assert.equal(queue.count, 65_536);
    assert.equal(queue.size, 0);
    await turn();
    queue.cancel();
    assert.equal(queue.full, false);
  });

  it('tells that it is empty once, although it was full within a tick only', async () => {
    const { log, push } = setUp(10);
    for (let index = 0; index < 100; index += 1) push('0123456789');
    assert.deepEqual(log, []);
    await turn();
    assert.deepEqual(log, ['drained']);
  });

  it('counts its bytes right where a slab fills up in the middle of a tick', async () => {
    const { handle, queue, push } = setUp();
    for (let index = 0; index < 3000; index += 1) push('0123456789');
    assert.equal(handle.sent.length, 2048);
    assert.equal(queue.size, 9520);
    await turn();
    assert.equal(queue.size, 0);
  });

  it('sends what a process has pushed when it exits within the tick', async () => {
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(new URL('./exiting-worker.js', import.meta.url));
    const [sent] = await once(worker, 'message');
    assert.deepEqual(sent, ['last words', 'very last']);
  });
});
