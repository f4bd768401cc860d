import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { MAXIMUM_BATCH, RECORD, RECORD_WORDS } from '#volley/drivers/linux/addon.js';
import {
  addon,
  bound,
  closeAll,
  emulated,
  errno,
  FAMILIES,
  LOOPBACK,
  localEndpoint,
  offer,
  receiving,
  sendRecords,
  setup,
  TestSocket,
} from './support.js';

afterEach(closeAll);

const descriptors = (): number => readdirSync('/proc/self/fd').length;
/** Two turns of the loop: libuv's close callbacks have run. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('an object that owns no socket is refused with a TypeError', () => {
  const stranger: TestSocket = Object.create(TestSocket.prototype);
  const calls = [
    () => addon.bind(stranger, '127.0.0.1', 0, 0),
    () => addon.adopt(stranger, 0),
    () => addon.connect(stranger, '127.0.0.1', 9),
    () => addon.disconnect(stranger),
    () => addon.localAddress(stranger),
    () => addon.remoteAddress(stranger),
    () => addon.startReceiving(stranger),
    () => addon.stopReceiving(stranger),
    () => addon.send(stranger, Buffer.alloc(1), 0, 1),
    () => addon.setOption(stranger, 0, 1),
    () => addon.getOption(stranger, 0),
    () => addon.setMulticastInterface(stranger, '127.0.0.1'),
    () => addon.setMembership(stranger, true, '224.0.0.114', undefined, undefined),
    () => addon.ref(stranger),
    () => addon.unref(stranger),
    () => addon.close(stranger),
  ];
  for (const call of calls) {
    assert.throws(call, TypeError);
  }
});

test('an owner owns one socket', () => {
  const socket = new TestSocket(4);
  assert.throws(() => addon.create(socket, 4, false, {}), Error);
  addon.close(socket);
});

test('wrong arguments throw and leave the socket usable', () => {
  const socket = bound(4);
  assert.throws(() => Reflect.apply(addon.bind, addon, [socket]), TypeError);
  assert.throws(() => Reflect.apply(addon.bind, addon, [socket, 1, 0, 0]), TypeError);
  assert.throws(() => Reflect.apply(addon.send, addon, [socket, 'text', 0, 1]), TypeError);
  assert.throws(() => addon.send(socket, Buffer.alloc(1), 0, 0), RangeError);
  assert.throws(() => addon.send(socket, Buffer.alloc(1), 2, 1), RangeError);
  assert.throws(() => addon.send(socket, Buffer.alloc(1), 0, MAXIMUM_BATCH + 1), RangeError);
  sendRecords[RECORD.length] = 1;
  sendRecords[RECORD.segment] = 65_536;
  assert.throws(() => addon.send(socket, Buffer.alloc(1), 0, 1), RangeError);
  sendRecords[RECORD.segment] = 0;
  assert.throws(() => addon.getOption(socket, 6), RangeError);
  assert.throws(() => addon.formatAddress(new Uint32Array(RECORD_WORDS), 1), RangeError);
  assert.equal(localEndpoint(socket).address, '127.0.0.1');
  addon.close(socket);
});

test('without a descriptor every function says EBADF', () => {
  const socket = new TestSocket(4);
  assert.equal(addon.disconnect(socket), errno('EBADF'));
  assert.equal(addon.localAddress(socket), errno('EBADF'));
  assert.equal(addon.remoteAddress(socket), errno('EBADF'));
  assert.equal(addon.startReceiving(socket), errno('EBADF'));
  assert.equal(offer(socket, ['x']), errno('EBADF'));
  assert.equal(addon.setOption(socket, 0, 64), errno('EBADF'));
  assert.equal(addon.getOption(socket, 4), errno('EBADF'));
  addon.stopReceiving(socket);
  addon.close(socket);
});

test('without a descriptor choosing a multicast interface says EBADF', {
  skip: emulated && 'qemu-user answers ENOPROTOOPT, whatever the descriptor',
}, () => {
  const socket = new TestSocket(4);
  assert.equal(addon.setMulticastInterface(socket, '127.0.0.1'), errno('EBADF'));
  addon.close(socket);
});

test('after close every function says EBADF, and close again is harmless', () => {
  for (const socket of [new TestSocket(4), receiving(4)]) {
    addon.close(socket);
    addon.close(socket);
    assert.equal(addon.bind(socket, '127.0.0.1', 0, 0), errno('EBADF'));
    assert.equal(addon.bind(socket, 'nonsense', 0, 0), errno('EBADF'));
    assert.equal(addon.adopt(socket, 0), errno('EBADF'));
    assert.equal(addon.connect(socket, '127.0.0.1', 9), errno('EBADF'));
    assert.equal(addon.disconnect(socket), errno('EBADF'));
    assert.equal(addon.localAddress(socket), errno('EBADF'));
    assert.equal(addon.startReceiving(socket), errno('EBADF'));
    assert.equal(offer(socket, ['x']), errno('EBADF'));
    const joined = addon.setMembership(socket, true, '224.0.0.114', undefined, undefined);
    assert.equal(joined, errno('EBADF'));
    addon.ref(socket);
    addon.unref(socket);
    addon.stopReceiving(socket);
  }
});

for (const family of FAMILIES) {
  test(`IPv${family}: close frees the port before it returns`, () => {
    const first = receiving(family);
    const { address, port } = localEndpoint(first);
    const second = new TestSocket(family);
    assert.equal(addon.bind(second, address, port, 0), errno('EADDRINUSE'));
    addon.close(first);
    assert.equal(addon.bind(second, address, port, 0), 0);
    assert.equal(localEndpoint(second).port, port);
    addon.close(second);
  });

  test(`IPv${family}: a bound socket does not bind again`, () => {
    const socket = bound(family);
    assert.equal(addon.bind(socket, LOOPBACK[family], 0, 0), errno('EINVAL'));
    addon.close(socket);
  });
}

test('bind takes numeric text of the family of the socket only', () => {
  const refused: [4 | 6, string[]][] = [
    [4, ['', 'localhost', '::1', '127.0.0.1%lo', '1.2.3', '127.0.0.1\0', '1'.repeat(300)]],
    [6, ['', 'localhost', '127.0.0.1', ':::', 'fe80::1%no-such-interface']],
  ];
  for (const [family, texts] of refused) {
    for (const text of texts) {
      const socket = new TestSocket(family);
      assert.equal(addon.bind(socket, text, 0, 0), errno('EINVAL'), JSON.stringify(text));
      addon.close(socket);
    }
  }
  const socket = new TestSocket(4);
  assert.equal(addon.bind(socket, '127.0.0.1', 65536, 0), errno('EINVAL'));
  assert.equal(addon.bind(socket, '127.0.0.1', 0, 4), errno('EINVAL'), 'IPV6_V6ONLY on IPv4');
  assert.equal(addon.bind(socket, '192.0.2.200', 0, 0), errno('EADDRNOTAVAIL'));
  assert.equal(addon.bind(socket, '127.0.0.1', 0, 0), 0, 'bind works after it failed');
  addon.close(socket);
});

test('SO_REUSEADDR and SO_REUSEPORT let two sockets share a port', () => {
  for (const flags of [1, 2]) {
    const first = new TestSocket(4);
    const second = new TestSocket(4);
    assert.equal(addon.bind(first, '127.0.0.1', 0, flags), 0);
    assert.equal(addon.bind(second, '127.0.0.1', localEndpoint(first).port, flags), 0);
    addon.close(first);
    addon.close(second);
  }
});

test('adopt takes a UDP socket over, and no other descriptor', async () => {
  const first = bound(4);
  const before = descriptors();
  const port = localEndpoint(first).port;
  const entry = readdirSync('/proc/self/fd').map(Number);
  const fd = entry.find((candidate) => addon.describeDescriptor(candidate) === 'UDP');
  assert(fd !== undefined);
  const copy = addon.duplicate(fd);
  assert(copy > fd);
  addon.close(first);

  const second = new TestSocket(6);
  const file = openSync('/dev/null', 'r');
  assert.equal(addon.adopt(second, file), errno('ENOTSOCK'));
  fstatSync(file);
  closeSync(file);
  assert.equal(addon.adopt(second, file), errno('EBADF'));
  assert.equal(addon.adopt(second, -1), errno('EBADF'));
  assert.equal(addon.duplicate(-1), errno('EBADF'));

  assert.equal(addon.adopt(second, copy), 0);
  assert.equal(addon.adopt(second, copy), errno('EBUSY'));
  assert.deepEqual(addon.localAddress(second), { address: '127.0.0.1', family: 'IPv4', port });
  assert.equal(addon.setOption(second, 0, 7), 0, 'the real family rules options');
  assert.equal(addon.getOption(second, 0), 7);
  assert.equal(addon.startReceiving(second), 0);
  const sender = bound(4);
  assert.equal(offer(sender, ['adopted'], localEndpoint(second)), 1);
  await second.until(() => second.arrivals.length === 1);
  assert.deepEqual(second.texts, ['adopted']);
  addon.close(second);
  addon.close(sender);
  await turns();
  assert.equal(descriptors(), before - 1);
});

test('an adopted socket may be connected', () => {
  const peer = bound(4);
  const { address, port } = localEndpoint(peer);
  const first = new TestSocket(4);
  assert.equal(addon.connect(first, address, port), 0);
  const fds = readdirSync('/proc/self/fd').map(Number);
  const udp = fds.filter((fd) => addon.describeDescriptor(fd) === 'UDP');
  const copy = addon.duplicate(udp.at(-1) ?? -1);
  const second = new TestSocket(4);
  assert.equal(addon.adopt(second, copy), 0);
  assert.deepEqual(addon.remoteAddress(second), { address, family: 'IPv4', port });
  assert.equal(addon.connect(second, address, port), errno('EISCONN'));
  assert.equal(addon.disconnect(second), 0);
  for (const socket of [peer, first, second]) {
    addon.close(socket);
  }
});

test('descriptors are described in the words of the reference', () => {
  const file = openSync(new URL(import.meta.url), 'r');
  assert.equal(addon.describeDescriptor(file), 'FILE');
  closeSync(file);
  assert.equal(addon.describeDescriptor(file), 'UNKNOWN');
});

test('connect, remoteAddress, disconnect', async () => {
  const peer = receiving(4);
  const { address, port } = localEndpoint(peer);
  const socket = new TestSocket(4);
  assert.equal(addon.connect(socket, '::1', port), errno('EINVAL'));
  assert.equal(addon.connect(socket, address, port), 0, 'binds by itself');
  assert.deepEqual(addon.remoteAddress(socket), { address, family: 'IPv4', port });
  assert.equal(addon.connect(socket, address, port), errno('EISCONN'));
  assert.equal(offer(socket, ['to the peer']), 1);
  assert.equal(addon.disconnect(socket), 0);
  assert.equal(addon.disconnect(socket), errno('ENOTCONN'));
  assert.equal(addon.remoteAddress(socket), errno('ENOTCONN'));
  assert.equal(offer(socket, ['to nobody']), errno('EDESTADDRREQ'));
  assert.equal(offer(socket, ['still works'], { address, family: 'IPv4', port }), 1);
  await peer.until(() => peer.arrivals.length === 2);
  assert.deepEqual(peer.texts, ['to the peer', 'still works']);
  addon.close(socket);
  addon.close(peer);
});

test('thousands of sockets leave no descriptor behind', async () => {
  await turns();
  const before = descriptors();
  for (let round = 0; round < 20; round++) {
    for (let index = 0; index < 100; index++) {
      const socket = index % 2 === 0 ? receiving(4) : bound(4);
      if (index % 5 === 0) {
        const failed = new TestSocket(4);
        assert(addon.bind(failed, '192.0.2.200', 0, 0) < 0);
        addon.close(failed);
      }
      addon.close(socket);
    }
    await turns();
  }
  assert.equal(descriptors(), before);
});

test('setup again in the same environment replaces the first', async () => {
  setup();
  const socket = receiving(4);
  setup();
  assert.equal(offer(socket, ['after setup'], localEndpoint(socket)), 1);
  await socket.until(() => socket.arrivals.length === 1);
  assert.deepEqual(socket.texts, ['after setup']);
  assert.throws(() => Reflect.apply(addon.setup, addon, [{}]), TypeError);
  assert.equal(offer(socket, ['after a failed one'], localEndpoint(socket)), 1);
  await socket.until(() => socket.arrivals.length === 2);
  assert.equal(socket.texts[1], 'after a failed one', 'which changes nothing');
  addon.close(socket);
});
