/** The send queue as a program sees it: what waits, when it is full, and when it is not any more. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import * as volley from 'volley';
import { noNamespaces } from '../real/network.ts';
import { call, collect, drained, FAMILIES, turn } from '../support/sockets.ts';
import { target } from '../support/target.ts';
import { bound, fixture, numbered, open, sentMany } from './support.ts';

/** In bytes, of the datagrams that {@link numbered} makes: one may reach over the mark of the queue. */
const LARGEST = 6;

for (const { type, skip, loopback } of FAMILIES) {
  test(`${type}: size and count tell what waits, within a tick and after it`, {
    skip,
  }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const queue = (): number[] => [socket.getSendQueueCount(), socket.getSendQueueSize()];
    assert.deepEqual(queue(), [0, 0]);
    socket.sendMany(['abc', '', 'é'], port, loopback);
    assert.deepEqual(queue(), [3, 5]);
    socket.send('four', port, loopback);
    assert.deepEqual(queue(), [4, 9]);
    socket.sendMany('x', [{ port }, { port }]);
    assert.deepEqual(queue(), [6, 11]);
    socket.sendMany({ bytes: Buffer.alloc(7), segmentSize: 3 }, port);
    assert.deepEqual(queue(), [9, 18]);
    // Nothing that cannot be sent waits.
    socket.sendMany(['abc'], port, 'no address');
    socket.sendMany([], port);
    assert.deepEqual(queue(), [9, 18]);
    const { error, sent } = await sentMany(socket, ['last'], port, loopback);
    assert.deepEqual([error, sent], [null, 1]);
    assert.deepEqual(queue(), [0, 0]);
    await drained(socket, receiver);
  });

  test(`${type}: a change of the socket flushes what waits`, {
    skip: skip || (target === 'builtin' && 'node:dgram tells later that a datagram has left'),
  }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const heard = collect(receiver, 2);
    socket.sendMany(['a', 'b'], receiver.address().port, loopback);
    socket.setTTL(10);
    assert.deepEqual([socket.getSendQueueCount(), socket.getSendQueueSize()], [0, 0]);
    assert.equal((await heard).length, 2);
  });

  test(`${type}: a closed socket has no queue to tell of`, { skip }, async (t) => {
    const socket = await bound(t, type);
    socket.sendMany(['a'], 9, loopback);
    socket.close();
    for (const method of ['getSendQueueSize', 'getSendQueueCount']) {
      assert.throws(() => call(socket, method), {
        name: 'TypeError',
        message: `Cannot read properties of null (reading '${method}')`,
      });
    }
  });

  test(`${type}: a queue that was never full does not drain`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    socket.on('drain', () => assert.fail("'drain' came"));
    for (let round = 0; round < 20; round += 1) {
      await sentMany(socket, numbered(20), receiver.address().port, loopback);
    }
    await turn();
  });

  test(`${type}: a full queue is flushed before any more is refused`, {
    skip: skip || (target === 'builtin' && 'node:dgram tells later that a datagram has left'),
  }, async (t) => {
    const receiver = await bound(t, { type, recvBufferSize: 1 << 20 });
    const socket = await bound(t, { type, sendHighWaterMark: 100 });
    const { port } = receiver.address();
    assert.equal(socket.sendMany(numbered(150), port, loopback), 150);
    await drained(socket, receiver);
  });

  test(`${type}: whatever the mark is, all goes in the end and in order`, { skip }, async (t) => {
    for (const sendHighWaterMark of [1, 100, 4_096, 0, undefined]) {
      const receiver = await bound(t, { type, recvBufferSize: 1 << 20 });
      const socket = await bound(t, { type, sendHighWaterMark });
      const heard = collect(receiver, 150);
      let next = 0;
      let attempts = 0;
      while (next < 150) {
        attempts += 1;
        assert.ok(attempts <= 150, 'the queue took none');
        const drain = once(socket, 'drain');
        const accepted = socket.sendMany(
          numbered(150).slice(next),
          receiver.address().port,
          loopback,
        );
        assert.ok(socket.getSendQueueSize() <= (sendHighWaterMark || 1 << 20) + LARGEST);
        next += accepted;
        if (next < 150) await drain;
      }
      assert.deepEqual(
        (await heard).map(({ text }) => text),
        numbered(150),
      );
      await sentMany(socket, [], 9);
      socket.close();
      receiver.close();
    }
  });

  for (const value of [-1, 1.5, '1', {}, 2 ** 32, true]) {
    test(`${type}: a mark of ${JSON.stringify(value)} throws`, { skip }, () => {
      assert.throws(
        () => call(volley, 'createSocket', { type, sendHighWaterMark: value }),
        (error) => {
          assert.ok(error instanceof Error);
          assert.match(String(Reflect.get(error, 'code')), /^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/);
          assert.match(error.message, /"options\.sendHighWaterMark"/);
          return true;
        },
      );
    });
  }

  test(`${type}: 'drain' after binding is not for a socket that was closed`, {
    skip,
  }, async (t) => {
    const socket = open(t, type);
    socket.on('drain', () => assert.fail("'drain' came"));
    const closing = once(socket, 'close');
    socket.bind(0, loopback);
    assert.equal(socket.sendMany(['a'], 9, loopback), 0);
    socket.close();
    await closing;
    await turn();
  });

  test(`${type}: a 'drain' listener that throws keeps nothing from being sent`, {
    skip,
  }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = open(t, type);
    const caught = new Promise<unknown>((resolve) => {
      process.setUncaughtExceptionCaptureCallback(resolve);
    });
    t.after(() => process.setUncaughtExceptionCaptureCallback(null));
    socket.on('drain', () => {
      throw new Error('thrown by a listener');
    });
    const heard = collect(receiver, 2);
    socket.bind(0, loopback);
    assert.equal(socket.sendMany(['a'], port, loopback), 0);
    socket.send('waits', port, loopback);
    socket.send('waits, too', port, loopback);
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      ['waits', 'waits, too'],
    );
    assert.match(String(await caught), /thrown by a listener/);
  });
}

/** What `fixtures/full-queue.ts` prints. */
interface FullQueue {
  accepted: number;
  none: number;
  /** Count and size of the queue at several points. */
  afterMany: [number, number];
  afterOne: [number, number];
  afterTurn: [number, number];
  afterDrain?: [number, number];
  again?: number;
  thrown?: string;
  events: string[];
  failures: { many: [number, string, string, number][]; one: string | null };
  called: number;
}

function fullQueue(how: 'resolve' | 'close'): FullQueue {
  const script = [
    'ip link add v0 type veth peer name v1',
    'ip addr add 10.0.0.1/24 dev v0',
    'ip link set v0 up',
    'ip link set v1 up',
    'exec "$0" "$1" "$2"',
  ].join(' && ');
  const args = ['-n', 'sh', '-c', script, process.execPath, fixture('full-queue'), how];
  const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 20_000 });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

/** The mark and the size of each datagram of the fixture, in bytes. */
const MARK = 16_384;
const SIZE = 1_000;

/** What is so before the queue empties, one way or the other. */
function assertFull({ accepted, afterMany, none, afterOne, afterTurn, called }: FullQueue): void {
  assert.ok(accepted > 0 && accepted <= 200);
  assert.equal(none, 0, 'a full queue accepted more');
  for (const [count, size] of [afterMany, afterOne, afterTurn]) {
    assert.equal(size, count * SIZE);
    assert.ok(size >= MARK, `${size} bytes wait`);
    // The last one that sendMany takes may reach over the mark, and send takes one more.
    assert.ok(size <= MARK + 2 * SIZE, `${size} bytes wait`);
  }
  assert.ok(afterOne[0] <= accepted + 1);
  assert.deepEqual(afterTurn, afterOne);
  assert.equal(called, 1);
}

test('what the kernel has no room for waits, and drains', { skip: noNamespaces() }, () => {
  const result = fullQueue('resolve');
  assertFull(result);
  assert.deepEqual(result.failures, { many: [], one: null });
  assert.deepEqual(result.events, ['turn', 'many', 'none null 0', 'one', 'drain']);
  assert.deepEqual(result.afterDrain, [0, 0]);
  assert.equal(result.again, 1);
});

test('what still waits when the socket closes is cancelled, one by one', {
  skip: noNamespaces(),
}, () => {
  const result = fullQueue('close');
  assertFull(result);
  const { accepted, failures, events, thrown } = result;
  const [[first] = [accepted]] = failures.many;
  assert.ok(first < accepted);
  const cancelled = Array.from({ length: accepted - first }, (_, index) => first + index);
  assert.deepEqual(
    failures.many,
    cancelled.map((index) => [index, 'ECANCELED', '10.0.0.2', 9]),
  );
  assert.equal(failures.one, 'ECANCELED');
  assert.deepEqual(
    events.filter((event) => event !== 'close'),
    ['turn', 'many', 'none null 0', 'one'],
  );
  assert.equal(events.filter((event) => event === 'close').length, 1);
  assert.equal(thrown, 'TypeError');
});
