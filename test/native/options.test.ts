import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import {
  addon,
  bound,
  closeAll,
  errno,
  FAMILIES,
  LOOPBACK,
  localEndpoint,
  TestSocket,
} from './support.js';

afterEach(closeAll);

const TTL = 0;
const MULTICAST_TTL = 1;
const MULTICAST_LOOPBACK = 2;
const BROADCAST = 3;
const RECEIVE_BUFFER_SIZE = 4;
const SEND_BUFFER_SIZE = 5;

/** The errno that the reference reports for a call, 0 for success. */
function referenceErrno(call: () => void): number {
  try {
    call();
    return 0;
  } catch (error) {
    assert(
      error instanceof Error && 'errno' in error && typeof error.errno === 'number',
      `${error}`,
    );
    return error.errno;
  }
}

async function referenceSocket(family: 4 | 6): Promise<dgram.Socket> {
  const socket = dgram.createSocket(family === 4 ? 'udp4' : 'udp6');
  socket.bind(0, LOOPBACK[family]);
  await once(socket, 'listening');
  return socket;
}

for (const family of FAMILIES) {
  test(`IPv${family}: TTLs in and out of range, as the reference has it`, async () => {
    const socket = bound(family);
    const reference = await referenceSocket(family);
    for (const value of [-2, -1, 0, 1, 64, 255, 256, 65536]) {
      assert.equal(
        addon.setOption(socket, TTL, value),
        referenceErrno(() => reference.setTTL(value)),
        `ttl ${value}`,
      );
      assert.equal(
        addon.setOption(socket, MULTICAST_TTL, value),
        referenceErrno(() => reference.setMulticastTTL(value)),
        `multicast ttl ${value}`,
      );
    }
    assert.equal(addon.getOption(socket, TTL), 255);
    assert.equal(addon.getOption(socket, MULTICAST_TTL), 255);
    addon.close(socket);
    reference.close();
  });

  test(`IPv${family}: switches`, () => {
    const socket = bound(family);
    for (const option of [MULTICAST_LOOPBACK, BROADCAST]) {
      for (const value of [0, 1, 0, 2, -1]) {
        assert.equal(addon.setOption(socket, option, value), 0);
        assert.equal(addon.getOption(socket, option), value === 0 ? 0 : 1);
      }
    }
    addon.close(socket);
  });

  test(`IPv${family}: buffer sizes are the kernel's`, async () => {
    const socket = bound(family);
    const reference = await referenceSocket(family);
    for (const size of [1, 10_000, 2 ** 31 - 1]) {
      reference.setRecvBufferSize(size);
      reference.setSendBufferSize(size);
      assert.equal(addon.setOption(socket, RECEIVE_BUFFER_SIZE, size), 0);
      assert.equal(addon.setOption(socket, SEND_BUFFER_SIZE, size), 0);
      assert.equal(addon.getOption(socket, RECEIVE_BUFFER_SIZE), reference.getRecvBufferSize());
      assert.equal(addon.getOption(socket, SEND_BUFFER_SIZE), reference.getSendBufferSize());
    }
    assert.equal(addon.setOption(socket, SEND_BUFFER_SIZE, -1), errno('EINVAL'));
    addon.close(socket);
    reference.close();
  });

  test(`IPv${family}: multicast interfaces give the errno of the reference`, async () => {
    const socket = bound(family);
    const reference = await referenceSocket(family);
    const texts = ['127.0.0.1', '192.0.2.200', '0.0.0.0', '::', '::%lo', '::%no-such', '::%99999'];
    for (const text of [...texts, 'nonsense', '127.0.0.1%lo', '1.2.3', '224.0.0.1', '::1%']) {
      assert.equal(
        addon.setMulticastInterface(socket, text),
        referenceErrno(() => reference.setMulticastInterface(text)),
        text,
      );
    }
    assert.equal(addon.setMulticastInterface(socket, ''), errno('EINVAL'));
    addon.close(socket);
    reference.close();
  });

  test(`IPv${family}: memberships give the errno of the reference, joined twice, left twice`, async () => {
    const socket = bound(family);
    const reference = await referenceSocket(family);
    const groups = ['224.0.0.114', 'ff02::1:2', 'ff02::1:2%lo', '127.0.0.1', '::1', 'nonsense'];
    const interfaces = ['127.0.0.1', '192.0.2.200', '::%lo', '::%no-such', '', 'nonsense'];
    for (const group of groups) {
      for (const at of interfaces) {
        for (const join of [true, true, false, false]) {
          const expected = referenceErrno(() =>
            join ? reference.addMembership(group, at) : reference.dropMembership(group, at),
          );
          const actual = addon.setMembership(socket, join, group, at, undefined);
          assert.equal(actual, expected, `${join ? 'join' : 'leave'} ${group} at '${at}'`);
        }
      }
    }
    addon.close(socket);
    reference.close();
  });

  test(`IPv${family}: source-specific memberships give the errno of the reference`, async () => {
    const socket = bound(family);
    const reference = await referenceSocket(family);
    const sources = ['127.0.0.1', '::1', '::1%lo', 'nonsense'];
    const groups = ['232.1.1.1', 'ff3e::1', '192.0.2.1', 'nonsense'];
    const interfaces = ['127.0.0.1', '192.0.2.200', '::%lo', '::%no-such', 'nonsense'];
    const cases = sources.flatMap((source) =>
      groups.flatMap((group) => interfaces.map((at) => [source, group, at] as const)),
    );
    for (const [source, group, at] of cases) {
      for (const join of [true, true, false, false]) {
        const expected = referenceErrno(() =>
          join
            ? reference.addSourceSpecificMembership(source, group, at)
            : reference.dropSourceSpecificMembership(source, group, at),
        );
        const actual = addon.setMembership(socket, join, group, at, source);
        assert.equal(actual, expected, `${join ? 'join' : 'leave'} ${source} ${group} at '${at}'`);
      }
    }
    addon.close(socket);
    reference.close();
  });
}

test('a membership binds a socket that has no descriptor', () => {
  const socket = new TestSocket(4);
  assert.equal(
    addon.setMembership(socket, true, 'nonsense', undefined, undefined),
    errno('EINVAL'),
  );
  assert.equal(addon.localAddress(socket), errno('EBADF'), 'a malformed group opens nothing');
  assert.equal(addon.setMembership(socket, true, '224.0.0.114', '127.0.0.1', undefined), 0);
  const { address, port } = localEndpoint(socket);
  assert.equal(address, '0.0.0.0');
  assert(port > 0);
  addon.close(socket);
});
