import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { NOT_RUNNING, readingOfNull, shaped } from '../support/errors.ts';
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
  open,
  retrying,
  turn,
} from '../support/sockets.ts';

/** Methods that look for the handle of a closed socket without a check, their arguments, and what they look for. */
const UNCHECKED: readonly (readonly [method: string, argument: unknown, property: string])[] = [
  ['setBroadcast', true, 'setBroadcast'],
  ['setTTL', 1, 'setTTL'],
  ['setMulticastTTL', 1, 'setMulticastTTL'],
  ['setMulticastLoopback', true, 'setMulticastLoopback'],
  ['setRecvBufferSize', 1, 'bufferSize'],
  ['setSendBufferSize', 1, 'bufferSize'],
  ['getRecvBufferSize', undefined, 'bufferSize'],
  ['getSendBufferSize', undefined, 'bufferSize'],
  ['getSendQueueSize', undefined, 'getSendQueueSize'],
  ['getSendQueueCount', undefined, 'getSendQueueCount'],
];

for (const { type, skip, loopback, nonlocal } of FAMILIES) {
  test(`${type}: close tells the event, then the callback, later`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const seen: string[] = [];
    socket.on('close', function (this: unknown, ...arguments_: unknown[]) {
      assert.equal(this, socket);
      assert.equal(arguments_.length, 0);
      seen.push('event');
    });
    const result = socket.close(function (this: unknown, ...arguments_: unknown[]) {
      assert.equal(this, socket);
      assert.equal(arguments_.length, 0);
      seen.push('callback');
    });
    assert.equal(result, socket);
    seen.push('returned');
    await turn();
    assert.deepEqual(seen, ['returned', 'event', 'callback']);
  });

  test(`${type}: what the methods say that do not check whether it is closed`, {
    skip,
  }, async (t) => {
    const socket = await bound(t, type);
    await closed(socket);
    for (const [method, argument, property] of UNCHECKED)
      assert.throws(() => call(socket, method, argument), readingOfNull(property), method);
  });

  test(`${type}: a socket that was never bound closes too`, { skip }, async (t) => {
    const socket = open(t, type);
    const seen: string[] = [];
    socket.close(() => seen.push('callback'));
    seen.push('returned');
    await turn();
    assert.deepEqual(seen, ['returned', 'callback']);
  });

  test(
    `${type}: the port is free when close() returns`,
    { skip },
    retrying(async (t) => {
      const socket = await bound(t, type);
      const { port } = socket.address();
      socket.close();
      const second = open(t, type);
      await listen(second, port, loopback);
      assert.equal(second.address().port, port);
    }),
  );

  test(`${type}: close twice`, { skip }, async (t) => {
    const socket = await bound(t, type);
    socket.close();
    assert.throws(() => socket.close(), shaped(NOT_RUNNING));
    await once(socket, 'close');
    assert.throws(() => socket.close(), shaped(NOT_RUNNING));
  });

  test(`${type}: every method after close`, { skip }, async (t) => {
    const socket = await bound(t, type);
    await closed(socket);
    for (const [method, ...rest] of [
      ['address'],
      ['remoteAddress'],
      ['close'],
      ['bind', 0],
      ['send', 'x', DISCARD_PORT, loopback],
      ['addMembership', '239.255.1.1'],
      ['dropMembership', '239.255.1.1'],
      ['addSourceSpecificMembership', loopback, '232.1.1.1'],
      ['dropSourceSpecificMembership', loopback, '232.1.1.1'],
      ['setMulticastInterface', loopback],
    ] as const) {
      assert.throws(() => call(socket, method, ...rest), shaped(NOT_RUNNING), method);
    }
    let called = false;
    const send = (): unknown =>
      call(socket, 'send', 'x', DISCARD_PORT, () => {
        called = true;
      });
    assert.throws(send, shaped(NOT_RUNNING));
    await turn();
    assert.equal(called, false);
    assert.equal(socket.ref(), socket);
    assert.equal(socket.unref(), socket);
  });

  test(`${type}: close while binding`, { skip }, async (t) => {
    const socket = open(t, type);
    const seen: string[] = [];
    for (const name of ['listening', 'error', 'close'] as const) {
      socket.on(name, () => seen.push(name));
    }
    socket.bind(0, loopback, () => seen.push('callback'));
    socket.close();
    await drained(await bound(t, type), await bound(t, type));
    assert.deepEqual(seen, ['close']);
  });

  test(`${type}: close waits for a socket that is being bound to send`, { skip }, async (t) => {
    const socket = open(t, type);
    const seen: string[] = [];
    for (const name of ['listening', 'close'] as const) socket.on(name, () => seen.push(name));
    socket.send('x', DISCARD_PORT, loopback);
    socket.close();
    await once(socket, 'close');
    assert.deepEqual(seen, ['listening', 'close']);
  });

  test(`${type}: close while connecting`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const seen: string[] = [];
    for (const name of ['connect', 'error', 'close'] as const) {
      socket.on(name, () => seen.push(name));
    }
    socket.connect(DISCARD_PORT, loopback, () => seen.push('callback'));
    socket.close();
    await drained(await bound(t, type), await bound(t, type));
    assert.deepEqual(seen, ['close']);
  });

  test(`${type}: close inside 'listening'`, { skip }, async (t) => {
    const socket = open(t, type);
    socket.on('listening', () => socket.close());
    socket.bind(0, loopback);
    await once(socket, 'close');
    assert.throws(() => socket.address(), shaped(NOT_RUNNING));
  });

  test(`${type}: close inside 'connect'`, { skip }, async (t) => {
    const socket = open(t, type);
    socket.on('connect', () => socket.close());
    socket.connect(DISCARD_PORT);
    await once(socket, 'close');
    assert.throws(() => socket.remoteAddress(), shaped(NOT_RUNNING));
  });

  test(`${type}: close inside 'message' stops the rest`, { skip }, async (t) => {
    const socket = open(t, type);
    const seen: string[] = [];
    socket.on('message', (message) => {
      seen.push(String(message));
      socket.close();
    });
    await listen(socket, 0, loopback);
    const sender = await bound(t, type);
    for (const text of ['1', '2', '3']) sender.send(text, socket.address().port, loopback);
    await once(socket, 'close');
    await drained(sender, await bound(t, type));
    assert.deepEqual(seen, ['1']);
  });

  test(`${type}: close inside 'error'`, { skip }, async (t) => {
    const socket = open(t, type);
    socket.on('error', () => socket.close());
    socket.bind(0, nonlocal);
    await new Promise((resolve) => socket.on('close', resolve));
    assert.throws(() => socket.close(), shaped(NOT_RUNNING));
  });

  test(`${type}: close inside 'close' throws to that handler`, { skip }, async (t) => {
    const socket = open(t, type);
    socket.on('close', () => assert.throws(() => socket.close(), shaped(NOT_RUNNING)));
    socket.close();
    await once(socket, 'close');
  });

  test(`${type}: close inside the callback of send`, { skip }, async (t) => {
    const socket = open(t, type);
    socket.send('x', DISCARD_PORT, loopback, () => socket.close());
    await once(socket, 'close');
  });

  test(`${type}: close right after a connected send loses nothing`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await connected(t, type, receiver.address().port);
    const heard = once(receiver, 'message');
    await new Promise<void>((resolve) => socket.send('last', () => resolve()));
    socket.close();
    assert.equal(String((await heard)[0]), 'last');
  });

  test(
    `${type}: another socket can bind in 'close'`,
    { skip },
    retrying(async (t) => {
      const first = await bound(t, type);
      const { port } = first.address();
      const second = open(t, type);
      const again = new Promise<void>((resolve, reject) => {
        first.on('close', () => listen(second, port, loopback).then(resolve, reject));
      });
      first.close();
      await again;
      assert.equal(second.address().port, port);
    }),
  );

  test(`${type}: asyncDispose closes and fulfils with undefined`, { skip }, async (t) => {
    const socket = await bound(t, type);
    let events = 0;
    socket.on('close', () => {
      events += 1;
    });
    const disposed = socket[Symbol.asyncDispose]();
    assert.ok(disposed instanceof Promise);
    assert.equal(await disposed, undefined);
    assert.equal(events, 1);
    assert.equal(await socket[Symbol.asyncDispose](), undefined);
    assert.throws(() => socket.close(), shaped(NOT_RUNNING));
  });

  test(`${type}: a socket that told an error lives on`, { skip }, async (t) => {
    const socket = open(t, type);
    const failed = nextError(socket);
    socket.bind(0, nonlocal);
    await failed;
    await listen(socket, 0, loopback);
    await drained(socket, socket);
  });
}
