/**
 * The processes of a soak.
 *
 * @typedef {object} Report what a process says of itself
 * @property {number} datagrams that arrived at it
 * @property {Record<string, number>} wrong what should be 0, by its name
 * @property {boolean} done nothing is left for it to do
 * @property {number} memory RSS in bytes
 * @property {number} descriptors
 * @property {{ p99: number, max: number }} lag of the event loop since the last report, in milliseconds
 *
 * @typedef {Map<string, Report>} Sample one of each process, by its name: what it said last
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A process that says nothing for so long, in seconds, is stuck: so is a sender whose datagrams were lost. */
const PATIENCE = 60;

/**
 * Of a process that ends before it has said anything.
 *
 * @type {Report}
 */
const NOTHING = {
  ...{ datagrams: 0, wrong: {}, done: false, memory: 0, descriptors: 0 },
  lag: { p99: 0, max: 0 },
};

/** Only one question at a time is asked of it. */
class Member {
  /** What it said last. */
  report = NOTHING;

  /**
   * @param {string} name
   * @param {string} script
   * @param {string[]} args
   */
  constructor(name, script, ...args) {
    this.name = name;
    this.child = fork(new URL(script, import.meta.url), args);
    this.child.on('exit', () => this.child.removeAllListeners('message'));
  }

  /** What it says next, within the bounds. */
  async hear() {
    // Not AbortSignal.timeout, which lets this process end meanwhile.
    const over = new AbortController();
    const overdue = setTimeout(() => over.abort(), PATIENCE * 1000);
    try {
      const [said] = await once(this.child, 'message', { signal: over.signal });
      return said;
    } finally {
      clearTimeout(overdue);
    }
  }

  /** @param {'report' | 'finish'} order */
  async ask(order) {
    if (this.child.connected) this.child.send(order);
    try {
      this.report = await this.hear();
      return true;
    } catch {
      return false;
    }
  }
}

export class Crew {
  /** @param {readonly Member[]} members the senders first: what they sent last is to arrive still */
  constructor(members) {
    this.members = members;
    /** @type {Set<string>} the names of those who did not answer */
    this.silent = new Set();
  }

  /**
   * @param {number | undefined} count datagrams in all; without it the senders go on until they are told
   */
  static async start(count) {
    const each = String(count === undefined ? Infinity : count / 2);
    /** @type {Member[]} */
    const receivers = [];
    /** @type {Member[]} */
    const senders = [];
    for (const mode of ['message', 'messages']) {
      const receiver = new Member(`receiver ${mode}`, 'receiver.mjs', mode);
      const { port } = await receiver.hear();
      receivers.push(receiver);
      senders.push(new Member(`sender ${mode}`, 'sender.mjs', mode, String(port), each));
    }
    return new Crew([...senders, ...receivers, new Member('churn', 'churn.mjs')]);
  }

  /** Whether the senders have sent all that they were to send, and know that it arrived. */
  get done() {
    return this.members.every(({ report }) => report.done);
  }

  /** @param {'report' | 'finish'} order */
  async ask(order) {
    for (const member of this.members) {
      if (!(await member.ask(order))) this.silent.add(member.name);
    }
    return this.#sample();
  }

  /** Ends the processes; the sample of what they said last. */
  async finish() {
    const sample = await this.ask('finish');
    for (const { child } of this.members) child.kill('SIGKILL');
    return sample;
  }

  /** @returns {Sample} */
  #sample() {
    return new Map(
      this.members.map(({ name, report }) => {
        const wrong = this.silent.has(name) ? { ...report.wrong, silent: 1 } : report.wrong;
        return [name, { ...report, wrong }];
      }),
    );
  }
}
