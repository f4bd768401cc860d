/** What the addon does with arguments that Volley never passes: it throws or returns an errno, and goes on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MAXIMUM_BATCH, RECORD, RECORD_WORDS } from '#volley/drivers/linux/addon.js';
import {
  addon,
  bound,
  closeAll,
  errno,
  localEndpoint,
  offer,
  offerGroups,
  receiving,
  sendRecords,
  setup,
  TestSocket,
} from './support.js';

afterEach(() => {
  closeAll();
  setup();
});

const caller = fileURLToPath(new URL('./fixtures/random-caller.js', import.meta.url));
const full = process.env['VOLLEY_TEST_FULL'] === '1';
const CALLS = full ? 100_000 : 10_000;

/** In milliseconds: shorter than what the suite has, so that a call that hangs is told with its seed. */
const LIMIT = 50_000 * Number(process.env['VOLLEY_TEST_PATIENCE'] ?? 1);

for (const seed of [1, 2, Math.floor(Math.random() * 2 ** 31)]) {
  test(`${CALLS} random calls, seed ${seed}`, () => {
    const args = ['--expose-gc', '--no-warnings', caller, String(seed), String(CALLS)];
    const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: LIMIT });
    assert.equal(child.signal, null, child.stderr);
    assert.equal(child.status, 0, child.stderr);
    const { calls, returned, errnos, threw, callbacks } = JSON.parse(child.stdout);
    assert(calls >= CALLS && callbacks > 0);
    assert(Math.min(returned, errnos, threw) > calls / 20, child.stdout);
  });
}

const records = (): Uint32Array => new Uint32Array(MAXIMUM_BATCH * RECORD_WORDS);

/** Sets up with other arrays of records; the functions do what those of a `TestSocket` do. */
function setUpWith(arrays: { sendRecords: Uint32Array; receiveRecords: Uint32Array }): void {
  addon.setup({
    received(bytes, count) {
      return this.received(bytes, count);
    },
    deliver() {
      this.deliver();
    },
    flush() {},
    receiveFailed(failure) {
      this.receiveFailed(failure);
    },
    writable() {},
    segmentationRefused() {},
    ...arrays,
  });
}

function detach(view: Uint32Array): void {
  assert(view.buffer instanceof ArrayBuffer);
  structuredClone(view.buffer, { transfer: [view.buffer] });
}

test('a setup that fails leaves the one before it in place', async () => {
  const receiver = receiving(4);
  for (const wrong of [undefined, {}, { received: 1 }, { received() {} }]) {
    assert.throws(() => Reflect.apply(addon.setup, addon, [wrong]), Error);
  }
  assert.equal(offer(bound(4), ['x'], localEndpoint(receiver)), 1);
  await receiver.until(() => receiver.arrivals.length === 1);
});

test('records that were detached are not sent from', () => {
  const own = records();
  setUpWith({ sendRecords: own, receiveRecords: records() });
  const sender = bound(4);
  detach(own);
  assert.throws(() => addon.send(sender, Buffer.alloc(10), 0, 1), RangeError);
});

test('records that were detached are not received into', async () => {
  const own = records();
  setUpWith({ sendRecords, receiveRecords: own });
  const receiver = receiving(4);
  detach(own);
  assert.equal(offer(bound(4), ['x'], localEndpoint(receiver)), 1);
  await receiver.until(() => receiver.failures.length === 1);
  assert.deepEqual(receiver.failures, [errno('ENOMEM')]);
});

test('records that another thread can write to are refused', () => {
  const shared = new Uint32Array(new SharedArrayBuffer(records().byteLength));
  assert.throws(() => setUpWith({ sendRecords: shared, receiveRecords: records() }), RangeError);
});

test('a record beyond what a datagram can have is refused', () => {
  const sender = bound(4);
  const wrongs: Partial<Record<keyof typeof RECORD, number>>[] = [
    { port: 65_536 },
    { segment: 65_536 },
    { length: 65_537, segment: 1 },
    { length: 2 ** 32 - 1 },
  ];
  for (const { length = 1, segment = 0, port = 9 } of wrongs) {
    sendRecords.fill(0, 0, RECORD_WORDS);
    sendRecords.set([length, port, 4, 0, 0x0100007f]);
    sendRecords[RECORD.segment] = segment;
    assert.throws(() => addon.send(sender, Buffer.alloc(100_000), 0, 1), RangeError);
  }
});

test('what a refused group calls cannot change what is being sent', () => {
  // Over 64 KiB together, which no message may be, but each of them fits.
  const group = Array<string>(3).fill('x'.repeat(30_000));
  const sender = bound(4);
  Object.defineProperty(sender, 'refused', {
    value: { push: () => sendRecords.fill(2 ** 32 - 1) },
  });
  const to = localEndpoint(bound(4));
  assert.equal(offerGroups(sender, [group, ['y']], to), 3);
  assert.equal(offer(sender, ['y'], to), 1, 'nothing else was tried, and so no error is due');
});

test('a socket that is closed while its descriptor is asked for stays closed', async () => {
  class Closing extends TestSocket {
    override received(): number {
      addon.close(this);
      return 1;
    }
  }
  const socket = new Closing(4, true);
  assert.equal(addon.bind(socket, '127.0.0.1', 0, 0), 0);
  assert.equal(addon.startReceiving(socket), 0);
  assert.equal(offer(bound(4), ['x'], localEndpoint(socket)), 1);
  assert.equal(addon.descriptor(socket), errno('EBADF'));
  await new Promise(setImmediate);
  assert.deepEqual(socket.arrivals, []);
});
