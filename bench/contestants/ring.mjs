// A ring of sockets in one process: each receives a token and sends it on to the next.
import { payloads } from './payload.mjs';
import { Stretch, Tally } from './tally.mjs';

const TOKEN_SIZE = '64';
/** Tokens on their way at a time, spread over the ring. */
const TOKENS = 16;
/** The clock is looked at once in so many hops. */
const LOOK_EVERY = 64;
/** What has not come round after so long, in milliseconds, is lost. */
const PATIENCE = 1000;

/** Counts the hops of a ring and takes the tokens out when time is over. */
export class Ring {
  /** The tokens that start the ring. */
  tokens = payloads(TOKEN_SIZE).slice(0, TOKENS);
  #tally = new Tally(payloads(TOKEN_SIZE));
  #stretch = new Stretch(() => this.#tally.received);
  #begins = Number.POSITIVE_INFINITY;
  #ends = Number.POSITIVE_INFINITY;
  #taken = 0;
  /** @type {(value: unknown) => void} */
  #allTaken = () => {};

  /**
   * A token has come; whether it is to be sent on.
   *
   * @param {Uint8Array} token
   */
  pass(token) {
    this.#tally.take(token, 0, token.length);
    // The ring looks at the clock itself. Timers would do in a loop that gives them their turn, but
    // Bun reads a socket until it is empty, and one that sends to itself never is.
    if (this.#tally.received % LOOK_EVERY === 0) this.#look();
    if (this.#ends > 0) return true;
    this.#taken += 1;
    if (this.#taken === TOKENS) this.#allTaken(undefined);
    return false;
  }

  /**
   * Resolves when the tokens, which must be on their way, went round for that long.
   *
   * @param {number} warmup in seconds
   * @param {number} seconds
   */
  async run(warmup, seconds) {
    this.#begins = performance.now() + warmup * 1000;
    this.#ends = this.#begins + seconds * 1000;
    const all = new Promise((resolve) => {
      this.#allTaken = resolve;
    });
    const patience = new Promise((resolve) =>
      setTimeout(resolve, (warmup + seconds) * 1000 + PATIENCE),
    );
    await Promise.race([all, patience]);
    const { count, ...rest } = this.#stretch.result();
    return { hops: count, ...rest, lost: TOKENS - this.#taken, altered: this.#tally.altered };
  }

  #look() {
    const now = performance.now();
    if (now >= this.#begins) {
      this.#stretch.begin();
      this.#begins = Number.POSITIVE_INFINITY;
    }
    if (now >= this.#ends) {
      this.#stretch.end();
      this.#ends = 0;
    }
  }
}
