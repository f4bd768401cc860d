import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '#volley/driver.js';
import { type Addon, MAXIMUM_BATCH, RECORD, RECORD_WORDS } from '#volley/drivers/linux/addon.js';

/**
 * Everything here talks to the addon alone: no part of `Socket`, no part of the adapter. It is the one compiled
 * here, or with PREBUILDS_ONLY=1 the one that the package brings.
 */
const load = createRequire(import.meta.url)('node-gyp-build');
export const addon: Addon<TestSocket> = load(
  fileURLToPath(new URL('../../../native/', import.meta.url)),
);

/** Whether the kernel is qemu-user's, which does not know every socket option (scripts/arm64.mjs). */
export const emulated: boolean = process.env['VOLLEY_TEST_EMULATED'] === '1';

export const sendRecords: Uint32Array = new Uint32Array(MAXIMUM_BATCH * RECORD_WORDS);
export const receiveRecords: Uint32Array = new Uint32Array(MAXIMUM_BATCH * RECORD_WORDS);

/** Negative errno numbers, by name. */
export function errno(name: keyof typeof constants.errno): number {
  return -constants.errno[name];
}

export interface Arrival {
  readonly text: string;
  readonly size: number;
  readonly family: number;
  readonly address: string;
  readonly port: number;
}

/** Closed after each test, so that a failing one does not keep its process running. */
const opened = new Set<WeakRef<TestSocket>>();

/** An owner: what arrives is kept, and handlers may be put in the way. */
export class TestSocket {
  readonly arrivals: Arrival[] = [];
  /** Of each batch: how many messages the kernel gave. */
  readonly batchSizes: number[] = [];
  /** Of each message: how many datagrams the kernel had merged into it. */
  readonly merged: number[] = [];
  readonly failures: number[] = [];
  /** Places of groups that went as single datagrams. */
  readonly refused: number[] = [];
  flushes = 0;
  writableCalls = 0;
  onDeliver: ((arrival: Arrival) => void) | undefined;
  onFlush: (() => void) | undefined;
  onWritable: (() => void) | undefined;
  #batch: Arrival[] = [];
  #delivered = 0;
  /** What `async_hooks` shows. */
  readonly #resource = {};
  #waiting: { readonly done: () => boolean; readonly resolve: () => void } | undefined;

  /** @param coalescing Whether the kernel may merge what comes. */
  constructor(family: 4 | 6, coalescing = false) {
    addon.create(this, family, coalescing, this.#resource);
    opened.add(new WeakRef(this));
  }

  received(bytes: Buffer, count: number): number {
    this.#batch = [];
    this.#delivered = 0;
    this.batchSizes.push(count);
    let start = 0;
    for (let index = 0; index < count; index++) {
      const record = index * RECORD_WORDS;
      const length = receiveRecords[record + RECORD.length] ?? Number.NaN;
      const segment = receiveRecords[record + RECORD.segment] || length;
      const before = this.#batch.length;
      const source = {
        family: receiveRecords[record + RECORD.family] ?? Number.NaN,
        address: addon.formatAddress(receiveRecords, record),
        port: receiveRecords[record + RECORD.port] ?? Number.NaN,
      };
      const end = start + length;
      do {
        const size = Math.min(segment, end - start);
        this.#batch.push({ text: bytes.toString('latin1', start, start + size), size, ...source });
        start += size;
      } while (start < end);
      this.merged.push(this.#batch.length - before);
    }
    assert.equal(start, bytes.length);
    return this.#batch.length;
  }

  deliver(): void {
    const arrival = this.#batch[this.#delivered++];
    assert(arrival);
    this.arrivals.push(arrival);
    try {
      this.onDeliver?.(arrival);
    } finally {
      this.#settle();
    }
  }

  flush(): void {
    this.flushes++;
    this.onFlush?.();
  }

  receiveFailed(failure: number): void {
    this.failures.push(failure);
    this.#settle();
  }

  writable(): void {
    this.writableCalls++;
    this.onWritable?.();
    this.#settle();
  }

  /** Resolves when the condition holds after an event of this socket. */
  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { done, resolve };
      this.#settle();
    });
  }

  get texts(): string[] {
    return this.arrivals.map((arrival) => arrival.text);
  }

  #settle(): void {
    if (this.#waiting?.done()) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
  }
}

export function setup(): void {
  addon.setup({
    received(bytes, count) {
      return this.received(bytes, count);
    },
    deliver() {
      this.deliver();
    },
    flush() {
      this.flush();
    },
    receiveFailed(failure) {
      this.receiveFailed(failure);
    },
    writable() {
      this.writable();
    },
    segmentationRefused(index) {
      this.refused.push(index);
    },
    sendRecords,
    receiveRecords,
  });
}
setup();

export function closeAll(): void {
  for (const reference of opened) {
    const socket = reference.deref();
    if (socket !== undefined) {
      addon.close(socket);
    }
  }
  opened.clear();
}

export const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

/** A socket bound to a random port of the loopback interface. */
export function bound(family: 4 | 6, coalescing = false): TestSocket {
  const socket = new TestSocket(family, coalescing);
  assert.equal(addon.bind(socket, LOOPBACK[family], 0, 0), 0);
  return socket;
}

export function receiving(family: 4 | 6, coalescing = false): TestSocket {
  const socket = bound(family, coalescing);
  assert.equal(addon.startReceiving(socket), 0);
  return socket;
}

export function localEndpoint(socket: TestSocket): Endpoint {
  const endpoint = addon.localAddress(socket);
  assert(typeof endpoint !== 'number', `errno ${String(endpoint)}`);
  return endpoint;
}

/** Offers datagrams to the kernel once; without destination to the connected peer. */
export function offer(from: TestSocket, payloads: readonly string[], to?: Endpoint): number {
  return offerGroups(
    from,
    payloads.map((payload) => [payload]),
    to,
  );
}

/** The same where datagrams leave in groups: those of one have the same size, but for the last. */
export function offerGroups(
  from: TestSocket,
  groups: readonly (readonly string[])[],
  to?: Endpoint,
): number {
  const record = new Uint32Array(RECORD_WORDS);
  if (to !== undefined) {
    assert.equal(addon.parseAddress(to.family === 'IPv4' ? 4 : 6, to.address, record), 0);
    record[RECORD.port] = to.port;
  }
  groups.forEach((payloads, index) => {
    record[RECORD.length] = payloads.join('').length;
    record[RECORD.segment] = payloads.length === 1 ? 0 : (payloads[0]?.length ?? 0);
    sendRecords.set(record, index * RECORD_WORDS);
  });
  return addon.send(from, Buffer.from(groups.flat().join(''), 'latin1'), 0, groups.length);
}

/** Offers more datagrams than cross at once, each once. Returns how many left. */
export function offerMany(from: TestSocket, payloads: readonly string[], to: Endpoint): number {
  let left = 0;
  for (let first = 0; first < payloads.length; first += MAXIMUM_BATCH) {
    left += offer(from, payloads.slice(first, first + MAXIMUM_BATCH), to);
  }
  return left;
}

/** Whether the machine has IPv6 on its loopback interface. */
export function hasIPv6(): boolean {
  const probe = new TestSocket(6);
  const result = addon.bind(probe, '::1', 0, 0);
  addon.close(probe);
  return result === 0;
}

export const FAMILIES: readonly (4 | 6)[] = hasIPv6() ? [4, 6] : [4];
