/** Where the kernel does not take groups, or not with datagrams of some size. */
import type { Address } from '../../driver.ts';
import { RECORD } from './addon.ts';
import type { SegmentLimit } from './groups.ts';

/** In milliseconds. A route may change; until then trying costs a system call. */
const KEPT_FOR = 60_000;
/** Destinations kept; beyond it, all are forgotten and learnt anew. */
const MOST_KEPT = 1024;
/** What stands for the peer of a connected socket. */
const PEER = '';

interface Refusal {
  /** Datagrams of this size, in bytes, were refused as a group. */
  readonly segment: number;
  readonly until: number;
}

/**
 * What one socket has learnt. A group can fail where its datagrams, one by one, do not: on a device
 * without checksum offload (EIO), or where they are larger than the path MTU (EINVAL, EMSGSIZE), so
 * that each has to be fragmented.
 */
export class Refusals implements SegmentLimit {
  readonly #kept = new Map<string, Refusal>();

  limit(address: Address | undefined): number {
    const key = address ? destinationKey(address.record, 0) : PEER;
    const refusal = this.#kept.get(key);
    if (!refusal) return Number.POSITIVE_INFINITY;
    if (performance.now() < refusal.until) return refusal.segment - 1;
    this.#kept.delete(key);
    return Number.POSITIVE_INFINITY;
  }

  /** The group was refused whose record begins at word `at`. */
  add(records: Uint32Array, at: number): void {
    if (this.#kept.size === MOST_KEPT) this.#kept.clear();
    const segment = records[at + RECORD.segment] ?? 0;
    this.#kept.set(destinationKey(records, at), { segment, until: performance.now() + KEPT_FOR });
  }

  /** The peer of a connected socket takes nothing: each datagram is to learn of it by itself. */
  addPeer(): void {
    this.#kept.set(PEER, { segment: 1, until: performance.now() + KEPT_FOR });
  }

  /** The socket has another peer, or none. */
  forgetPeer(): void {
    this.#kept.delete(PEER);
  }
}

/** Of an address, whatever the port: the route is the same. */
function destinationKey(records: Uint32Array, at: number): string {
  if (records[at + RECORD.family] === 0) return PEER;
  return records.subarray(at + RECORD.family, at + RECORD.segment).join();
}
