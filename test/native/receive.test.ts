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
  offerGroups,
  offerMany,
  receiving,
  TestSocket,
} from './support.js';

afterEach(closeAll);

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

for (const family of FAMILIES) {
  test(`IPv${family}: hundreds of datagrams arrive whole, in order, in batches`, async () => {
    const receiver = receiving(family);
    const sender = bound(family);
    const sent = numbers(200);
    assert.equal(offerMany(sender, sent, localEndpoint(receiver)), sent.length);
    await receiver.until(() => receiver.arrivals.length === sent.length);
    assert.deepEqual(receiver.texts, sent);
    assert.deepEqual(receiver.batchSizes, [64, 64, 64, 8]);
    addon.close(sender);
    addon.close(receiver);
  });
}

test('one turn of the loop hands out a bounded number of datagrams', async () => {
  const receiver = receiving(4, true);
  const sender = bound(4);
  let turn = 0;
  let counting = true;
  const count = (): void => {
    turn++;
    if (counting) {
      setImmediate(count);
    }
  };
  const turns: number[] = [];
  const receivedAll = receiver.received;
  receiver.received = (bytes, messages) => {
    turns.push(turn);
    const datagrams = receivedAll.call(receiver, bytes, messages);
    if (turns.length < 3) {
      /* Without deliveries, which take time, the turn ends for nothing but the number. */
      return 0;
    }
    return datagrams;
  };
  /* Four thousand single ones do not fit a receive buffer of the default size; merged ones do. */
  const group = Array<string>(64).fill('datagram');
  for (const groups of [64, 64, 2]) {
    assert.equal(
      offerGroups(sender, Array<string[]>(groups).fill(group), localEndpoint(receiver)),
      groups * 64,
    );
  }
  setImmediate(count);
  await receiver.until(() => receiver.arrivals.length === 128);
  counting = false;
  assert.deepEqual(receiver.batchSizes, [64, 64, 2]);
  assert.equal(new Set(turns).size, 3, `batches of 4,096 in turns ${turns.join()}`);
  addon.close(sender);
  addon.close(receiver);
});

test('one turn takes several batches that are smaller than that', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  const turns: number[] = [];
  let turn = 0;
  const receivedAll = receiver.received;
  receiver.received = (bytes, messages) => {
    turns.push(turn);
    const datagrams = receivedAll.call(receiver, bytes, messages);
    return turns.length < 4 ? 0 : datagrams;
  };
  const next = (): void => {
    turn++;
    if (turn < 100 && turns.length < 4) {
      setImmediate(next);
    }
  };
  assert.equal(offerMany(sender, numbers(200), localEndpoint(receiver)), 200);
  setImmediate(next);
  await receiver.until(() => receiver.arrivals.length === 8);
  assert.equal(new Set(turns).size, 1, `batches in turns ${turns.join()}`);
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
  };
  assert.equal(offer(sender, ['a', 'b'], localEndpoint(receiver)), 2);
  await receiver.until(() => receiver.arrivals.length === 2);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(log, ['deliver a', 'tick a', 'job a', 'deliver b', 'tick b', 'job b']);
  addon.close(sender);
  addon.close(receiver);
});

test('stopReceiving inside deliver keeps the rest until startReceiving', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  receiver.onDeliver = () => {
    addon.stopReceiving(receiver);
  };
  assert.equal(offer(sender, ['a', 'kept', 'kept too'], localEndpoint(receiver)), 3);
  await receiver.until(() => receiver.arrivals.length === 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(offer(sender, ['kept by the kernel'], localEndpoint(receiver)), 1);
  /* It stops after each. */
  for (const text of ['kept', 'kept too', 'kept by the kernel']) {
    assert.notEqual(receiver.texts.at(-1), text);
    assert.equal(addon.startReceiving(receiver), 0);
    await receiver.until(() => receiver.texts.at(-1) === text);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(receiver.texts, ['a', 'kept', 'kept too', 'kept by the kernel']);
  addon.close(sender);
  addon.close(receiver);
});

test('stopReceiving and startReceiving inside deliver go on as if nothing had been', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  receiver.onDeliver = () => {
    addon.stopReceiving(receiver);
    assert.equal(addon.startReceiving(receiver), 0);
  };
  const texts = Array.from({ length: 200 }, (_, index) => String(index));
  for (let first = 0; first < 200; first += 50) {
    assert.equal(offer(sender, texts.slice(first, first + 50), localEndpoint(receiver)), 50);
  }
  await receiver.until(() => receiver.arrivals.length === 200);
  assert.deepEqual(receiver.texts, texts);
});

test('close inside deliver ends the batch', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  receiver.onDeliver = () => {
    addon.close(receiver);
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
