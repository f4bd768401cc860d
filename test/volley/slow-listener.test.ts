/** A batch is delivered as a whole: it is made no larger than its listener can take in a turn. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { bound, notLinux, sentMany } from './support.ts';

/** They fit the smallest receive buffer. */
const COUNT = 200;
/** In milliseconds; a turn has 5. */
const EACH = 2;
const MOST = 5;

test("batches get small where a 'messages' listener is slow, and nothing is lost", {
  skip: notLinux,
}, async (t) => {
  // The kernel cannot be asked for less than one message, and a merged one is many datagrams.
  const receiver = await bound(t, { type: 'udp4', gro: false });
  const sender = await bound(t, 'udp4');
  const { port } = receiver.address();
  await sentMany(sender, new Array(COUNT).fill('x'), port, '127.0.0.1');
  const batches: number[] = [];
  let received = 0;
  receiver.on('messages', (batch) => {
    batches.push(batch.length);
    received += batch.length;
    const end = performance.now() + EACH * batch.length;
    while (performance.now() < end);
  });
  while (received < COUNT) await once(receiver, 'messages');
  const [, ...later] = batches;
  assert.ok(later.length >= (COUNT - 64) / MOST, `batches of ${batches}`);
  assert.ok(Math.max(...later) <= MOST, `batches of ${batches}`);
});
