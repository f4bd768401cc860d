/** Code of the program that throws, sends or closes where it should not: nothing else is to suffer. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { collect } from '../support/sockets.ts';
import { bound, fixture, sentMany } from './support.ts';

const run = promisify(execFile);

for (const what of ['ticks', 'ticks and the handler', 'callbacks']) {
  test(`errors of ${what} in one callback scope: all are told, all datagrams come`, async () => {
    const { stdout } = await run(process.execPath, [fixture('throwing'), what]);
    const { messages, errors, sentLater } = JSON.parse(stdout);
    assert.deepEqual(
      messages,
      Array.from({ length: 20 }, (_, index) => index),
    );
    assert.deepEqual(
      errors,
      {
        ticks: ['first', 'second'],
        'ticks and the handler': ['handler', 'first', 'second'],
        callbacks: Array.from({ length: 20 }, (_, index) => `callback ${index}`),
      }[what],
    );
    assert.equal(sentLater, true, 'sends were held for good');
  });
}

test('an element that is read while sendMany sends: each is read once, and all before any is sent', async (t) => {
  const receiver = await bound(t, 'udp4');
  const socket = await bound(t, 'udp4');
  const { port } = receiver.address();
  const payloads = ['P0', '', 'P2'];
  let reads = 0;
  Object.defineProperty(payloads, 1, {
    get() {
      reads += 1;
      socket.send('inner', port, '127.0.0.1');
      return 'P1';
    },
  });
  const heard = collect(receiver, 4);
  assert.deepEqual(await sentMany(socket, payloads, port), { accepted: 3, error: null, sent: 3 });
  assert.deepEqual(
    (await heard).map(({ text }) => text),
    ['inner', 'P0', 'P1', 'P2'],
  );
  assert.equal(reads, 1);
  assert.equal(socket.getSendQueueSize(), 0);
});

test('what only pretends to be bytes is refused before anything is sent', async (t) => {
  const receiver = await bound(t, 'udp4');
  const socket = await bound(t, 'udp4');
  const { port } = receiver.address();
  const pretender: unknown = Object.create(Uint8Array.prototype);
  await assert.rejects(sentMany(socket, ['AAAA', pretender], port), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
  const heard = collect(receiver, 1);
  socket.send('BB', port, '127.0.0.1');
  assert.deepEqual(
    (await heard).map(({ text }) => text),
    ['BB'],
  );
});
