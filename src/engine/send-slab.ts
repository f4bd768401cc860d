import type { Address, SendBatch } from '../driver.ts';
import { MOST_WAITING } from './flush.ts';
import { type DatagramBytes, type PayloadBlock, payloadLength, writePayload } from './payload.ts';

/** The most datagrams in one slab. */
const MOST_DATAGRAMS = 1024;
const FIRST_CAPACITY = 8 * 1024;
const LARGEST_CAPACITY = 256 * 1024;
/** No datagram is longer (RFC 768: a 16-bit length). One byte more is enough for the kernel to refuse it. */
const LONGEST_KEPT = 0x1_0000;
/**
 * Slabs that lie ready for the next tick, for all sockets of a thread together: one for each queue
 * that can wait, since with fewer a thousand sockets that send in turn were slower than node:dgram
 * (11.5 to 15.9 µs a datagram instead of 7.5 to 8), but few of those that have grown.
 */
const MOST_SPARE = MOST_WAITING;
const MOST_SPARE_GROWN = 8;

const spare: SendSlab[] = [];

/** Datagrams that leave together, their payloads copied end to end. */
export class SendSlab implements SendBatch {
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  readonly offsets: Uint32Array = new Uint32Array(MOST_DATAGRAMS + 1);
  readonly ports: Uint16Array = new Uint16Array(MOST_DATAGRAMS);
  /** Those beyond `count` are of no meaning: emptying and growing it anew cost 10 ns a datagram. */
  readonly addresses: (Address | undefined)[] = [];
  /** 1 for each datagram whose sender wants to know what becomes of it. */
  readonly #reported = new Uint8Array(MOST_DATAGRAMS);
  first = 0;
  count = 0;
  /** Where the last datagram ends in `bytes`. */
  #end = 0;

  static take(): SendSlab {
    return spare.pop() ?? new SendSlab();
  }

  /** Ends the use of a slab. */
  release(): void {
    this.first = 0;
    this.count = 0;
    this.#end = 0;
    const grown = this.bytes.byteLength > FIRST_CAPACITY;
    if (spare.length < (grown ? MOST_SPARE_GROWN : MOST_SPARE)) spare.push(this);
  }

  hasRoom(size: number): boolean {
    return this.count < MOST_DATAGRAMS && this.#end + kept(size) <= LARGEST_CAPACITY;
  }

  /** Copies a datagram in; {@link hasRoom} was true for its size. Returns how many bytes were kept. */
  append(
    payload: DatagramBytes,
    size: number,
    address: Address | undefined,
    port: number,
    reported: boolean,
  ): number {
    const start = this.#end;
    const end = start + kept(size);
    if (end > this.bytes.length) this.#grow(start, end);
    writePayload(payload, this.bytes, start);
    const index = this.count;
    this.offsets[index + 1] = end;
    this.ports[index] = port;
    this.addresses[index] = address;
    this.#reported[index] = reported ? 1 : 0;
    this.count = index + 1;
    this.#end = end;
    return end - start;
  }

  /**
   * Copies payloads in that go to one destination, from `place` on, as many as there is room for, or until
   * `enough` bytes are in; one at least, where {@link hasRoom} was true for it. Returns how many bytes.
   */
  appendList(
    payloads: readonly (string | Uint8Array)[],
    place: number,
    enough: number,
    address: Address | undefined,
    port: number,
    reported: boolean,
  ): number {
    const most = Math.min(payloads.length - place, MOST_DATAGRAMS - this.count);
    const first = this.#end;
    let count = 0;
    let end = first;
    while (count < most && (count === 0 || end - first < enough)) {
      const payload = payloads[place + count] ?? '';
      const start = end;
      const size = kept(payloadLength(payload));
      if (start + size > LARGEST_CAPACITY) break;
      end += size;
      if (end > this.bytes.length) this.#grow(start, end);
      writePayload(payload, this.bytes, start);
      count += 1;
      this.offsets[this.count + count] = end;
    }
    this.#commit(count, end, address, port, reported);
    return end - first;
  }

  /** The same for a block. */
  appendBlock(
    { bytes, segmentSize }: PayloadBlock,
    place: number,
    enough: number,
    address: Address | undefined,
    port: number,
    reported: boolean,
  ): number {
    // A tail may fit where a whole segment does not.
    const fitting = Math.max(1, Math.floor((LARGEST_CAPACITY - this.#end) / segmentSize));
    const wanted = Math.max(1, Math.ceil(enough / segmentSize));
    const room = Math.min(MOST_DATAGRAMS - this.count, fitting, wanted);
    const start = place * segmentSize;
    const part = bytes.subarray(start, start + room * segmentSize);
    const first = this.#end;
    const end = first + part.length;
    if (end > this.bytes.length) this.#grow(first, end);
    this.bytes.set(part, first);
    const count = Math.ceil(part.length / segmentSize);
    for (let index = 1; index <= count; index += 1) {
      this.offsets[this.count + index] = first + Math.min(index * segmentSize, part.length);
    }
    this.#commit(count, end, address, port, reported);
    return part.length;
  }

  /** Takes the next `count` datagrams for good, whose payloads are in, up to `end`. */
  #commit(
    count: number,
    end: number,
    address: Address | undefined,
    port: number,
    reported: boolean,
  ): void {
    const next = this.count + count;
    this.ports.fill(port, this.count, next);
    this.#reported.fill(reported ? 1 : 0, this.count, next);
    for (let index = this.count; index < next; index += 1) this.addresses[index] = address;
    this.count = next;
    this.#end = end;
  }

  isReported(index: number): boolean {
    return this.#reported[index] === 1;
  }

  /** Takes datagrams off the front. Returns how many bytes they had. */
  remove(count: number): number {
    const start = this.offsets[this.first] ?? 0;
    this.first += count;
    return (this.offsets[this.first] ?? 0) - start;
  }

  /** Makes room up to `needed`; the first `used` bytes stay. */
  #grow(used: number, needed: number): void {
    let capacity = this.bytes.length;
    while (capacity < needed) capacity *= 2;
    const larger = Buffer.allocUnsafeSlow(capacity);
    larger.set(this.bytes.subarray(0, used));
    this.bytes = larger;
  }
}

/** How many bytes of a payload are worth keeping. */
function kept(size: number): number {
  return Math.min(size, LONGEST_KEPT);
}
