import type { Family, ReceivedBatch } from '../../driver.ts';
import { type Addon, MAXIMUM_BATCH, RECORD, RECORD_WORDS } from './addon.ts';
import { SourceCache } from './addresses.ts';

/**
 * The batch that the addon just received. There is one for each thread, since batches are handed
 * out one after the other: it reads the records the addon wrote, as long as they stay.
 */
export class RecordedBatch implements ReceivedBatch {
  readonly records: Uint32Array = new Uint32Array(MAXIMUM_BATCH * RECORD_WORDS);
  readonly #sources: SourceCache;
  /** Where each payload begins, in bytes; one more than there are datagrams. */
  readonly #offsets = new Uint32Array(MAXIMUM_BATCH + 1);
  #bytes: Buffer = Buffer.alloc(0);
  #count = 0;

  constructor(addon: Pick<Addon, 'formatAddress'>) {
    this.#sources = new SourceCache(addon);
  }

  /** Takes over the payloads, which lie end to end in `bytes`. */
  load(bytes: Buffer, count: number): void {
    this.#bytes = bytes;
    this.#count = count;
    let end = 0;
    for (let index = 0; index < count; index += 1) {
      end += this.records[index * RECORD_WORDS + RECORD.length] ?? 0;
      this.#offsets[index + 1] = end;
    }
  }

  get count(): number {
    return this.#count;
  }

  payload(index: number): Buffer {
    if (this.#count === 1) return this.#bytes;
    return this.#bytes.subarray(this.#offsets[index], this.#offsets[index + 1]);
  }

  address(index: number): string {
    return this.#sources.format(this.records, index * RECORD_WORDS);
  }

  family(index: number): Family {
    return this.records[index * RECORD_WORDS + RECORD.family] === 6 ? 'IPv6' : 'IPv4';
  }

  port(index: number): number {
    return this.records[index * RECORD_WORDS + RECORD.port] ?? 0;
  }
}
