/** Datagrams that leave as one message of the kernel (UDP_SEGMENT), which splits it again. */
import type { Address, SendBatch } from '../../driver.ts';
import { MAXIMUM_BATCH, RECORD, RECORD_WORDS } from './addon.ts';

/**
 * In bytes. An IP packet holds 65,507 (IPv4) or 65,487 and more (IPv6), but with its link header it
 * has to stay below 64 KiB as well, or the kernel splits it before the device (netif_needs_gso).
 */
const LARGEST_GROUP = 65_400;
/**
 * Behind a datagram that fails, the groups of all that follow are looked for anew, which would be
 * quadratic; a crossing more for each 512 datagrams is not to be measured.
 */
const DATAGRAMS_A_CALL = 512;

/** Tells how large datagrams may be that go to an address together. */
export interface SegmentLimit {
  /** In bytes; 0 where all have to go one by one. */
  limit(address: Address | undefined): number;
}

/**
 * Writes the records of a batch's next groups. Returns how many.
 *
 * @param most Datagrams that one group may have.
 */
export function writeGroups(
  batch: SendBatch,
  records: Uint32Array,
  most: number,
  limit: SegmentLimit | undefined,
): number {
  const end = Math.min(batch.count, batch.first + DATAGRAMS_A_CALL);
  let count = 0;
  let next = batch.first;
  while (next < end && count < MAXIMUM_BATCH) {
    const groupEnd = findGroupEnd(batch, next, Math.min(end, next + most), limit);
    writeRecord(records, count * RECORD_WORDS, batch, next, groupEnd);
    next = groupEnd;
    count += 1;
  }
  return count;
}

/** One past the last datagram, before `end`, that can leave along with the one at `first`. */
function findGroupEnd(
  { offsets, addresses, ports }: SendBatch,
  first: number,
  end: number,
  segmentLimit: SegmentLimit | undefined,
): number {
  const start = offsets[first] ?? 0;
  const segment = (offsets[first + 1] ?? 0) - start;
  const address = addresses[first];
  const port = ports[first];
  // An empty datagram cannot be told from none.
  if (segment === 0 || first + 1 === end) return first + 1;
  if (segmentLimit && segment > segmentLimit.limit(address)) return first + 1;
  for (let next = first + 1; next < end; next += 1) {
    if (addresses[next] !== address || ports[next] !== port) return next;
    const nextEnd = offsets[next + 1] ?? 0;
    const size = nextEnd - (offsets[next] ?? 0);
    if (size > segment || size === 0 || nextEnd - start > LARGEST_GROUP) return next;
    if (size < segment) return next + 1;
  }
  return end;
}

function writeRecord(
  records: Uint32Array,
  at: number,
  { offsets, addresses, ports }: SendBatch,
  first: number,
  end: number,
): void {
  const start = offsets[first] ?? 0;
  const address = addresses[first];
  if (address) records.set(address.record, at);
  else records[at + RECORD.family] = 0;
  records[at + RECORD.length] = (offsets[end] ?? 0) - start;
  records[at + RECORD.segment] = end === first + 1 ? 0 : (offsets[first + 1] ?? 0) - start;
  records[at + RECORD.port] = ports[first] ?? 0;
}
