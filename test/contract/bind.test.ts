import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  ALREADY_BOUND,
  assertError,
  NOT_RUNNING,
  notFound,
  shaped,
  system,
} from '../support/errors.ts';
import {
  bound,
  call,
  closed,
  drained,
  FAMILIES,
  listen,
  nextError,
  nextMessage,
  open,
  retrying,
  turn,
  UNRESOLVABLE,
} from '../support/sockets.ts';

for (const { type, skip, loopback, any, other, nonlocal, family } of FAMILIES) {
  const FORMS: [string, unknown[], string][] = [
    ['nothing', [], any],
    ['a callback', [() => {}], any],
    ['undefined', [undefined], any],
    ['null', [null], any],
    ['port', [0], any],
    ['port as text', ['0'], any],
    ['port, callback', [0, () => {}], any],
    ['port, address', [0, loopback], loopback],
    ['port, address, callback', [0, loopback, () => {}], loopback],
    ['port, empty address', [0, ''], any],
    ['port, null', [0, null], any],
    ['{}', [{}], any],
    ['{port}', [{ port: 0 }], any],
    ['{address}', [{ address: loopback }], loopback],
    ['{port, address}, callback', [{ port: 0, address: loopback }, () => {}], loopback],
    ['{port, address, exclusive}', [{ port: 0, address: loopback, exclusive: true }], loopback],
  ];
  for (const [words, arguments_, address] of FORMS) {
    test(`${type}: bind(${words})`, { skip }, async (t) => {
      const socket = open(t, type);
      const listening = once(socket, 'listening');
      assert.equal(call(socket, 'bind', ...arguments_), socket);
      assert.deepEqual(await listening, []);
      const { port } = socket.address();
      assert.ok(port > 0 && port < 65_536);
      assert.deepEqual(socket.address(), { address, family, port });
      assert.deepEqual(Object.keys(socket.address()), ['address', 'family', 'port']);
    });
  }

  test(`${type}: bind completes later, in this order`, { skip }, async (t) => {
    const socket = open(t, type);
    const seen: string[] = [];
    socket.on('listening', function (this: unknown, ...arguments_: unknown[]) {
      assert.equal(this, socket);
      assert.equal(arguments_.length, 0);
      seen.push('event');
    });
    process.nextTick(() => seen.push('tick before'));
    socket.bind(0, loopback, function (this: unknown, ...arguments_: unknown[]) {
      assert.equal(this, socket);
      assert.equal(arguments_.length, 0);
      seen.push('callback');
    });
    assert.throws(() => socket.address(), shaped(system('getsockname', 'EBADF')));
    process.nextTick(() => seen.push('tick after'));
    await turn();
    assert.deepEqual(seen, ['tick before', 'event', 'callback', 'tick after']);
    assert.equal(socket.listenerCount('listening'), 1);
  });

  test(`${type}: bind twice, and while binding`, { skip }, async (t) => {
    const socket = open(t, type);
    socket.bind(0, loopback);
    assert.throws(() => socket.bind(0), shaped(ALREADY_BOUND));
    await once(socket, 'listening');
    assert.throws(() => socket.bind(), shaped(ALREADY_BOUND));
    assert.throws(() => socket.bind({ port: 0 }), shaped(ALREADY_BOUND));
    await drained(socket, socket);
  });

  test(
    `${type}: bind to a port, and again once it is free`,
    { skip },
    retrying(async (t) => {
      const first = await bound(t, type);
      const { port } = first.address();
      const second = open(t, type);
      let called = false;
      const failed = nextError(second);
      second.bind(port, loopback, () => {
        called = true;
      });
      assertError(await failed, system('bind', 'EADDRINUSE', loopback, port));
      assert.equal(called, false);
      await closed(first);
      const third = open(t, type);
      await listen(third, port, loopback);
      assert.equal(third.address().port, port);
    }),
  );

  test(`${type}: a socket whose bind failed can be bound`, { skip }, async (t) => {
    const socket = open(t, type);
    const failed = nextError(socket);
    socket.bind(0, nonlocal);
    assertError(await failed, system('bind', 'EADDRNOTAVAIL', nonlocal));
    const listening = once(socket, 'listening');
    socket.bind(0, loopback);
    await listening;
    await drained(socket, socket);
  });

  test(`${type}: 'error' of bind has the socket as this`, { skip }, async (t) => {
    const socket = open(t, type);
    const seen = new Promise<unknown[]>((resolve) => {
      socket.on('error', function (this: unknown, ...arguments_: unknown[]) {
        resolve([this, arguments_.length]);
      });
    });
    let returned = false;
    socket.on('error', () => assert.ok(returned));
    socket.bind(0, nonlocal);
    returned = true;
    assert.deepEqual(await seen, [socket, 1]);
  });

  test(`${type}: bind to the other family`, { skip }, async (t) => {
    const socket = open(t, type);
    const failed = nextError(socket);
    socket.bind(0, other);
    assertError(await failed, system('bind', 'EINVAL', other));
  });

  test(`${type}: bind to a name that does not resolve`, { skip }, async (t) => {
    const socket = open(t, type);
    const failed = nextError(socket);
    socket.bind(0, UNRESOLVABLE);
    assertError(await failed, notFound(UNRESOLVABLE));
    await listen(socket, 0);
  });

  test(`${type}: bind on a closed socket throws`, { skip }, async (t) => {
    const socket = await bound(t, type);
    await closed(socket);
    assert.throws(() => socket.bind(0), shaped(NOT_RUNNING));
  });

  test(`${type}: sends made while binding leave after it, in order`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = open(t, type);
    const seen: string[] = [];
    const heard: string[] = [];
    receiver.on('message', (message) => heard.push(String(message)));
    socket.on('listening', () => seen.push('listening'));
    socket.bind(0, loopback);
    for (const text of ['a', 'b', 'c']) {
      socket.send(text, receiver.address().port, loopback, () => seen.push(text));
    }
    await once(socket, 'listening');
    await drained(socket, receiver);
    assert.deepEqual(seen, ['listening', 'a', 'b', 'c']);
    assert.deepEqual(heard.slice(0, 3), ['a', 'b', 'c']);
  });
}

test('udp4: bind to a host name', async (t) => {
  const socket = await bound(t, 'udp4', 'localhost');
  assert.equal(socket.address().address, '127.0.0.1');
});

test('udp4: a malformed address is looked up as a name', async (t) => {
  const socket = open(t, 'udp4');
  const failed = nextError(socket);
  socket.bind(0, '1.2.3.4.5');
  assertError(await failed, notFound('1.2.3.4.5'));
});

test('bind({fd}) refuses what is not a datagram socket', async (t) => {
  const socket = open(t, 'udp4');
  const wanted = {
    class: TypeError,
    name: 'TypeError',
    code: 'ERR_INVALID_FD_TYPE',
    message: 'Unsupported fd type: UNKNOWN',
  };
  assert.throws(() => call(socket, 'bind', { fd: 99_999 }), shaped(wanted));
  const { openSync, closeSync } = await import('node:fs');
  const fd = openSync(new URL(import.meta.url), 'r');
  t.after(() => closeSync(fd));
  assert.throws(
    () => call(open(t, 'udp4'), 'bind', { fd }),
    shaped({ ...wanted, message: 'Unsupported fd type: FILE' }),
  );
  const heard = await bound(t, 'udp4');
  const message = nextMessage(heard);
  heard.send('x', heard.address().port, '127.0.0.1');
  assert.equal((await message).text, 'x');
});
