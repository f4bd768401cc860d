import type { BlockList } from 'node:net';
import type { Family, ReceivedBatch } from '../driver.ts';
import { codedError } from '../errors/coded.ts';
import type { MessageBatch, RemoteInfo } from '../types/index.ts';
import { isBlocked } from './block-list.ts';

/** What listeners of `'messages'` are given: a batch, less what is blocked. */
export class Messages implements MessageBatch {
  readonly length: number;
  readonly #batch: ReceivedBatch;
  /** The places of the datagrams in the batch; `undefined` where it is the whole batch. */
  readonly #places: readonly number[] | undefined;

  constructor(batch: ReceivedBatch, places: readonly number[] | undefined) {
    this.#batch = batch;
    this.#places = places;
    this.length = places?.length ?? batch.count;
  }

  /** The datagrams of a batch that no list blocks. */
  static allowed(batch: ReceivedBatch, list: BlockList | undefined): Messages {
    if (!list) return new Messages(batch, undefined);
    const places: number[] = [];
    for (let index = 0; index < batch.count; index += 1) {
      if (!isBlocked(list, batch.address(index))) places.push(index);
    }
    return new Messages(batch, places);
  }

  get bytes(): Buffer {
    return this.#batch.bytes;
  }

  payload(index: number): Buffer {
    return this.#batch.payload(this.#place(index));
  }

  offset(index: number): number {
    return this.#batch.offset(this.#place(index));
  }

  size(index: number): number {
    return this.#batch.size(this.#place(index));
  }

  address(index: number): string {
    return this.#batch.address(this.#place(index));
  }

  family(index: number): Family {
    return this.#batch.family(this.#place(index));
  }

  port(index: number): number {
    return this.#batch.port(this.#place(index));
  }

  source(index: number): RemoteInfo {
    const place = this.#place(index);
    const batch = this.#batch;
    return {
      address: batch.address(place),
      family: batch.family(place),
      port: batch.port(place),
      size: batch.size(place),
    };
  }

  *[Symbol.iterator](): Generator<[Buffer, RemoteInfo]> {
    for (let index = 0; index < this.length; index += 1) {
      yield [this.payload(index), this.source(index)];
    }
  }

  #place(index: number): number {
    // Fractions and texts are no places either.
    if (index >>> 0 === index && index < this.length) return this.#places?.[index] ?? index;
    throw codedError(
      RangeError,
      'ERR_OUT_OF_RANGE',
      `The value of "index" is out of range. It must be >= 0 && < ${this.length}. Received ${index}`,
    );
  }
}
