/** Handles of others, as node:dgram lets `bind` take them over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSocket } from 'volley';
import { target } from '../support/target.ts';

const skip = target === 'builtin' ? 'node:dgram itself takes anything that has the methods' : false;

for (const fd of [undefined, null, 'x', 1.5, Number.NaN, -1, 1_000_000]) {
  test(`a handle whose descriptor is ${fd} is not taken over, and says why`, { skip }, (t) => {
    const socket = createSocket('udp4');
    t.after(() => socket.close());
    const handle = { fd, recvStart() {}, close() {} };
    const bind: unknown = Reflect.get(socket, 'bind');
    assert(typeof bind === 'function');
    assert.throws(() => Reflect.apply(bind, socket, [handle]), {
      code: 'EBADF',
      message: 'open EBADF',
    });
    socket.bindSync({ port: 0 });
    assert(socket.address().port > 0, 'it can be bound all the same');
  });
}
