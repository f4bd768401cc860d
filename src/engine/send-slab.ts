import type { Address, SendBatch } from '../driver.ts';
import { MOST_WAITING } from './flush.ts';
import { type DatagramBytes, writePayload } from './payload.ts';
import type { SendRequest } from './send-request.ts';

/** The most datagrams in one slab. The kernel takes as many in one call (UIO_MAXIOV). */
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
  readonly addresses: (Address | undefined)[] = [];
  readonly requests: (SendRequest | undefined)[] = [];
  first = 0;
  count = 0;

  static take(): SendSlab {
    return spare.pop() ?? new SendSlab();
  }

  /** Ends the use of a slab. */
  release(): void {
    this.addresses.length = 0;
    this.requests.length = 0;
    this.first = 0;
    this.count = 0;
    const grown = this.bytes.byteLength > FIRST_CAPACITY;
    if (spare.length < (grown ? MOST_SPARE_GROWN : MOST_SPARE)) spare.push(this);
  }

  hasRoom(size: number): boolean {
    if (this.count === MOST_DATAGRAMS) return false;
    return this.#end + Math.min(size, LONGEST_KEPT) <= LARGEST_CAPACITY;
  }

  /** Copies a datagram in; {@link hasRoom} was true for its size. */
  append(
    payload: DatagramBytes,
    size: number,
    address: Address | undefined,
    port: number,
    request: SendRequest | undefined,
  ): void {
    const start = this.#end;
    const end = start + Math.min(size, LONGEST_KEPT);
    if (end > this.bytes.byteLength) this.#grow(end);
    writePayload(payload, this.bytes, start);
    const index = this.count++;
    this.offsets[index + 1] = end;
    this.ports[index] = port;
    this.addresses[index] = address;
    this.requests[index] = request;
  }

  /** Payload length of a datagram, in bytes. */
  lengthOf(index: number): number {
    return (this.offsets[index + 1] ?? 0) - (this.offsets[index] ?? 0);
  }

  get #end(): number {
    return this.offsets[this.count] ?? 0;
  }

  #grow(needed: number): void {
    let capacity = this.bytes.byteLength;
    while (capacity < needed) capacity *= 2;
    const larger = Buffer.allocUnsafeSlow(capacity);
    larger.set(this.bytes.subarray(0, this.#end));
    this.bytes = larger;
  }
}
