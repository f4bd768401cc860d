/**
 * Numeric addresses between their text and the words of a record. The text is made and read by the
 * addon (inet_pton(3), inet_ntop(3)); what it said last is kept here, in bounded memory.
 */
import { isIP } from 'node:net';
import type { Address } from '../../driver.ts';
import { errnoOf } from '../../errors/system.ts';
import { type Addon, RECORD, RECORD_WORDS } from './addon.ts';

/** Destinations kept; beyond it, all are forgotten and the next ones parsed anew. */
const MOST_DESTINATIONS = 4096;
/** Sources kept, a power of two. Each address has one place, where the last one that hashed to it stays. */
const SOURCE_PLACES = 1024;
const KEY_WORDS = 4;
const NO_ADDRESS = errnoOf('EINVAL');

/** What an interface is called may change while its index stays, so nothing with a scope is kept. */
const NO_SCOPE = 0;

/** Parses destinations of one family, into records whose port and length are left at 0. */
export class DestinationCache {
  readonly #addon: Pick<Addon, 'parseAddress'>;
  readonly #family: 4 | 6;
  readonly #known = new Map<string, Address>();
  #last: Address | undefined;

  constructor(addon: Pick<Addon, 'parseAddress'>, family: 4 | 6) {
    this.#addon = addon;
    this.#family = family;
  }

  /** The destination, or a negative errno where the text is no address of the family; see `Handle.parseAddress`. */
  parse(text: string, answer = false): Address | number {
    if (this.#last?.text === text) return this.#last;
    const known = this.#known.get(text);
    if (known) {
      this.#last = known;
      return known;
    }
    // The addon is content with less: it takes any scope, and an empty one. What only it takes is not kept, since
    // where a program gives it, it is a name.
    const isNumeric = isIP(text) !== 0;
    if (!isNumeric && !answer) return NO_ADDRESS;
    const record = new Uint32Array(RECORD_WORDS);
    const failure = this.#addon.parseAddress(this.#family, text, record);
    if (failure < 0) return failure;
    const address = { text, record };
    if (isNumeric && record[RECORD.scope] === NO_SCOPE) this.#keep(address);
    return address;
  }

  #keep(address: Address): void {
    if (this.#known.size === MOST_DESTINATIONS) this.#known.clear();
    this.#known.set(address.text, address);
    this.#last = address;
  }
}

/** Names sources. A flood from a million addresses costs time, never memory. */
export class SourceCache {
  readonly #addon: Pick<Addon, 'formatAddress'>;
  readonly #keys = new Uint32Array(SOURCE_PLACES * (KEY_WORDS + 1));
  readonly #texts = new Array<string | undefined>(SOURCE_PLACES);

  constructor(addon: Pick<Addon, 'formatAddress'>) {
    this.#addon = addon;
  }

  /** The text of the address in the record that begins at word `offset`. */
  format(records: Uint32Array, offset: number): string {
    if (records[offset + RECORD.scope] !== NO_SCOPE) {
      return this.#addon.formatAddress(records, offset);
    }
    const place = this.#place(records, offset);
    const text = this.#texts[place];
    if (text !== undefined && this.#matches(place, records, offset)) return text;
    return this.#learn(place, records, offset);
  }

  #place(records: Uint32Array, offset: number): number {
    let hash = 0;
    for (let word = 0; word < KEY_WORDS; word += 1) {
      hash = Math.imul(hash ^ (records[offset + RECORD.address + word] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash & (SOURCE_PLACES - 1);
  }

  #matches(place: number, records: Uint32Array, offset: number): boolean {
    const key = place * (KEY_WORDS + 1);
    if (this.#keys[key] !== records[offset + RECORD.family]) return false;
    for (let word = 0; word < KEY_WORDS; word += 1) {
      if (this.#keys[key + 1 + word] !== records[offset + RECORD.address + word]) return false;
    }
    return true;
  }

  #learn(place: number, records: Uint32Array, offset: number): string {
    const text = this.#addon.formatAddress(records, offset);
    const key = place * (KEY_WORDS + 1);
    this.#keys[key] = records[offset + RECORD.family] ?? 0;
    for (let word = 0; word < KEY_WORDS; word += 1) {
      this.#keys[key + 1 + word] = records[offset + RECORD.address + word] ?? 0;
    }
    this.#texts[place] = text;
    return text;
  }
}
