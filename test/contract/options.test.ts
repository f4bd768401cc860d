import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertError, shaped, system } from '../support/errors.ts';
import { run } from '../support/process.ts';
import { bound, drained, FAMILIES, nextMessage, open, sent, thrownBy } from '../support/sockets.ts';

const BUFFER_METHODS = [
  ['getRecvBufferSize', 'uv_recv_buffer_size'],
  ['getSendBufferSize', 'uv_send_buffer_size'],
  ['setRecvBufferSize', 'uv_recv_buffer_size'],
  ['setSendBufferSize', 'uv_send_buffer_size'],
] as const;

for (const { type, skip, loopback, nonlocal } of FAMILIES) {
  test(`${type}: setTTL, setMulticastTTL: ranges and results`, { skip }, async (t) => {
    const socket = await bound(t, type);
    for (const ttl of [1, 64, 255]) assert.equal(socket.setTTL(ttl), ttl);
    for (const ttl of [0, 1, 255]) assert.equal(socket.setMulticastTTL(ttl), ttl);
    for (const ttl of [0, -1, 256]) {
      assert.throws(() => socket.setTTL(ttl), shaped(system('setTTL', 'EINVAL')));
    }
    for (const ttl of [-1, 256]) {
      assert.throws(() => socket.setMulticastTTL(ttl), shaped(system('setMulticastTTL', 'EINVAL')));
    }
    await drained(socket, socket);
  });

  test(`${type}: setMulticastLoopback and setBroadcast take flags`, { skip }, async (t) => {
    const socket = await bound(t, type);
    assert.equal(socket.setMulticastLoopback(true), true);
    assert.equal(socket.setMulticastLoopback(false), false);
    assert.equal(socket.setBroadcast(true), undefined);
    assert.equal(socket.setBroadcast(false), undefined);
  });

  test(`${type}: buffer sizes are read and set`, { skip }, async (t) => {
    const socket = await bound(t, type);
    // Linux doubles what it is given for its own bookkeeping, socket(7).
    assert.equal(socket.setRecvBufferSize(8_192), undefined);
    assert.equal(socket.getRecvBufferSize(), 16_384);
    assert.equal(socket.setSendBufferSize(9_000), undefined);
    assert.equal(socket.getSendBufferSize(), 18_000);
    // Zero asks, as the reference does, and sets nothing.
    socket.setRecvBufferSize(0);
    assert.equal(socket.getRecvBufferSize(), 16_384);
    await drained(socket, socket);
  });

  for (const [method, syscall] of BUFFER_METHODS) {
    test(`${type}: ${method} on an unbound socket`, { skip }, (t) => {
      const socket = open(t, type);
      const error = thrownBy(() => socket[method](1024));
      const reason = `${syscall} returned EBADF (bad file descriptor)`;
      assertError(error, {
        name: 'SystemError',
        code: 'ERR_SOCKET_BUFFER_SIZE',
        message: `Could not get or set buffer size: ${reason}`,
        errno: -9,
        syscall,
        keys: ['code', 'info', 'errno', 'syscall'],
      });
      assert.deepEqual(Reflect.get(Object(error), 'info'), {
        errno: -9,
        code: 'EBADF',
        message: 'bad file descriptor',
        syscall,
      });
    });
  }

  test(`${type}: options of the module that the system refuses`, { skip }, async () => {
    const { lines, code, stderr } = await run('refused-buffer-size.mjs', { arguments: [type] });
    const reason = 'uv_recv_buffer_size returned EINVAL (invalid argument)';
    assert.deepEqual(
      lines,
      [['ERR_SOCKET_BUFFER_SIZE', `Could not get or set buffer size: ${reason}`, -22]],
      stderr,
    );
    assert.equal(code, 0);
  });

  test(`${type}: setMulticastInterface takes the family's addresses`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const good = type === 'udp4' ? ['127.0.0.1', '0.0.0.0'] : ['::%lo', '::'];
    for (const address of good) assert.equal(socket.setMulticastInterface(address), undefined);
    for (const address of ['', 'no address', '1.2.3']) {
      assert.throws(
        () => socket.setMulticastInterface(address),
        shaped(system('setMulticastInterface', 'EINVAL')),
      );
    }
    if (type === 'udp4') {
      assert.throws(
        () => socket.setMulticastInterface(nonlocal),
        shaped(system('setMulticastInterface', 'EADDRNOTAVAIL')),
      );
    }
    await drained(socket, socket);
    assert.throws(
      () => open(t, type).setMulticastInterface(loopback),
      shaped(system('setMulticastInterface', 'EBADF')),
    );
  });

  test(`${type}: getSendQueueSize and getSendQueueCount`, { skip }, async (t) => {
    const socket = open(t, type);
    assert.equal(socket.getSendQueueSize(), 0);
    assert.equal(socket.getSendQueueCount(), 0);
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    await sent(socket, 'abc', port, loopback);
    assert.equal(socket.getSendQueueSize(), 0);
    assert.equal(socket.getSendQueueCount(), 0);
    for (let index = 0; index < 20; index += 1) socket.send('abcd', port, loopback);
    // How much of it left at once is the system's business; the two never disagree.
    const [size, count] = [socket.getSendQueueSize(), socket.getSendQueueCount()];
    assert.equal(size, count * 4);
    await drained(socket, receiver);
    assert.equal(socket.getSendQueueSize(), 0);
    assert.equal(socket.getSendQueueCount(), 0);
  });
}

test('udp4: broadcast needs setBroadcast(true), and can be taken back', async (t) => {
  const receiver = await bound(t, 'udp4', '0.0.0.0');
  const { port } = receiver.address();
  const socket = await bound(t, 'udp4');
  const everyone = '127.255.255.255';
  const refused = system('send', 'EACCES', everyone, port);
  assertError((await sent(socket, 'x', port, everyone)).error, refused);
  socket.setBroadcast(true);
  const heard = nextMessage(receiver);
  assert.deepEqual(await sent(socket, 'all', port, everyone), { error: null, bytes: 3 });
  assert.equal((await heard).text, 'all');
  socket.setBroadcast(false);
  assertError((await sent(socket, 'x', port, everyone)).error, refused);
});
