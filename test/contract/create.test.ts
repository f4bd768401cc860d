import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { assertError, shaped, system } from '../support/errors.ts';
import {
  bound,
  FAMILIES,
  listen,
  nextError,
  nextMessage,
  open,
  retrying,
  turn,
} from '../support/sockets.ts';
import { lacks } from '../support/target.ts';

for (const { type, skip, loopback, family, any } of FAMILIES) {
  test(`${type}: createSocket takes a type or options`, { skip }, (t) => {
    assert.equal(Reflect.get(open(t, type), 'type'), type);
    assert.equal(Reflect.get(open(t, { type }), 'type'), type);
  });

  test(`${type}: the second argument listens for messages`, { skip }, async (t) => {
    let heard: ((value: unknown[]) => void) | undefined;
    const arrived = new Promise<unknown[]>((resolve) => {
      heard = resolve;
    });
    const socket = open(t, type, (...arguments_) => heard?.(arguments_));
    assert.equal(socket.listenerCount('message'), 1);
    const listening = once(socket, 'listening');
    socket.bind(0, loopback);
    await listening;
    socket.send('hello', socket.address().port, loopback);
    const [message, rinfo] = await arrived;
    assert.equal(String(message), 'hello');
    assert.deepEqual(rinfo, { address: loopback, family, port: socket.address().port, size: 5 });
  });

  test(`${type}: a socket that was only created holds nothing and fails`, { skip }, (t) => {
    const socket = open(t, type);
    assert.throws(() => socket.address(), shaped(system('getsockname', 'EBADF')));
    assert.throws(() => socket.setTTL(1), shaped(system('setTTL', 'EBADF')));
    assert.throws(() => socket.setBroadcast(true), shaped(system('setBroadcast', 'EBADF')));
    assert.throws(() => socket.setMulticastTTL(1), shaped(system('setMulticastTTL', 'EBADF')));
  });

  test(`${type}: buffer sizes are set when the socket is bound`, { skip }, async (t) => {
    const socket = await bound(t, { type, recvBufferSize: 10_000, sendBufferSize: 12_000 });
    // Linux doubles what it is given, socket(7).
    assert.equal(socket.getRecvBufferSize(), 20_000);
    assert.equal(socket.getSendBufferSize(), 24_000);
  });

  test(`${type}: a plain socket does not share its address`, { skip }, async (t) => {
    const first = await bound(t, type);
    const second = open(t, type);
    const failed = nextError(second);
    second.bind(first.address().port, loopback);
    assertError(await failed, system('bind', 'EADDRINUSE', loopback, first.address().port));
  });

  test(`${type}: reuseAddr shares an address, only if both ask`, { skip }, async (t) => {
    const first = await bound(t, { type, reuseAddr: true });
    const { port } = first.address();
    const second = open(t, { type, reuseAddr: true });
    await listen(second, port, loopback);
    assert.equal(second.address().port, port);
    const third = open(t, type);
    const failed = nextError(third);
    third.bind(port, loopback);
    assert.equal(Reflect.get(Object(await failed), 'code'), 'EADDRINUSE');
  });

  test(`${type}: reusePort shares a port and spreads datagrams`, {
    skip: skip || lacks('reusePort'),
  }, async (t) => {
    const first = await bound(t, { type, reusePort: true });
    const { port } = first.address();
    const second = open(t, { type, reusePort: true });
    await listen(second, port, loopback);
    let heard = 0;
    const all = new Promise<void>((resolve) => {
      for (const socket of [first, second]) {
        socket.on('message', () => {
          heard += 1;
          if (heard === 8) resolve();
        });
      }
    });
    for (let index = 0; index < 8; index += 1) {
      const sender = await bound(t, type);
      sender.send('x', port, loopback);
    }
    await all;
    const plain = open(t, type);
    const failed = nextError(plain);
    plain.bind(port, loopback);
    assertError(await failed, system('bind', 'EADDRINUSE', loopback, port));
  });

  test(`${type}: the default address is all interfaces`, { skip }, async (t) => {
    const socket = open(t, type);
    await listen(socket);
    assert.equal(socket.address().address, any);
    assert.equal(socket.address().family, family);
  });
}

const v6 = FAMILIES[1]?.skip ?? false;

test('udp6: without ipv6Only, :: hears IPv4 too, and answers mapped', { skip: v6 }, async (t) => {
  const six = await bound(t, 'udp6', '::');
  const four = await bound(t, 'udp4');
  const heard = nextMessage(six);
  four.send('four', six.address().port, '127.0.0.1');
  const { rinfo } = await heard;
  assert.deepEqual(rinfo, {
    address: '::ffff:127.0.0.1',
    family: 'IPv6',
    port: four.address().port,
    size: 4,
  });
  const answer = nextMessage(four);
  six.send('answer', rinfo.port, rinfo.address);
  assert.equal((await answer).rinfo.address, '127.0.0.1');
});

test(
  'udp6: ipv6Only leaves the port to IPv4',
  { skip: v6 },
  retrying(async (t) => {
    const six = open(t, { type: 'udp6', ipv6Only: true });
    await listen(six, 0);
    const { port } = six.address();
    const four = open(t, 'udp4');
    await listen(four, port);
    const heard = nextMessage(four);
    four.send('x', port, '127.0.0.1');
    assert.equal((await heard).text, 'x');
  }),
);

test('udp4: ipv6Only is refused by bind', async (t) => {
  const socket = open(t, { type: 'udp4', ipv6Only: true });
  const failed = nextError(socket);
  socket.bind(0);
  assertError(await failed, system('bind', 'EINVAL', '0.0.0.0'));
});

test('options are read once', async (t) => {
  const options = { type: 'udp4' as const, reuseAddr: false };
  const first = await bound(t, 'udp4');
  const socket = open(t, options);
  options.reuseAddr = true;
  const failed = nextError(socket);
  socket.bind(first.address().port, '127.0.0.1');
  assert.equal(Reflect.get(Object(await failed), 'code'), 'EADDRINUSE');
  await turn();
});
