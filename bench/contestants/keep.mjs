// A receiver that keeps some of the messages, and what they cost.
import { memoryOfEach, settledMemory } from './memory.mjs';

/** Messages that come before any is kept: by then buffers and code are where they stay. */
const BEFORE = 20_000;

export class Keeper {
  /** @type {unknown[]} */
  #kept = [];
  #every;
  #count;
  #seen = 0;
  #keeping = false;
  /** @type {() => void} */
  #turn = () => {};

  /**
   * @param {number} count messages that are kept before memory is looked at
   * @param {number} every of so many messages one is kept
   */
  constructor(count, every) {
    this.#count = count;
    this.#every = every;
  }

  /** @param {unknown} message */
  take(message) {
    this.#seen += 1;
    if (this.#keeping && this.#kept.length < this.#count && this.#seen % this.#every === 0) {
      this.#kept.push(message);
    }
    if (this.#kept.length === this.#count || this.#seen === BEFORE) this.#turn();
  }

  async done() {
    await this.#nextTurn();
    const before = await settledMemory();
    this.#keeping = true;
    await this.#nextTurn();
    const after = await settledMemory();
    return { kept: this.#kept.length, ...memoryOfEach(before, after, this.#count) };
  }

  /** @returns {Promise<void>} */
  #nextTurn() {
    return new Promise((resolve) => {
      this.#turn = resolve;
    });
  }
}
