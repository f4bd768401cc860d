/** What sockets still answer that was never documented (DEP0112), on the lines whose own sockets do. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';
import { fstatSync } from 'node:fs';
import { test } from 'node:test';
import { NOT_RUNNING, shaped } from '../support/errors.ts';
import { run } from '../support/process.ts';
import {
  bound,
  call,
  closed,
  collect,
  DISCARD_PORT,
  drained,
  FAMILIES,
  listen,
  nextMessage,
  open,
  retrying,
  sent,
  thrownBy,
  turn,
} from '../support/sockets.ts';
import { dgram, nodeMajor, target } from '../support/target.ts';

const PROPERTIES = ['_handle', '_receiving', '_bindState', '_queue', '_reuseAddr'] as const;
const METHODS = ['_healthCheck', '_stopReceiving'] as const;

/** The first line whose sockets do not answer any more. */
const GONE_SINCE = 26;
const skip = nodeMajor >= GONE_SINCE ? `Node ${nodeMajor} has none of it` : false;

type Property = (typeof PROPERTIES)[number];

function read(socket: Socket, name: Property): unknown {
  return Reflect.get(socket, name);
}

function handleOf(socket: Socket): object {
  const handle = read(socket, '_handle');
  assert.ok(typeof handle === 'object' && handle !== null);
  return handle;
}

function descriptorOf(socket: Socket): number {
  return Number(Reflect.get(handleOf(socket), 'fd'));
}

/** What programs see of a socket in its states. */
function states(socket: Socket): object {
  return {
    bindState: read(socket, '_bindState'),
    receiving: read(socket, '_receiving'),
    open: read(socket, '_handle') !== null,
  };
}

test('none of it is there on the newest line', { skip: !skip && 'this line has it' }, (t) => {
  const socket = open(t, 'udp4');
  for (const name of [...PROPERTIES, ...METHODS]) assert.ok(!(name in socket), name);
  assert.ok(!('_createSocketHandle' in dgram));
});

test('properties are accessors of the prototype, methods show in loops', { skip }, () => {
  for (const name of PROPERTIES) {
    const descriptor = Object.getOwnPropertyDescriptor(dgram.Socket.prototype, name);
    assert.equal(typeof descriptor?.get, 'function', name);
    assert.equal(typeof descriptor?.set, 'function', name);
    assert.equal(descriptor?.enumerable, false, name);
  }
  for (const name of METHODS) {
    const descriptor = Object.getOwnPropertyDescriptor(dgram.Socket.prototype, name);
    assert.equal(typeof descriptor?.value, 'function', name);
    assert.equal(descriptor?.writable, true, name);
    assert.equal(descriptor?.enumerable, true, name);
  }
});

for (const { type, family, loopback, skip: noFamily } of FAMILIES) {
  const unable = skip || noFamily;

  test(`${type}: the states of a socket`, { skip: unable }, async (t) => {
    const socket = open(t, type);
    assert.deepEqual(states(socket), { bindState: 0, receiving: false, open: true });
    assert.equal(descriptorOf(socket), -9, 'EBADF');
    const listening = listen(socket, 0, loopback);
    assert.deepEqual(states(socket), { bindState: 1, receiving: false, open: true });
    await listening;
    assert.deepEqual(states(socket), { bindState: 2, receiving: true, open: true });
    await closed(socket);
    assert.deepEqual(states(socket), { bindState: 2, receiving: false, open: false });
    assert.equal(read(socket, '_handle'), null);
  });

  test(`${type}: _queue has what waits for a socket to be bound`, { skip: unable }, async (t) => {
    const receiver = await bound(t, type);
    const socket = open(t, type);
    assert.equal(read(socket, '_queue'), undefined);
    const heard = collect(receiver, 2);
    for (const text of ['first', 'second']) socket.send(text, receiver.address().port, loopback);
    const queue = read(socket, '_queue');
    assert.ok(Array.isArray(queue));
    assert.equal(queue.length, 2);
    assert.deepEqual(
      queue.map((each) => typeof each),
      ['function', 'function'],
    );
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      ['first', 'second'],
    );
    assert.equal(read(socket, '_queue'), undefined);
  });

  test(`${type}: _handle is one object, with a descriptor of this process`, {
    skip: unable,
  }, async (t) => {
    const socket = await bound(t, type);
    const handle = handleOf(socket);
    assert.equal(read(socket, '_handle'), handle);
    const fd = descriptorOf(socket);
    assert.ok(fstatSync(fd).isSocket());
    await closed(socket);
    assert.throws(() => fstatSync(fd), { code: 'EBADF' });
  });

  test(`${type}: _handle tells both ends`, { skip: unable }, async (t) => {
    const peer = await bound(t, type);
    const socket = await bound(t, type);
    const out = {};
    assert.equal(call(handleOf(socket), 'getsockname', out), 0);
    assert.deepEqual(out, socket.address());
    assert.equal(call(handleOf(socket), 'getpeername', {}), -107, 'ENOTCONN');
    await new Promise<void>((resolve) => socket.connect(peer.address().port, loopback, resolve));
    const end = {};
    assert.equal(call(handleOf(socket), 'getpeername', end), 0);
    assert.deepEqual(end, { address: loopback, family, port: peer.address().port });
  });

  test(`${type}: bind takes a handle`, { skip: unable }, async (t) => {
    const flags = 0;
    const handle: unknown = call(dgram, '_createSocketHandle', loopback, 0, type, -1, flags);
    assert.ok(typeof handle === 'object' && handle !== null);
    const made = {};
    assert.equal(call(handle, 'getsockname', made), 0);
    const socket = open(t, type);
    const order: string[] = [];
    socket.on('listening', () => order.push('listening'));
    assert.equal(
      call(socket, 'bind', handle, () => order.push('callback')),
      socket,
    );
    assert.deepEqual(order, ['listening', 'callback'], 'within the call');
    assert.deepEqual(socket.address(), made);
    const heard = nextMessage(socket);
    socket.send('to itself', socket.address().port, loopback);
    assert.equal((await heard).rinfo.port, socket.address().port);
    await closed(socket);
    // The port is free: nothing holds the handle that was given.
    await retrying(async (again) => listen(open(again, type), socketPort(made), loopback))(t);
  });

  test(`${type}: _createSocketHandle answers with an errno where it cannot`, {
    skip: unable,
  }, async (t) => {
    const taken = (await bound(t, type)).address().port;
    assert.equal(
      call(dgram, '_createSocketHandle', loopback, taken, type, -1, 0),
      -98,
      'EADDRINUSE',
    );
  });
}

function socketPort(endpoint: object): number {
  return Number(Reflect.get(endpoint, 'port'));
}

test('_handle.hasRef, ref and unref are those of the socket', { skip }, async (t) => {
  const socket = open(t, 'udp4');
  const hasRef = (): unknown => call(handleOf(socket), 'hasRef');
  assert.equal(hasRef(), true);
  socket.unref();
  assert.equal(hasRef(), false);
  await listen(socket.ref(), 0, '127.0.0.1');
  assert.equal(hasRef(), true);
  call(handleOf(socket), 'unref');
  assert.equal(hasRef(), false);
  call(handleOf(socket), 'ref');
  assert.equal(hasRef(), true);
});

test('_handle tells of the send queue what its socket does', { skip }, async (t) => {
  const socket = await bound(t, 'udp4');
  const assertSame = (): void => {
    for (const name of ['getSendQueueSize', 'getSendQueueCount'])
      assert.equal(call(handleOf(socket), name), call(socket, name), name);
  };
  assertSame();
  socket.send('three', DISCARD_PORT, '127.0.0.1');
  assertSame();
});

test('_handle of a closed socket has nothing behind it', { skip }, async (t) => {
  const socket = await bound(t, 'udp4');
  const handle = handleOf(socket);
  await closed(socket);
  assert.equal(Reflect.get(handle, 'fd'), -9, 'EBADF');
  for (const [name, answer] of [
    ['ref', undefined],
    ['unref', undefined],
    ['hasRef', false],
    ['getsockname', -9],
    ['getpeername', -9],
    ['recvStart', -9],
    ['getSendQueueSize', 0],
    ['getSendQueueCount', 0],
  ] as const)
    assert.equal(call(handle, name, {}), answer, name);
  assert.equal(typeof call(handle, 'recvStop'), 'number');
});

test('bind does not take the _handle of another socket, and both are as they were', {
  skip: skip || (target === 'node' && 'node:dgram has two sockets on one handle then'),
}, async (t) => {
  const owner = await bound(t, 'udp4');
  const socket = open(t, 'udp4');
  assert.throws(() => call(socket, 'bind', handleOf(owner)), { code: 'EEXIST', syscall: 'open' });
  await listen(socket, 0, '127.0.0.1');
  const heard = nextMessage(owner);
  socket.send('still there', owner.address().port, '127.0.0.1');
  assert.equal((await heard).rinfo.port, socket.address().port);
});

test('_reuseAddr tells what the socket was made with', { skip }, (t) => {
  assert.equal(read(open(t, { type: 'udp4', reuseAddr: true }), '_reuseAddr'), true);
  assert.ok(!read(open(t, { type: 'udp4', reuseAddr: false }), '_reuseAddr'));
  assert.ok(!read(open(t, 'udp4'), '_reuseAddr'));
});

test(
  '_reuseAddr has its effect until the socket is bound',
  { skip },
  retrying(async (t) => {
    const first = open(t, 'udp4');
    Reflect.set(first, '_reuseAddr', true);
    assert.equal(read(first, '_reuseAddr'), true);
    assert.equal(call(handleOf(first), 'hasRef'), true);
    await listen(first, 0, '127.0.0.1');
    const { port } = first.address();
    const other = open(t, 'udp4');
    await assert.rejects(listen(other, port, '127.0.0.1'), { code: 'EADDRINUSE' });
    const second = open(t, 'udp4').unref();
    Reflect.set(second, '_reuseAddr', true);
    assert.equal(call(handleOf(second), 'hasRef'), false, 'what was set before stays');
    await listen(second, port, '127.0.0.1');
    assert.equal(second.address().port, port);
  }),
);

test('_reuseAddr does nothing to sockets that are bound or closed', { skip }, async (t) => {
  const socket = await bound(t, 'udp4');
  const end = socket.address();
  Reflect.set(socket, '_reuseAddr', true);
  assert.deepEqual(socket.address(), end);
  await closed(socket);
  Reflect.set(socket, '_reuseAddr', false);
  assert.equal(read(socket, '_handle'), null);
});

test('what can only be read says so where it is set', {
  skip: skip || (target === 'node' && 'node:dgram lets programs break its sockets so'),
}, (t) => {
  const socket = open(t, 'udp4');
  for (const name of PROPERTIES) {
    if (name === '_reuseAddr') continue;
    const way = name === '_handle' ? '; bind({ fd }) takes over a descriptor' : '';
    const message = `${name} of a Volley socket can be read but not set${way}`;
    assert.throws(() => Reflect.set(socket, name, null), { name: 'TypeError', message });
  }
});

test('_healthCheck throws once the socket is closed', { skip }, async (t) => {
  const socket = await bound(t, 'udp4');
  assert.equal(call(socket, '_healthCheck'), undefined);
  await closed(socket);
  shaped(NOT_RUNNING)(thrownBy(() => call(socket, '_healthCheck')));
});

test('_stopReceiving: what comes waits, until _handle.recvStart()', { skip }, async (t) => {
  const socket = await bound(t, 'udp4');
  const other = await bound(t, 'udp4');
  const { port } = socket.address();
  const heard: string[] = [];
  socket.on('message', (message) => heard.push(String(message)));
  await sent(other, 'before', port, '127.0.0.1');
  await drained(other, socket);
  call(socket, '_stopReceiving');
  assert.equal(read(socket, '_receiving'), false);
  assert.equal(read(socket, '_bindState'), 2);
  await sent(other, 'meanwhile', port, '127.0.0.1');
  // A socket that receives would have heard it by the time that another has what was sent later.
  const receiver = await bound(t, 'udp4');
  await drained(other, receiver);
  for (let count = 0; count < 3; count += 1) await turn();
  const sentinels = (texts: string[]): string[] =>
    texts.filter((text) => !text.startsWith('sentinel'));
  assert.deepEqual(sentinels(heard), ['before']);
  call(socket, '_stopReceiving');
  assert.equal(call(handleOf(socket), 'recvStart'), 0);
  assert.equal(read(socket, '_receiving'), false, 'it is about the method');
  await drained(other, socket);
  assert.deepEqual(sentinels(heard), ['before', 'meanwhile']);
});

test('_handle.recvStop in a handler loses nothing', { skip }, async (t) => {
  const socket = await bound(t, 'udp4');
  const sender = await bound(t, 'udp4');
  const texts = Array.from({ length: 50 }, (_, index) => String(index));
  const heard: string[] = [];
  const all = new Promise<void>((resolve) => {
    socket.on('message', (message) => {
      heard.push(String(message));
      // As a program does that can take no more for now.
      assert.equal(call(handleOf(socket), 'recvStop'), 0);
      const count = heard.length;
      setImmediate(() => {
        assert.equal(heard.length, count);
        if (count === texts.length) resolve();
        else call(handleOf(socket), 'recvStart');
      });
    });
  });
  for (const text of texts) sender.send(text, socket.address().port, '127.0.0.1');
  await all;
  assert.deepEqual(heard, texts);
});

test('_stopReceiving does nothing to sockets that do not receive', { skip }, async (t) => {
  const socket = open(t, 'udp4');
  call(socket, '_stopReceiving');
  await listen(socket, 0, '127.0.0.1');
  assert.equal(read(socket, '_receiving'), true);
  await closed(socket);
  call(socket, '_stopReceiving');
});

test('the warning comes once, and not with --no-deprecation', { skip }, async () => {
  const messages = ['Socket.prototype._handle is deprecated', 'DEP0112'];
  const warned = await run('legacy.mjs', { flags: ['--warnings'] });
  assert.deepEqual(warned.lines, [['DeprecationWarning', ...messages]], warned.stderr);
  const called = await run('legacy.mjs', { flags: ['--warnings'], arguments: ['_healthCheck'] });
  messages[0] = 'Socket.prototype._healthCheck() is deprecated';
  assert.deepEqual(called.lines, [['DeprecationWarning', ...messages]], called.stderr);
  const silent = await run('legacy.mjs', { flags: ['--no-deprecation'] });
  assert.deepEqual(silent.lines, []);
  assert.equal(silent.stderr, '');
});
