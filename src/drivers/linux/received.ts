import type { Family, ReceivedBatch } from '../../driver.ts';
import { RECORD, RECORD_WORDS } from './addon.ts';
import type { SourceCache } from './addresses.ts';
import { bufferView } from './buffer-view.ts';

/** The batch that the addon just received, with each group of it split into its datagrams. */
export class RecordedBatch implements ReceivedBatch {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly count: number;
  /** One for each group. */
  readonly #sources: Source[] = [];
  /** The group of each datagram. */
  readonly #groups: Uint8Array;
  /** Where each payload begins, in bytes; one more than there are datagrams. */
  readonly #offsets: Uint32Array;
  readonly #memory: ArrayBuffer;
  readonly #memoryOffset: number;

  /**
   * @param memory Begins with all payloads, end to end.
   * @param records What the addon wrote, and will write to again.
   * @param groups How many records are filled.
   */
  constructor(
    sources: SourceCache,
    memory: Buffer<ArrayBuffer>,
    records: Uint32Array,
    groups: number,
  ) {
    this.#memory = memory.buffer;
    this.#memoryOffset = memory.byteOffset;
    const words = groups * RECORD_WORDS;
    this.count = countDatagrams(records, words);
    this.#offsets = new Uint32Array(this.count + 1);
    this.#groups = new Uint8Array(this.count);
    for (let at = 0; at < words; at += RECORD_WORDS)
      this.#sources.push(readSource(sources, records, at));
    this.#split(records, groups);
    const end = this.offset(this.count);
    this.bytes = end === memory.length ? memory : memory.subarray(0, end);
  }

  #split(records: Uint32Array, groups: number): void {
    let datagram = 0;
    let offset = 0;
    for (let group = 0; group < groups; group += 1) {
      const at = group * RECORD_WORDS;
      const end = offset + (records[at + RECORD.length] ?? 0);
      const segment = segmentSize(records, at);
      do {
        offset = Math.min(end, offset + segment);
        this.#groups[datagram] = group;
        datagram += 1;
        this.#offsets[datagram] = offset;
      } while (offset < end);
    }
  }

  offset(index: number): number {
    return this.#offsets[index] ?? 0;
  }

  size(index: number): number {
    return (this.#offsets[index + 1] ?? 0) - (this.#offsets[index] ?? 0);
  }

  payload(index: number): Buffer<ArrayBuffer> {
    if (this.count === 1) return this.bytes;
    return bufferView(this.#memory, this.#memoryOffset + this.offset(index), this.size(index));
  }

  address(index: number): string {
    return this.#source(index)?.address ?? '';
  }

  family(index: number): Family {
    return this.#source(index)?.family ?? 'IPv4';
  }

  port(index: number): number {
    return this.#source(index)?.port ?? 0;
  }

  #source(index: number): Source | undefined {
    return this.#sources[this.#groups[index] ?? 0];
  }
}

/** Where the datagrams of a group came from. */
interface Source {
  readonly address: string;
  readonly family: Family;
  readonly port: number;
}

function readSource(sources: SourceCache, records: Uint32Array, at: number): Source {
  return {
    address: sources.format(records, at),
    family: records[at + RECORD.family] === 6 ? 'IPv6' : 'IPv4',
    port: records[at + RECORD.port] ?? 0,
  };
}

/** The size of a group's datagrams, but for the last; that of the group where it is one datagram. */
function segmentSize(records: Uint32Array, at: number): number {
  return records[at + RECORD.segment] || (records[at + RECORD.length] ?? 0);
}

/** How many datagrams the records before word `end` describe. */
function countDatagrams(records: Uint32Array, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at += RECORD_WORDS) {
    const length = records[at + RECORD.length] ?? 0;
    count += length === 0 ? 1 : Math.ceil(length / segmentSize(records, at));
  }
  return count;
}
