// What a receiver counts and checks, and the stretch of time that counts.
import { Buffer } from 'node:buffer';
import { cpuSeconds } from './process.mjs';

/** Of so many datagrams one is compared to its last byte. */
const COMPARE_EVERY = 64;

/**
 * Every JavaScript receiver checks the same: of each datagram the length, the first four bytes and
 * the last one; of every 64th all bytes.
 */
export class Tally {
  received = 0;
  bytes = 0;
  altered = 0;
  #payloads;
  #first;

  /**
   * @param {readonly Buffer[]} payloads
   * @param {() => void} [first] called when the first datagram comes
   */
  constructor(payloads, first = () => {}) {
    this.#payloads = payloads;
    this.#first = first;
  }

  /**
   * Takes the datagram that lies in `bytes` at `offset`.
   *
   * @param {Uint8Array} bytes
   * @param {number} offset
   * @param {number} size
   */
  take(bytes, offset, size) {
    if (this.received === 0) this.#first();
    this.received += 1;
    this.bytes += size;
    const expected = this.#payloads[bytes[offset] ?? 0];
    if (expected === undefined || !this.#looksRight(expected, bytes, offset, size)) {
      this.altered += 1;
    }
  }

  /**
   * @param {Buffer} expected
   * @param {Uint8Array} bytes
   * @param {number} offset
   * @param {number} size
   */
  #looksRight(expected, bytes, offset, size) {
    if (
      size !== expected.length ||
      bytes[offset + 1] !== 0 ||
      bytes[offset + 2] !== 0 ||
      bytes[offset + 3] !== 0 ||
      bytes[offset + size - 1] !== expected[size - 1]
    )
      return false;
    if (this.received % COMPARE_EVERY !== 0) return true;
    return Buffer.compare(bytes.subarray(offset, offset + size), expected) === 0;
  }
}

/** A stretch of time, and what a counter and the processor did in it. */
export class Stretch {
  #count;
  /** @type {{ count: number, time: number, cpu: number } | undefined} */
  #begin;
  /** @type {{ count: number, time: number, cpu: number } | undefined} */
  #end;

  /** @param {() => number} count */
  constructor(count) {
    this.#count = count;
  }

  begin() {
    this.#begin = this.#now();
  }

  end() {
    this.#end ??= this.#now();
  }

  /**
   * Begins `warmup` seconds from now and ends `seconds` later, however late the timers are: count
   * and time are read together.
   *
   * @param {number} warmup
   * @param {number} seconds
   */
  schedule(warmup, seconds) {
    setTimeout(() => {
      this.begin();
      setTimeout(() => this.end(), seconds * 1000);
    }, warmup * 1000);
  }

  /** Of a stretch that never began, nothing. */
  result() {
    if (this.#begin === undefined) return { count: 0, seconds: 0, cpu: 0 };
    const begin = this.#begin;
    const end = this.#end ?? this.#now();
    return {
      count: end.count - begin.count,
      seconds: (end.time - begin.time) / 1000,
      cpu: end.cpu - begin.cpu,
    };
  }

  #now() {
    return { count: this.#count(), time: performance.now(), cpu: cpuSeconds() };
  }
}

/**
 * What a sink reports: the stretch that counts, and everything that came.
 *
 * @param {Tally} tally
 * @param {Stretch} stretch
 */
export function sinkResult(tally, stretch) {
  const { count, seconds, cpu } = stretch.result();
  const { received, altered, bytes } = tally;
  return { received: count, altered, seconds, cpu, total: received, bytes };
}
