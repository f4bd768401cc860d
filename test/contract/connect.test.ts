import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  assertError,
  IS_CONNECTED,
  NOT_CONNECTED,
  NOT_RUNNING,
  notFound,
  readingOfNull,
  shaped,
  system,
} from '../support/errors.ts';
import {
  bound,
  call,
  closed,
  connected,
  DISCARD_PORT,
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

for (const { type, skip, loopback, any, other, family } of FAMILIES) {
  const FORMS: [string, unknown[]][] = [
    ['port', []],
    ['port, callback', [() => {}]],
    ['port, address', [loopback]],
    ['port, address, callback', [loopback, () => {}]],
    ['port, undefined', [undefined]],
    ['port, empty address', ['']],
  ];
  for (const [words, rest] of FORMS) {
    test(`${type}: connect(${words})`, { skip }, async (t) => {
      const receiver = await bound(t, type);
      const { port } = receiver.address();
      const socket = open(t, type);
      const done = once(socket, 'connect');
      assert.equal(call(socket, 'connect', port, ...rest), undefined);
      assert.deepEqual(await done, []);
      assert.deepEqual(socket.remoteAddress(), { address: loopback, family, port });
      assert.deepEqual(Object.keys(socket.remoteAddress()), ['address', 'family', 'port']);
      const heard = nextMessage(receiver);
      socket.send('hello');
      assert.equal((await heard).text, 'hello');
    });
  }

  test(`${type}: connect takes the port as text`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = open(t, type);
    call(socket, 'connect', String(receiver.address().port));
    await once(socket, 'connect');
    assert.equal(socket.remoteAddress().port, receiver.address().port);
  });

  test(`${type}: connect binds first, then tells the event and the callback`, {
    skip,
  }, async (t) => {
    const socket = open(t, type);
    const seen: string[] = [];
    socket.on('listening', () => seen.push('listening'));
    socket.on('connect', function (this: unknown, ...arguments_: unknown[]) {
      assert.equal(this, socket);
      assert.equal(arguments_.length, 0);
      seen.push('connect');
    });
    const done = new Promise<void>((resolve) => {
      call(socket, 'connect', DISCARD_PORT, function (this: unknown, ...arguments_: unknown[]) {
        assert.equal(this, socket);
        assert.equal(arguments_.length, 0);
        seen.push('callback');
        resolve();
      });
    });
    assert.throws(() => socket.remoteAddress(), shaped(NOT_CONNECTED));
    seen.push('returned');
    await done;
    assert.deepEqual(seen, ['returned', 'listening', 'connect', 'callback']);
    assert.equal(socket.listenerCount('connect'), 1);
    assert.equal(socket.address().address, loopback);
  });

  test(`${type}: connect on a bound socket is done later`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const seen: string[] = [];
    socket.connect(DISCARD_PORT, () => seen.push('callback'));
    assert.throws(() => socket.connect(DISCARD_PORT), shaped(IS_CONNECTED));
    assert.throws(() => socket.disconnect(), shaped(NOT_CONNECTED));
    seen.push('returned');
    await once(socket, 'connect');
    await turn();
    assert.deepEqual(seen, ['returned', 'callback']);
    assert.throws(() => socket.connect(DISCARD_PORT), shaped(IS_CONNECTED));
  });

  test(`${type}: a connected socket hears only its peer`, { skip }, async (t) => {
    const peer = await bound(t, type);
    const stranger = await bound(t, type);
    const socket = await connected(t, type, peer.address().port);
    const heard: string[] = [];
    socket.on('message', (message) => heard.push(String(message)));
    stranger.send('stranger', socket.address().port, loopback);
    peer.send('peer', socket.address().port, loopback);
    await drained(peer, socket);
    assert.equal(heard[0], 'peer');
    assert.ok(!heard.includes('stranger'));
  });

  test(
    `${type}: disconnect, then everyone again`,
    { skip },
    retrying(async (t) => {
      const peer = await bound(t, type);
      const socket = open(t, type);
      // Linux gives up a port of its own choice when a socket is disconnected: ask for a certain one.
      const reserved = await bound(t, type);
      const { port } = reserved.address();
      await closed(reserved);
      await listen(socket, port, any);
      await new Promise<void>((resolve) => socket.connect(peer.address().port, loopback, resolve));
      assert.deepEqual(socket.address(), { address: loopback, family, port });
      assert.equal(socket.disconnect(), undefined);
      assert.deepEqual(socket.address(), { address: any, family, port });
      assert.throws(() => socket.remoteAddress(), shaped(NOT_CONNECTED));
      assert.throws(() => socket.disconnect(), shaped(NOT_CONNECTED));
      assert.throws(() => socket.send('x'), { code: 'ERR_SOCKET_BAD_PORT' });
      const stranger = await bound(t, type);
      await drained(stranger, socket, loopback);
      await drained(socket, stranger);
      await new Promise<void>((resolve) => socket.connect(peer.address().port, loopback, resolve));
      assert.equal(socket.remoteAddress().port, peer.address().port);
    }),
  );

  test(`${type}: connect to a name that does not resolve: callback`, { skip }, async (t) => {
    const socket = open(t, type);
    let events = 0;
    socket.on('error', () => {
      events += 1;
    });
    const error = await new Promise<unknown>((resolve) => {
      call(socket, 'connect', DISCARD_PORT, UNRESOLVABLE, resolve);
    });
    assertError(error, notFound(UNRESOLVABLE));
    assert.equal(events, 0);
    assert.equal(socket.listenerCount('connect'), 0);
    assert.throws(() => socket.remoteAddress(), shaped(NOT_CONNECTED));
    await new Promise<void>((resolve) => socket.connect(DISCARD_PORT, loopback, resolve));
    assert.equal(socket.remoteAddress().port, DISCARD_PORT);
  });

  test(`${type}: connect to a name that does not resolve: event`, { skip }, async (t) => {
    const socket = open(t, type);
    const failed = nextError(socket);
    socket.connect(DISCARD_PORT, UNRESOLVABLE);
    assertError(await failed, notFound(UNRESOLVABLE));
    await drained(socket, await bound(t, type));
  });

  test(`${type}: connect to the other family`, { skip }, async (t) => {
    const socket = open(t, type);
    const error = await new Promise<unknown>((resolve) => {
      call(socket, 'connect', DISCARD_PORT, other, resolve);
    });
    assertError(error, system('connect', 'EINVAL', other, DISCARD_PORT));
    const failed = nextError(socket);
    socket.connect(DISCARD_PORT, other);
    assertError(await failed, system('connect', 'EINVAL', other, DISCARD_PORT));
    await new Promise<void>((resolve) => socket.connect(DISCARD_PORT, loopback, resolve));
  });

  test(`${type}: send with a destination on a connected socket`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = await connected(t, type, port);
    const buffer = Buffer.from('abc');
    assert.throws(() => socket.send(buffer, 0, 1, port), shaped(IS_CONNECTED));
    assert.throws(() => socket.send(buffer, 0, 1, port, loopback), shaped(IS_CONNECTED));
    const heard = nextMessage(receiver);
    socket.send('fine');
    assert.equal((await heard).text, 'fine');
  });

  test(`${type}: remoteAddress and disconnect before and after the life`, { skip }, async (t) => {
    const socket = open(t, type);
    assert.throws(() => socket.remoteAddress(), shaped(NOT_CONNECTED));
    assert.throws(() => socket.disconnect(), shaped(NOT_CONNECTED));
    await closed(socket);
    assert.throws(() => socket.remoteAddress(), shaped(NOT_RUNNING));
    assert.throws(() => socket.disconnect(), shaped(NOT_CONNECTED));
  });

  test(`${type}: disconnect of a connected socket that is closed`, { skip }, async (t) => {
    const socket = await connected(t, type, DISCARD_PORT);
    await closed(socket);
    assert.throws(() => socket.disconnect(), readingOfNull('disconnect'));
  });
}

test('udp4: connect to a host name', async (t) => {
  const socket = open(t, 'udp4');
  await new Promise<void>((resolve) => socket.connect(DISCARD_PORT, 'localhost', resolve));
  assert.equal(socket.remoteAddress().address, '127.0.0.1');
});

test('udp4: connect to broadcast without permission', async (t) => {
  const socket = open(t, 'udp4');
  const error = await new Promise<unknown>((resolve) => {
    call(socket, 'connect', DISCARD_PORT, '255.255.255.255', resolve);
  });
  assertError(error, system('connect', 'EACCES', '255.255.255.255', DISCARD_PORT));
});
