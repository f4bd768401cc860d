/** The descriptor of a socket, one for others to read from, and whether the socket keeps the loop running. */
import assert from 'node:assert/strict';
import { closeSync, fstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { afterEach, test } from 'node:test';
import { corruptsSegments } from '#volley/drivers/linux/offload.js';
import {
  addon,
  bound,
  closeAll,
  errno,
  FAMILIES,
  localEndpoint,
  offer,
  offerGroups,
  receiving,
  TestSocket,
} from './support.js';

afterEach(closeAll);

/** Its place in INTEGER_OPTIONS. */
const RECEIVE_BUFFER_SIZE = 4;

const noSegmentation =
  addon.supportsSegmentation() && !corruptsSegments(release())
    ? false
    : 'this kernel does not know UDP_SEGMENT, or gets it wrong';

/** Datagrams of `size` characters that begin with their numbers. */
const numbered = (count: number, size: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `${from + index} `.padEnd(size, 'x'));

const inode = (fd: number): string => readlinkSync(`/proc/self/fd/${fd}`);

/** The descriptors of this process that are sockets. */
function sockets(): Set<number> {
  const numbers = readdirSync('/proc/self/fd').map(Number);
  // The one that listed them is closed by now.
  return new Set(
    numbers.filter((fd) => statSync(`/proc/self/fd/${fd}`, { throwIfNoEntry: false })?.isSocket()),
  );
}

/** Turns the loop until `done`, where more than one socket may be the one that brings it about. */
async function turnUntil(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !done(); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert(done(), 'in a thousand turns of the loop');
}

/** A duplicate of the descriptor for another reader, or a negative errno. */
function share(socket: TestSocket): number {
  const fd = addon.descriptor(socket);
  return fd < 0 ? fd : addon.duplicate(fd);
}

/** Another reader of the same socket, as a process is that it was passed to. */
function sharing(socket: TestSocket, family: 4 | 6 = 4): TestSocket {
  const fd = share(socket);
  assert(fd > 2, `errno ${fd}`);
  const reader = new TestSocket(family);
  assert.equal(addon.adopt(reader, fd), 0);
  return reader;
}

for (const family of FAMILIES) {
  test(`IPv${family}: the descriptor is there from bind to close`, () => {
    const socket = new TestSocket(family);
    assert.equal(addon.descriptor(socket), errno('EBADF'));
    assert.equal(share(socket), errno('EBADF'));
    const opened = bound(family);
    const fd = addon.descriptor(opened);
    assert(fstatSync(fd).isSocket());
    assert.equal(addon.descriptor(opened), fd, 'it stays the same');
    addon.close(opened);
    assert.equal(addon.descriptor(opened), errno('EBADF'));
    assert.equal(share(opened), errno('EBADF'));
    assert.throws(() => fstatSync(fd), { code: 'EBADF' });
  });

  test(`IPv${family}: share gives a duplicate that outlives the socket`, async () => {
    const socket = receiving(family);
    const to = localEndpoint(socket);
    const fd = share(socket);
    assert.notEqual(fd, addon.descriptor(socket));
    assert.equal(inode(fd), inode(addon.descriptor(socket)));
    const reader = new TestSocket(family);
    assert.equal(addon.adopt(reader, fd), 0);
    const sender = receiving(family);
    assert.equal(offer(sender, ['to the socket'], to), 1);
    await socket.until(() => socket.arrivals.length === 1);
    addon.close(socket);
    assert.equal(addon.startReceiving(reader), 0);
    assert.equal(offer(sender, ['to its duplicate'], to), 1);
    await reader.until(() => reader.arrivals.length === 1);
    assert.deepEqual(reader.texts, ['to its duplicate']);
    assert.equal(offer(reader, ['an answer'], localEndpoint(sender)), 1);
    await sender.until(() => sender.arrivals.length === 1);
    assert.equal(sender.arrivals[0]?.port, to.port);
  });

  test(`IPv${family}: a socket that is shared gets nothing merged any more`, {
    skip: noSegmentation,
  }, async () => {
    const socket = receiving(family, true);
    const to = localEndpoint(socket);
    const sender = bound(family);
    assert.equal(offerGroups(sender, [numbered(20, 100)], to), 20);
    await socket.until(() => socket.arrivals.length === 20);
    assert.deepEqual(socket.merged, [20]);
    // The socket takes what was merged already, as what it is; the other reads what comes later.
    assert.equal(offerGroups(sender, [numbered(20, 100, 20)], to), 20);
    const reader = sharing(socket, family);
    assert.equal(offerGroups(sender, [numbered(20, 100, 40)], to), 20);
    assert.equal(addon.startReceiving(reader), 0);
    await turnUntil(() => socket.arrivals.length + reader.arrivals.length >= 60);
    const heard = [...socket.texts.slice(20), ...reader.texts];
    assert.deepEqual(heard.sort(), numbered(40, 100, 20).sort());
    const later = [...socket.merged.slice(2), ...reader.merged];
    assert.deepEqual(new Set(later), new Set([1]));
  });
}

test('so does one whose descriptor was asked for', { skip: noSegmentation }, async () => {
  const socket = receiving(4, true);
  addon.stopReceiving(socket);
  const reader = new TestSocket(4);
  assert.equal(addon.adopt(reader, addon.duplicate(addon.descriptor(socket))), 0);
  assert.equal(offerGroups(bound(4), [numbered(20, 100)], localEndpoint(socket)), 20);
  assert.equal(addon.startReceiving(reader), 0);
  await reader.until(() => reader.arrivals.length === 20);
  assert.deepEqual(new Set(reader.merged), new Set([1]));
});

test('so does one that was adopted from a socket that the kernel merges for', {
  skip: noSegmentation,
}, async () => {
  const before = sockets();
  const origin = receiving(4, true);
  addon.stopReceiving(origin);
  // addon.descriptor would stop the merging by itself.
  const [fd = -1] = [...sockets()].filter((each) => !before.has(each));
  const adopted = new TestSocket(4);
  assert.equal(addon.adopt(adopted, addon.duplicate(fd)), 0);
  const reader = sharing(adopted);
  const sender = bound(4);
  assert.equal(offerGroups(sender, [numbered(20, 100)], localEndpoint(origin)), 20);
  assert.equal(addon.startReceiving(reader), 0);
  await reader.until(() => reader.arrivals.length === 20);
  assert.deepEqual(new Set(reader.merged), new Set([1]));
});

test('what waits when a socket is shared is delivered by it, once, in order', {
  skip: noSegmentation,
}, async () => {
  const socket = receiving(4, true);
  const sender = bound(4);
  const groups = [numbered(30, 100), ['alone'], numbered(9, 500, 30)];
  assert.equal(offerGroups(sender, groups, localEndpoint(socket)), 40);
  const first = share(socket);
  const second = share(socket);
  assert.deepEqual(socket.arrivals, [], 'not within the call');
  closeSync(first);
  closeSync(second);
  assert.equal(offer(sender, ['last'], localEndpoint(socket)), 1);
  await socket.until(() => socket.texts.includes('last'));
  assert.deepEqual(socket.texts, [...groups.flat(), 'last']);
});

test('more than a socket takes at once is dropped when it is shared, never seen merged', {
  skip: noSegmentation,
}, async () => {
  const socket = receiving(4, true);
  assert.equal(addon.setOption(socket, RECEIVE_BUFFER_SIZE, 212_992), 0);
  const sender = bound(4);
  const groups = Array.from({ length: 100 }, (_, index) => numbered(2, 20, 2 * index));
  assert.equal(offerGroups(sender, groups, localEndpoint(socket)), 200);
  const reader = sharing(socket);
  assert.equal(addon.startReceiving(reader), 0);
  assert.equal(offer(sender, ['last'], localEndpoint(socket)), 1);
  // Whoever is slow takes several turns for what the socket has taken.
  await turnUntil(() => socket.texts.length + reader.texts.length >= 129);
  assert.deepEqual([...socket.texts, ...reader.texts], [...numbered(128, 20), 'last']);
});

test('a handler that shares its own socket loses nothing of its batch', async () => {
  const socket = receiving(4, true);
  socket.onDeliver = ({ text }) => {
    if (text.startsWith('3 ')) closeSync(share(socket));
  };
  const texts = numbered(10, 50);
  assert.equal(offerGroups(bound(4), [texts], localEndpoint(socket)), 10);
  await socket.until(() => socket.arrivals.length === 10);
  assert.deepEqual(socket.texts, texts);
});

test('a pending error is reported by the socket that is shared', async () => {
  const nobody = bound(4);
  const { address, port } = localEndpoint(nobody);
  addon.close(nobody);
  const socket = receiving(4, true);
  assert.equal(addon.connect(socket, address, port), 0);
  assert.equal(offer(socket, ['refused']), 1);
  closeSync(share(socket));
  await socket.until(() => socket.failures.length > 0);
  assert.deepEqual(socket.failures, [errno('ECONNREFUSED')]);
});

test('hasRef tells what ref and unref did, and is false once closed', () => {
  const socket = new TestSocket(4);
  assert.equal(addon.hasRef(socket), true);
  addon.unref(socket);
  assert.equal(addon.hasRef(socket), false);
  assert.equal(addon.bind(socket, '127.0.0.1', 0, 0), 0);
  assert.equal(addon.hasRef(socket), false);
  addon.ref(socket);
  assert.equal(addon.hasRef(socket), true);
  addon.close(socket);
  assert.equal(addon.hasRef(socket), false);
});

test('an object that owns no socket is refused with a TypeError', () => {
  const stranger: TestSocket = Object.create(TestSocket.prototype);
  for (const call of [addon.descriptor, addon.hasRef]) {
    assert.throws(() => call(stranger), TypeError);
  }
});
