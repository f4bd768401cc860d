/** What Node reads of a socket to pass it on to another process. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { stateSymbol } from '#volley/node-dgram/native-handle.js';
import { kState } from '#volley/socket/state.js';
import { allowSending } from '#volley/socket/transfer.js';
import { createSocket, Socket } from '#volley/socket.js';

test('a descriptor that cannot be duplicated makes an error', (t) => {
  const key = stateSymbol();
  assert.ok(key);
  allowSending(Socket);
  t.after(() => assert.ok(Reflect.deleteProperty(Socket.prototype, key)));
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const handle: object = Reflect.get(Reflect.get(socket, kState), 'handle');
  Reflect.set(handle, 'nativeHandle', () => -constants.errno.EMFILE);
  assert.throws(() => Reflect.get(socket, key), { code: 'EMFILE', syscall: 'dup' });
});
