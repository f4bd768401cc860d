import { AsyncResource } from 'node:async_hooks';
import { type Address, type Handle, WOULD_BLOCK } from '../driver.ts';
import { errnoOf } from '../errors/system.ts';
import { flushesAreHeld, flushSoon } from './flush.ts';
import { type DatagramBytes, isBlock, type PayloadList, payloadSize } from './payload.ts';
import { SendSlab } from './send-slab.ts';

/** Datagrams that wait, whatever their size: an empty one takes memory, too. */
const MOST_DATAGRAMS = 0x1_0000;

/** Whose datagrams they are. */
interface Owner {
  /** A queue that was full is empty again. Called in a tick of its own. */
  drained(): void;
}

/** Somebody who is told of a datagram after the tick of its `send`. */
interface LateReport {
  /** The last datagram that it is about. */
  readonly number: number;
  readonly context: AsyncResource;
  readonly tell: () => void;
}

/**
 * The datagrams of one socket that are on their way out, in order. Each has a number, counted from 0.
 *
 * They leave when the tick ends, when a slab is full, or when the socket changes or closes. What the
 * system does not take (`EAGAIN`) stays, and is offered again along with what is younger, or when
 * the system is writable again.
 */
export class SendQueue {
  readonly #handle: Handle;
  readonly #highWaterMark: number;
  readonly #owner: Owner;
  readonly #slabs: SendSlab[] = [];
  /** Reports whose datagrams were not settled in the tick of their `send`; made before any younger one. */
  #late: LateReport[] = [];
  /** Datagrams pushed so far. */
  #pushed = 0;
  /** Of how many of them it is known what became of them: all before this number. */
  #settled = 0;
  /** The negative errnos of those that failed, until they are reported. */
  #failures: Map<number, number> | undefined;
  #size = 0;
  /** Whether something was pushed since the last flush. */
  #scheduled = false;
  /** Whether the queue was full since it was last empty. */
  #wasFull = false;

  /**
   * @param highWaterMark Bytes of payload from which on the queue counts as full.
   */
  constructor(handle: Handle, highWaterMark: number, owner: Owner) {
    this.#handle = handle;
    this.#highWaterMark = highWaterMark;
    this.#owner = owner;
  }

  /** Datagrams that wait. */
  get count(): number {
    return this.#pushed - this.#settled;
  }

  /** The number of the datagram that is pushed next. */
  get next(): number {
    return this.#pushed;
  }

  /** Bytes of payload that wait. */
  get size(): number {
    return this.#size;
  }

  /** Whether no more should be pushed. What is pushed all the same is taken. */
  get full(): boolean {
    return this.#size >= this.#highWaterMark || this.count >= MOST_DATAGRAMS;
  }

  /**
   * Takes a datagram of `size` bytes, which are copied.
   *
   * @param reported Whether {@link outcome} will be asked.
   * @returns The number of the datagram.
   */
  push(
    payload: DatagramBytes,
    size: number,
    address: Address | undefined,
    port: number,
    reported: boolean,
  ): number {
    const slab = this.#slabFor(size);
    this.#size += slab.append(payload, size, address, port, reported);
    this.#schedule();
    return this.#pushed++;
  }

  /**
   * Takes datagrams of a list that go to one destination, from `place` on, as many as a slab has room
   * for, or until the queue is full. Returns how many. They have the next numbers.
   */
  pushList(
    list: PayloadList,
    place: number,
    address: Address | undefined,
    port: number,
    reported: boolean,
  ): number {
    const slab = this.#slabFor(payloadSize(list, place));
    const before = slab.count;
    const enough = this.#highWaterMark - this.#size;
    this.#size += isBlock(list)
      ? slab.appendBlock(list, place, enough, address, port, reported)
      : slab.appendList(list, place, enough, address, port, reported);
    const count = slab.count - before;
    this.#pushed += count;
    this.#schedule();
    return count;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    flushSoon(this);
  }

  /** The slab that the next datagram goes to. Where the last one is full, what it holds leaves now. */
  #slabFor(size: number): SendSlab {
    const last = this.#slabs[this.#slabs.length - 1];
    if (last?.hasRoom(size)) return last;
    this.#sendAll();
    const slab = SendSlab.take();
    this.#slabs.push(slab);
    return slab;
  }

  /** Sends what waits, as far as the system takes it. */
  flush(): void {
    this.#scheduled = false;
    this.#sendAll();
    if (this.#late.length > 0) process.nextTick(() => this.#reportLate());
  }

  /** The system takes datagrams again. */
  resume(): void {
    this.#sendAll();
    this.#reportLate();
  }

  /** Gives up what still waits, once the socket is closed, and reports what was settled late. */
  cancel(): void {
    const cancelled = errnoOf('ECANCELED');
    for (let slab = this.#slabs[0]; slab; slab = this.#slabs[0]) {
      this.#settle(slab, slab.count - slab.first, cancelled);
      this.#removeFirst(slab);
    }
    process.nextTick(() => this.#reportLate());
  }

  /**
   * Whether it can be told now what became of a datagram: it is known, and nothing older is to be told first.
   * Asked when its tick has ended; where the answer is no, {@link tellLater} is next.
   */
  settles(number: number): boolean {
    // Once in a tick is enough: while the system takes nothing, each attempt would cost a call.
    if (number >= this.#settled && this.#scheduled && !flushesAreHeld()) this.flush();
    return number < this.#settled && this.#late.length === 0;
  }

  /** Calls `tell` once it can be told what became of a datagram, in the async context of this call. */
  tellLater(number: number, tell: () => void): void {
    // node:dgram shows the same name in async_hooks for a send that could not be done at once.
    this.#late.push({ number, tell, context: new AsyncResource('UDPSENDWRAP') });
    this.#reportLate();
  }

  /** Whether {@link outcome} is anything but 0 for any datagram. */
  get hasFailures(): boolean {
    return this.#failures !== undefined && this.#failures.size > 0;
  }

  /** What became of a datagram: 0 or a negative errno. Forgets it. */
  outcome(number: number): number {
    const failure = this.#failures?.get(number);
    if (failure === undefined) return 0;
    this.#failures?.delete(number);
    return failure;
  }

  #sendAll(): void {
    this.#wasFull ||= this.full;
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
    if (this.#wasFull) process.nextTick(() => this.#tellDrained());
  }

  /** Tells that a full queue is empty, unless it has something again by now. */
  #tellDrained(): void {
    if (!this.#wasFull || this.count > 0) return;
    this.#wasFull = false;
    this.#owner.drained();
  }

  /** Lets a driver that tells outcomes later have what is behind the first slab, too. */
  #giveAhead(): void {
    if (!this.#handle.takeAhead) return;
    for (const slab of this.#slabs.slice(1)) this.#handle.takeAhead(slab);
  }

  /** Notes the same outcome for the next `count` datagrams of a slab. */
  #settle(slab: SendSlab, count: number, outcome: number): void {
    if (outcome < 0) this.#noteFailures(slab, count, outcome);
    this.#settled += count;
    this.#size -= slab.remove(count);
  }

  #noteFailures(slab: SendSlab, count: number, outcome: number): void {
    this.#failures ??= new Map();
    for (let index = 0; index < count; index += 1) {
      if (slab.isReported(slab.first + index)) this.#failures.set(this.#settled + index, outcome);
    }
  }

  #removeFirst(slab: SendSlab): void {
    this.#slabs.shift();
    slab.release();
  }

  #reportLate(): void {
    const late = this.#late;
    const pending = late.findIndex(({ number }) => number >= this.#settled);
    const settled = pending < 0 ? late.length : pending;
    if (settled === 0) return;
    this.#late = late.slice(settled);
    let reported = 0;
    try {
      while (reported < settled) {
        const report = late[reported];
        reported += 1;
        report?.context.runInAsyncScope(report.tell);
      }
    } finally {
      // Where a callback threw, the others are owed theirs all the same.
      if (reported < settled) {
        this.#late = [...late.slice(reported, settled), ...this.#late];
        process.nextTick(() => this.#reportLate());
      }
    }
  }
}
