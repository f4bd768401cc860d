import assert from 'node:assert/strict';
import channel from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { FAMILIES, open, shut } from '../support/sockets.ts';
import { dgram } from '../support/target.ts';

interface Published {
  message: object;
  name: string | symbol;
}

function subscribe(t: TestContext): Published[] {
  const seen: Published[] = [];
  const listener = (message: unknown, name: string | symbol): void => {
    assert.ok(typeof message === 'object' && message !== null);
    seen.push({ message, name });
  };
  channel.subscribe('udp.socket', listener);
  t.after(() => channel.unsubscribe('udp.socket', listener));
  return seen;
}

for (const { type, skip } of FAMILIES) {
  test(`${type}: udp.socket tells of each socket, finished, once`, { skip }, (t) => {
    const seen = subscribe(t);
    const socket = open(t, type, () => {});
    assert.equal(seen.length, 1);
    assert.equal(seen[0]?.name, 'udp.socket');
    assert.deepEqual(Object.keys(seen[0]?.message ?? {}), ['socket']);
    const published: unknown = Reflect.get(seen[0]?.message ?? {}, 'socket');
    assert.equal(published, socket);
    assert.equal(socket.listenerCount('message'), 1);
  });

  test(`${type}: sockets made by the constructor are told of too`, { skip }, (t) => {
    const seen = subscribe(t);
    const socket: unknown = Reflect.construct(dgram.Socket, [type]);
    assert.ok(socket instanceof dgram.Socket);
    shut(socket);
    assert.equal(seen.length, 1);
  });

  test(`${type}: a socket that failed to be made is not told of`, { skip }, (t) => {
    const seen = subscribe(t);
    assert.throws(() => Reflect.apply(dgram.createSocket, dgram, ['udp9']));
    assert.throws(() => Reflect.apply(dgram.createSocket, dgram, [{ type, signal: 1 }]));
    assert.throws(() => Reflect.apply(dgram.createSocket, dgram, [{ type, lookup: 1 }]));
    assert.equal(seen.length, 0);
  });
}
