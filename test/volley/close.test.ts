/** What waits when a socket is closed leaves first. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createSocket } from 'volley';
import { DISCARD_PORT, listen, turn } from '../support/sockets.ts';
import { open } from './support.ts';

test('a datagram of the tick in which its socket is closed leaves', async (t) => {
  const receiver = createSocket('udp4');
  t.after(() => receiver.close());
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const arrival = once(receiver, 'message');
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const outcome = new Promise((resolve) => {
    socket.send('last', receiver.address().port, '127.0.0.1', resolve);
  });
  socket.close();
  assert.equal(await outcome, null);
  const [message] = await arrival;
  assert.equal(String(message), 'last');
});

test('a socket that is closed does not drain', async (t) => {
  const socket = open(t, { type: 'udp4', sendHighWaterMark: 1 });
  await listen(socket, 0, '127.0.0.1');
  socket.on('drain', () => assert.fail("'drain' came"));
  const outcome = new Promise((resolve) => {
    socket.send('last', DISCARD_PORT, '127.0.0.1', resolve);
  });
  socket.close();
  assert.equal(await outcome, null);
  await turn();
});
