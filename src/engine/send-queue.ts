import { type Address, type Handle, WOULD_BLOCK } from '../driver.ts';
import { errnoOf } from '../errors/system.ts';
import { flushSoon } from './flush.ts';
import type { DatagramBytes } from './payload.ts';
import type { SendRequest } from './send-request.ts';
import { SendSlab } from './send-slab.ts';

/**
 * The datagrams of one socket that are on their way out, in order.
 *
 * They leave when the tick ends, when a slab is full, or when the socket changes or closes. What the
 * system does not take (`EAGAIN`) stays, and is offered again along with what is younger, or when
 * the system is writable again.
 */
export class SendQueue {
  readonly #handle: Handle;
  readonly #slabs: SendSlab[] = [];
  /** Requests that were settled after the tick of their `send`; reported before any younger one. */
  #late: SendRequest[] = [];
  #count = 0;
  #size = 0;
  /** Whether something was pushed since the last flush. */
  #scheduled = false;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** Datagrams that wait. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of payload that wait. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a datagram of `size` bytes, which are copied. `request` is told what becomes of it, in a later tick
   * and in the async context of this call.
   */
  push(
    payload: DatagramBytes,
    size: number,
    address: Address | undefined,
    port: number,
    request: SendRequest | undefined,
  ): void {
    const slab = this.#slabFor(size);
    slab.append(payload, size, address, port, request);
    this.#count += 1;
    this.#size += slab.lengthOf(slab.count - 1);
    if (request) process.nextTick(reportInOrder, this, request);
    if (!this.#scheduled) {
      this.#scheduled = true;
      flushSoon(this);
    }
  }

  /** The slab that the next datagram goes to. Where the last one is full, what it holds leaves now. */
  #slabFor(size: number): SendSlab {
    const last = this.#slabs.at(-1);
    if (last?.hasRoom(size)) return last;
    if (last) this.#sendAll();
    const slab = SendSlab.take();
    this.#slabs.push(slab);
    return slab;
  }

  /** Sends what waits, as far as the system takes it. */
  flush(): void {
    this.#scheduled = false;
    this.#sendAll();
  }

  /** The system takes datagrams again. */
  resume(): void {
    this.#sendAll();
    this.#reportLate();
  }

  /** Gives up what still waits, once the socket is closed, and reports what was settled late. */
  cancel(): void {
    if (this.#count === 0 && this.#late.length === 0) return;
    const cancelled = errnoOf('ECANCELED');
    for (let slab = this.#slabs[0]; slab; slab = this.#slabs[0]) {
      this.#settle(slab, slab.count - slab.first, cancelled);
      this.#removeFirst(slab);
    }
    process.nextTick(() => this.#reportLate());
  }

  /** Reports `request`, after any older one; or parks it, where it is not settled in its own tick. */
  report(request: SendRequest): void {
    // Once in a tick is enough: while the system takes nothing, each attempt would cost a call.
    if (this.#scheduled) this.flush();
    if (!request.settled) {
      request.park();
    } else if (this.#late.length === 0) {
      request.report();
    } else {
      request.park();
      this.#late.push(request);
      this.#reportLate();
    }
  }

  #sendAll(): void {
    for (let slab = this.#slabs[0]; slab; slab = this.#slabs[0]) {
      while (slab.first < slab.count) {
        const sent = this.#handle.send(slab);
        if (sent === WOULD_BLOCK) {
          this.#giveAhead();
          return;
        }
        if (sent < 0) this.#settle(slab, 1, sent);
        else this.#settle(slab, sent, 0);
      }
      this.#removeFirst(slab);
    }
  }

  /** Lets a driver that tells outcomes later have what is behind the first slab, too. */
  #giveAhead(): void {
    if (!this.#handle.takeAhead) return;
    for (const slab of this.#slabs.slice(1)) this.#handle.takeAhead(slab);
  }

  /** Notes the same outcome for the next `count` datagrams of a slab. */
  #settle(slab: SendSlab, count: number, outcome: number): void {
    for (const end = slab.first + count; slab.first < end; slab.first += 1) {
      this.#count -= 1;
      this.#size -= slab.lengthOf(slab.first);
      const request = slab.requests[slab.first];
      if (!request) continue;
      request.settle(outcome);
      if (request.parked) this.#late.push(request);
    }
  }

  #removeFirst(slab: SendSlab): void {
    this.#slabs.shift();
    slab.release();
  }

  #reportLate(): void {
    const late = this.#late;
    this.#late = [];
    let reported = 0;
    try {
      for (const request of late) {
        reported += 1;
        request.report();
      }
    } finally {
      // Where a callback threw, the others are owed theirs all the same.
      if (reported < late.length) {
        this.#late = [...late.slice(reported), ...this.#late];
        process.nextTick(() => this.#reportLate());
      }
    }
  }
}

function reportInOrder(queue: SendQueue, request: SendRequest): void {
  queue.report(request);
}
