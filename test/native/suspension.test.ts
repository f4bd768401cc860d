/** Batches whose handlers take long: they are spread over several turns of the event loop. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import {
  addon,
  bound,
  closeAll,
  errno,
  localEndpoint,
  offer,
  offerGroups,
  receiving,
  type TestSocket,
} from './support.js';

afterEach(closeAll);

const run = promisify(execFile);
const fixture = fileURLToPath(new URL('./fixtures/suspended.js', import.meta.url));

/** In milliseconds. */
const HANDLER_TIME = 2;
/** A turn is over after 5 ms, so that these many handlers fit at the most. */
const MOST_A_TURN = 3;

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Keeps the thread busy, by a clock that never goes back. */
function work(): void {
  const end = performance.now() + HANDLER_TIME;
  while (performance.now() < end);
}

/** Makes the handlers of a socket slow; `log` is told of each datagram. */
function slow(socket: TestSocket, log: (text: string) => void = () => {}): TestSocket {
  socket.onDeliver = ({ text }) => {
    log(text);
    work();
  };
  return socket;
}

/** Turns the loop until the socket has begun with a batch; it is suspended then. */
async function untilSuspended(socket: TestSocket, count: number): Promise<void> {
  for (let turn = 0; turn < 1000 && socket.arrivals.length === 0; turn++) {
    await nextTurn();
  }
  assert(socket.arrivals.length > 0, 'nothing was delivered');
  assert(socket.arrivals.length < count, 'the whole batch was delivered in one turn');
}

test('a slow batch is spread over turns: timers keep firing, nothing is lost', async () => {
  const receiver = slow(receiving(4));
  const marks: number[] = [];
  const timer = setInterval(() => marks.push(receiver.arrivals.length), 1);
  const sent = numbers(40);
  assert.equal(offer(bound(4), sent, localEndpoint(receiver)), sent.length);
  await receiver.until(() => receiver.arrivals.length === sent.length);
  clearInterval(timer);
  assert.deepEqual(receiver.texts, sent);
  assert.deepEqual(receiver.batchSizes, [40], 'one batch');
  let last = 0;
  for (const mark of [...marks, sent.length]) {
    assert(mark - last <= MOST_A_TURN, `${mark - last} deliveries without a timer`);
    last = mark;
  }
});

test('a merged message is spread over turns like any other batch', async () => {
  const receiver = slow(receiving(4, true));
  const sent = Array.from({ length: 40 }, (_, index) => `${index}`.padStart(4));
  assert.equal(offerGroups(bound(4), [sent], localEndpoint(receiver)), sent.length);
  await untilSuspended(receiver, sent.length);
  assert.deepEqual(receiver.merged, [40]);
  assert(receiver.arrivals.length <= 2 * MOST_A_TURN);
  await receiver.until(() => receiver.arrivals.length === sent.length);
  assert.deepEqual(receiver.texts, sent);
});

test('sockets with slow handlers take turns, each in order', async () => {
  const log: string[] = [];
  const sockets = ['a', 'b', 'c'].map((name) =>
    slow(receiving(4), (text) => log.push(`${name}${text}`)),
  );
  const sender = bound(4);
  const sent = numbers(15);
  for (const socket of sockets) {
    assert.equal(offer(sender, sent, localEndpoint(socket)), sent.length);
  }
  await Promise.all(
    sockets.map((socket) => socket.until(() => socket.arrivals.length === sent.length)),
  );
  for (const socket of sockets) {
    assert.deepEqual(socket.texts, sent);
  }
  /* One after the other: nobody gets a second turn while another waits for its first. */
  const finished = Math.min(...sockets.map((_, index) => log.lastIndexOf(`${'abc'[index]}14`)));
  let run = 0;
  for (const [index, entry] of log.slice(0, finished).entries()) {
    run = entry[0] === log[index - 1]?.[0] ? run + 1 : 1;
    assert(run <= MOST_A_TURN, log.join(' '));
  }
});

test('what arrives meanwhile comes after the batch', async () => {
  const receiver = slow(receiving(4));
  const sender = bound(4);
  const to = localEndpoint(receiver);
  assert.equal(offer(sender, numbers(20), to), 20);
  await untilSuspended(receiver, 20);
  assert.equal(offer(sender, ['later', 'last'], to), 2);
  await receiver.until(() => receiver.arrivals.length === 22);
  assert.deepEqual(receiver.texts, [...numbers(20), 'later', 'last']);
  assert.deepEqual(receiver.batchSizes, [20, 2]);
});

test('an error that comes meanwhile is reported after the batch', async () => {
  const receiver = slow(receiving(4));
  const peer = bound(4);
  const { address, port } = localEndpoint(peer);
  assert.equal(addon.connect(receiver, address, port), 0);
  assert.equal(offer(peer, numbers(20), localEndpoint(receiver)), 20);
  await untilSuspended(receiver, 20);
  addon.close(peer);
  assert.equal(offer(receiver, ['to nobody']), 1);
  await receiver.until(() => receiver.failures.length === 1);
  assert.equal(receiver.arrivals.length, 20);
  assert.deepEqual(receiver.failures, [errno('ECONNREFUSED')]);
});

test('replies of slow handlers do not wait for the end of the batch', async () => {
  const receiver = slow(receiving(4));
  const flushed: number[] = [];
  receiver.onFlush = () => flushed.push(receiver.arrivals.length);
  assert.equal(offer(bound(4), numbers(8), localEndpoint(receiver)), 8);
  await receiver.until(() => receiver.arrivals.length === 8);
  for (let delivered = 1; delivered < 8; delivered++) {
    assert(flushed.includes(delivered), `after ${delivered} deliveries: ${flushed}`);
  }
});

test('a batch that is stopped flushes what was sent', async () => {
  const receiver = receiving(4);
  const flushed: number[] = [];
  receiver.onFlush = () => flushed.push(receiver.arrivals.length);
  receiver.onDeliver = ({ text }) => {
    if (text === '2') {
      addon.stopReceiving(receiver);
    }
  };
  assert.equal(offer(bound(4), numbers(5), localEndpoint(receiver)), 5);
  await receiver.until(() => receiver.arrivals.length === 3);
  await nextTurn();
  assert.equal(flushed.at(-1), 3);
  assert.deepEqual(receiver.texts, ['0', '1', '2']);
});

for (const [what, stop] of [
  ['close', addon.close],
  ['stopReceiving', addon.stopReceiving],
] as const) {
  for (const where of ['between two turns', 'in a handler of a later turn'] as const) {
    test(`${what} ${where} ends a suspended batch`, async () => {
      const receiver = slow(receiving(4));
      const other = slow(receiving(4));
      const sender = bound(4);
      assert.equal(offer(sender, numbers(30), localEndpoint(receiver)), 30);
      assert.equal(offer(sender, numbers(30), localEndpoint(other)), 30);
      await untilSuspended(receiver, 30);
      let before = receiver.arrivals.length;
      if (where === 'between two turns') {
        stop(receiver);
      } else {
        before += 1;
        receiver.onDeliver = () => {
          stop(receiver);
        };
      }
      await other.until(() => other.arrivals.length === 30);
      await nextTurn();
      assert.equal(receiver.arrivals.length, before);
      assert.deepEqual(other.texts, numbers(30), 'the one that was suspended with it goes on');
    });
  }
}

test('a socket that stopped amid a batch goes on with the rest of it', async () => {
  const receiver = slow(receiving(4));
  const sender = bound(4);
  const to = localEndpoint(receiver);
  assert.equal(offer(sender, numbers(30), to), 30);
  await untilSuspended(receiver, 30);
  addon.stopReceiving(receiver);
  const before = receiver.arrivals.length;
  assert.equal(offer(sender, ['new'], to), 1);
  await nextTurn();
  assert.equal(receiver.arrivals.length, before);
  assert.equal(addon.startReceiving(receiver), 0);
  await receiver.until(() => receiver.texts.includes('new'));
  assert.deepEqual(receiver.texts, [...numbers(30), 'new']);
});

test('a handler may close the sockets that are suspended with its own', async () => {
  const sockets = Array.from({ length: 4 }, () => slow(receiving(4)));
  const sender = bound(4);
  for (const socket of sockets) {
    assert.equal(offer(sender, numbers(30), localEndpoint(socket)), 30);
  }
  for (const socket of sockets) {
    await untilSuspended(socket, 30);
  }
  const [first, ...others] = sockets;
  assert(first);
  const counts = await new Promise<number[]>((resolve) => {
    first.onDeliver = () => {
      for (const other of others) {
        addon.close(other);
      }
      first.onDeliver = undefined;
      resolve(others.map((other) => other.arrivals.length));
    };
  });
  await first.until(() => first.arrivals.length === 30);
  await nextTurn();
  assert.deepEqual(
    others.map((other) => other.arrivals.length),
    counts,
  );
});

for (const [what, expected] of [
  ['referenced', 'delivered 30\nended\n'],
  ['unreferenced', /^ended after ([1-9]|1\d)\n$/],
  ['referenced later', 'delivered 30\nended\n'],
  ['unreferenced later', /^ended after ([1-9]|1\d)\n$/],
  ['exiting', /^ended after ([1-9]|1\d)\n$/],
] as const) {
  test(`a process whose suspended socket is ${what}`, async () => {
    const { stdout, stderr } = await run(process.execPath, [fixture, what], { timeout: 20_000 });
    assert.equal(stderr, '');
    if (typeof expected === 'string') {
      assert.equal(stdout, expected);
    } else {
      assert.match(stdout, expected);
    }
  });
}

test('what handlers of a later turn throw is uncaught, and the batch goes on', async () => {
  const { stdout, stderr } = await run(process.execPath, [fixture, 'throwing']);
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), { delivered: 30, uncaught: 30, context: ['creator'] });
});

test('errors in the error queue of a suspended socket cost no datagram', {
  skip: spawnSync('python3', ['-V']).error ? 'needs python3' : false,
}, async () => {
  /* IP_RECVERR (ip(7)) keeps the poll reporting an error for as long as it is not taken. */
  const opener = `
import os, socket, sys
opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
opened.setsockopt(socket.IPPROTO_IP, 11, 1)
opened.bind(('127.0.0.1', 0))
os.dup2(opened.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[1], sys.argv[1:])
`;
  const adopting = fileURLToPath(new URL('./fixtures/error-queue.js', import.meta.url));
  const { stdout, stderr } = await run('python3', ['-c', opener, process.execPath, adopting], {
    timeout: 20_000,
  });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), { inOrder: true, delivered: 60, left: 0 });
});

test('workers are terminated, or exit, amid a suspended batch', async () => {
  const workers = ['waiting', 'exiting'].map(
    (what) => new Worker(fixture, { workerData: what, stdout: true }),
  );
  const [waiting, exiting] = workers;
  assert(waiting && exiting);
  const exited = once(exiting, 'exit');
  await once(waiting, 'message');
  assert.equal(await waiting.terminate(), 1);
  assert.deepEqual(await exited, [7]);
});
