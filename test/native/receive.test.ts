import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { afterEach, test } from 'node:test';
import {
  addon,
  bound,
  closeAll,
  errno,
  FAMILIES,
  localEndpoint,
  offer,
  receiving,
  TestSocket,
} from './support.js';

afterEach(closeAll);

/** Its place in INTEGER_OPTIONS. */
const RECEIVE_BUFFER_SIZE = 4;

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

for (const family of FAMILIES) {
  test(`IPv${family}: hundreds of datagrams arrive whole, in order, in batches`, async () => {
    const receiver = receiving(family);
    const sender = bound(family);
    const sent = numbers(200);
    assert.equal(offer(sender, sent, localEndpoint(receiver)), sent.length);
    await receiver.until(() => receiver.arrivals.length === sent.length);
    assert.deepEqual(receiver.texts, sent);
    assert.deepEqual(receiver.batchSizes, [64, 64, 64, 8]);
    addon.close(sender);
    addon.close(receiver);
  });
}

test('one turn of the loop hands out a bounded number of datagrams', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) {
      setImmediate(count);
    }
  };
  const marks: number[] = [];
  receiver.onDeliver = () => {
    marks.push(turns);
    return true;
  };
  /* The kernel doubles it (socket(7)): room for 300 small datagrams wherever the limit is default. */
  assert.equal(addon.setOption(receiver, RECEIVE_BUFFER_SIZE, 212_992), 0);
  assert.equal(offer(sender, numbers(300), localEndpoint(receiver)), 300);
  setImmediate(count);
  await receiver.until(() => receiver.arrivals.length === 300);
  counting = false;
  assert.equal(new Set(marks.slice(0, 256)).size, 1, 'the first 256 in one turn');
  assert((marks[256] ?? 0) > (marks[255] ?? 0), 'the next one in another');
  addon.close(sender);
  addon.close(receiver);
});

test('process.nextTick callbacks and promise jobs run between two deliveries', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  const log: string[] = [];
  receiver.onDeliver = ({ text }) => {
    log.push(`deliver ${text}`);
    process.nextTick(() => log.push(`tick ${text}`));
    Promise.resolve().then(() => log.push(`job ${text}`));
    return true;
  };
  assert.equal(offer(sender, ['a', 'b'], localEndpoint(receiver)), 2);
  await receiver.until(() => receiver.arrivals.length === 2);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(log, ['deliver a', 'tick a', 'job a', 'deliver b', 'tick b', 'job b']);
  addon.close(sender);
  addon.close(receiver);
});

test('false from deliver stops the rest of the batch, not the socket', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  receiver.onDeliver = ({ text }) => text !== 'stop';
  assert.equal(offer(sender, ['a', 'stop', 'lost'], localEndpoint(receiver)), 3);
  await receiver.until(() => receiver.arrivals.length === 2);
  assert.equal(offer(sender, ['sentinel'], localEndpoint(receiver)), 1);
  await receiver.until(() => receiver.texts.includes('sentinel'));
  assert.deepEqual(receiver.texts, ['a', 'stop', 'sentinel']);
  addon.close(sender);
  addon.close(receiver);
});

test('stopReceiving inside deliver stops the rest; startReceiving goes on', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  receiver.onDeliver = () => {
    addon.stopReceiving(receiver);
    return true;
  };
  assert.equal(offer(sender, ['a', 'lost'], localEndpoint(receiver)), 2);
  await receiver.until(() => receiver.arrivals.length === 1);
  /* Started again before its delivery is over, it would go on with the batch. */
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(offer(sender, ['kept by the kernel'], localEndpoint(receiver)), 1);
  receiver.onDeliver = undefined;
  assert.equal(addon.startReceiving(receiver), 0);
  await receiver.until(() => receiver.arrivals.length === 2);
  assert.deepEqual(receiver.texts, ['a', 'kept by the kernel']);
  addon.close(sender);
  addon.close(receiver);
});

test('close inside deliver ends the batch', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  receiver.onDeliver = () => {
    addon.close(receiver);
    return true;
  };
  const sentinel = receiving(4);
  assert.equal(offer(sender, ['a', 'lost'], localEndpoint(receiver)), 2);
  await receiver.until(() => receiver.arrivals.length === 1);
  assert.equal(offer(sender, ['sentinel'], localEndpoint(sentinel)), 1);
  await sentinel.until(() => sentinel.arrivals.length === 1);
  assert.deepEqual(receiver.texts, ['a']);
  addon.close(sender);
  addon.close(sentinel);
});

test('a handler may close another socket that has datagrams waiting, and open a new one', async () => {
  const sender = bound(4);
  const pair = [receiving(4), receiving(4)];
  const opened: TestSocket[] = [];
  const winner = new Promise<TestSocket>((resolve) => {
    for (const socket of pair) {
      socket.onDeliver = () => {
        for (const other of pair) {
          if (other !== socket) {
            addon.close(other);
          }
        }
        /* Most likely on the descriptor number that has just become free. */
        opened.push(receiving(4));
        resolve(socket);
        return true;
      };
    }
  });
  for (const socket of pair) {
    assert.equal(offer(sender, ['race'], localEndpoint(socket)), 1);
  }
  const survivor = await winner;
  const [fresh] = opened;
  assert(fresh);
  assert.equal(offer(sender, ['fresh'], localEndpoint(fresh)), 1);
  await fresh.until(() => fresh.arrivals.length === 1);
  assert.equal(
    pair.reduce((sum, socket) => sum + socket.arrivals.length, 0),
    1,
  );
  addon.close(survivor);
  addon.close(fresh);
  addon.close(sender);
});

test('a refused datagram of a connected socket is reported, and receiving goes on', async () => {
  const closed = bound(4);
  const nobody = localEndpoint(closed);
  addon.close(closed);
  const socket = receiving(4);
  assert.equal(addon.connect(socket, nobody.address, nobody.port), 0);
  for (let round = 1; round <= 3; round++) {
    assert.equal(offer(socket, ['x']), 1);
    await socket.until(() => socket.failures.length === round);
  }
  assert.deepEqual(socket.failures, Array(3).fill(errno('ECONNREFUSED')));
  assert.equal(addon.disconnect(socket), 0);
  const later = receiving(4);
  assert.equal(offer(socket, ['goes on'], localEndpoint(later)), 1);
  await later.until(() => later.arrivals.length === 1);
  addon.close(later);
  addon.close(socket);
});

test('an error that waits in a socket that does not receive does not keep the loop busy', async () => {
  const closed = bound(4);
  const nobody = localEndpoint(closed);
  addon.close(closed);
  const socket = bound(4);
  assert.equal(addon.connect(socket, nobody.address, nobody.port), 0);
  assert.equal(offer(socket, ['x']), 1);
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(socket.failures, []);
  assert.equal(offer(socket, ['y']), errno('ECONNREFUSED'), 'it meets the next datagram');
  addon.close(socket);
});

test('deliver runs in the async context in which the socket was created', async () => {
  const storage = new AsyncLocalStorage<string>();
  const types: string[] = [];
  const hook = createHook({
    init: (_id, type) => types.push(type),
  }).enable();
  const receiver = storage.run('creator', () => new TestSocket(4));
  hook.disable();
  assert.deepEqual(types, ['UDPWRAP']);
  assert.equal(addon.bind(receiver, '127.0.0.1', 0, 0), 0);
  storage.run('starter', () => assert.equal(addon.startReceiving(receiver), 0));
  const seen: (string | undefined)[] = [];
  receiver.onDeliver = () => {
    seen.push(storage.getStore());
    process.nextTick(() => seen.push(storage.getStore()));
    return true;
  };
  const sender = bound(4);
  storage.run('sender', () => offer(sender, ['a', 'b'], localEndpoint(receiver)));
  await receiver.until(() => receiver.arrivals.length === 2);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(seen, ['creator', 'creator', 'creator', 'creator']);
  assert.equal(storage.getStore(), undefined);
  addon.close(sender);
  addon.close(receiver);
});
