// A process that plays a role: JSON lines come out, the end of its input ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What a process may take beyond its measuring time, in milliseconds: a loaded machine is slow. */
const PATIENCE = 60_000;
/** Of what a failed process wrote to its standard error, the runner repeats so many characters. */
const COMPLAINT = 400;

/** A contestant that cannot take part. That is a result, not a failure. */
export class Unavailable extends Error {}

export class Child {
  #process;
  #title;
  #complaint = '';
  /** @type {AsyncIterator<string>} */
  #lines;
  /** @type {Promise<unknown>} */
  #closed;
  #timer;

  /**
   * @param {import('../types.d.ts').Command} command
   * @param {string} title what to call it where something goes wrong
   */
  constructor({ file, arguments: words, environment }, title) {
    this.#title = title;
    this.#process = spawn(file, words, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A process that does not start is reported by `close` too; its input breaks when it dies early.
    this.#process.on('error', ({ message }) => this.#complain(message));
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.setEncoding('utf8').on('data', (text) => this.#complain(text));
    this.#closed = once(this.#process, 'close');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#timer = setTimeout(() => {
      this.#complain(`it did not end within ${PATIENCE / 1000} s`);
      this.kill();
    }, PATIENCE);
  }

  /** The next line that it prints. */
  async line() {
    const { done, value } = await this.#lines.next();
    if (done) return this.#failed();
    try {
      return new Figures(JSON.parse(value));
    } catch {
      throw new Error(`${this.#title} printed what is no JSON: ${value}`);
    }
  }

  /** Ends its input and returns the line that it prints then. */
  async finish() {
    this.#process.stdin.end();
    const line = await this.line();
    await this.ended();
    return line;
  }

  /** Resolves when it has ended well. */
  async ended() {
    this.#process.stdin.end();
    await this.#closed;
    clearTimeout(this.#timer);
    if (this.#process.exitCode !== 0) await this.#failed();
  }

  /** Ends it, if it still runs, whatever it does; resolves when it is gone. */
  async discard() {
    this.kill();
    await this.#closed;
    clearTimeout(this.#timer);
  }

  kill() {
    if (this.#process.exitCode === null) this.#process.kill('SIGKILL');
  }

  /** @returns {Promise<never>} */
  async #failed() {
    await this.#closed;
    clearTimeout(this.#timer);
    const { exitCode, signalCode } = this.#process;
    const complaint = this.#complaint.trim() || 'it said nothing';
    throw new Error(`${this.#title} ended with ${signalCode ?? `code ${exitCode}`}: ${complaint}`);
  }

  /** @param {string} text */
  #complain(text) {
    this.#complaint = (this.#complaint + text).slice(0, COMPLAINT);
  }
}

/** The figures of a line. */
export class Figures {
  #line;

  /** @param {Record<string, unknown>} line */
  constructor(line) {
    this.#line = line;
  }

  /** @param {string} key */
  number(key) {
    const value = this.#line[key];
    if (typeof value !== 'number') {
      throw new Error(`a process did not report "${key}" but ${JSON.stringify(this.#line)}`);
    }
    return value;
  }

  /** The ports that a process listens on. */
  get ports() {
    const { ports } = this.#line;
    if (!Array.isArray(ports)) {
      throw new Error(`a process did not report its ports but ${JSON.stringify(this.#line)}`);
    }
    return ports.map(Number);
  }

  /** They, as the command line of a sender takes them. */
  get port() {
    return this.ports.join(',');
  }
}
