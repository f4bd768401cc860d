import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endGroup } from '../process-group.mjs';
import { activityOf } from './activity.mjs';

/**
 * In milliseconds. Not the time by the clock: on a busy machine that says nothing.
 *
 * @typedef {object} Limits
 * @property {number} cpu of processor time
 * @property {number} idle at a stretch, in which no process of the case does anything or waits for a processor
 *
 * @typedef {import('./host.mjs').Request} Request
 * @typedef {import('./host.mjs').Answer} Answer
 *
 * @typedef {{ outcome: 'answered', answer: Answer, idle: number } | { outcome: 'died' } | { outcome: 'overdue' }} Outcome
 */

/** How often it is looked what the processes do, in milliseconds. */
const INTERVAL = 200;

/** A process with the tests of a case, see host.mjs, in a process group of its own. */
export class HostProcess {
  /** Whether it has run anything yet. */
  used = false;
  #child;
  #ready;

  /**
   * @param {import('./cases.mjs').Case} one
   * @param {string} [mutant] one that is active from the beginning
   */
  constructor({ node, source, environment }, mutant) {
    const file = join('build/test', source.replace(/ts$/, 'js'));
    const { NODE_OPTIONS: _options, ...others } = process.env;
    this.#child = fork(new URL('host.mjs', import.meta.url), [file], {
      execPath: node,
      execArgv: ['--no-warnings'],
      env: {
        ...others,
        ...environment,
        ...(mutant !== undefined && { __STRYKER_ACTIVE_MUTANT__: mutant }),
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
    });
    this.#child.on('error', () => {}); // A request to one that has ended; its 'exit' tells.
    this.#ready = Promise.race([once(this.#child, 'message'), once(this.#child, 'exit')]);
  }

  /**
   * Has tests run. But for the outcome `answered`, the process is of no more use.
   *
   * @param {Request} request
   * @param {Limits} limits
   * @returns {Promise<Outcome>}
   */
  async ask(request, limits) {
    this.used = true;
    const watch = new Watch(this.#child.pid ?? 0, limits);
    try {
      await this.#ready;
      return await this.#answer(request, watch);
    } finally {
      watch.end();
    }
  }

  /**
   * @param {Request} request
   * @param {Watch} watch
   * @returns {Promise<Outcome>}
   */
  #answer(request, watch) {
    const child = this.#child;
    return new Promise((resolve) => {
      /** @param {unknown} answer */
      const onAnswer = (answer) => {
        child.off('exit', onExit);
        resolve({
          outcome: 'answered',
          answer: /** @type {Answer} */ (answer),
          idle: watch.idle,
        });
      };
      const onExit = () => {
        child.off('message', onAnswer);
        this.end();
        resolve({ outcome: watch.overdue ? 'overdue' : 'died' });
      };
      if (child.exitCode !== null || child.signalCode !== null) {
        onExit();
        return;
      }
      child.once('message', onAnswer);
      child.once('exit', onExit);
      child.send(request);
    });
  }

  end() {
    endGroup(this.#child.pid);
  }
}

/** Ends a process group that works too long or waits too long. */
class Watch {
  overdue = false;
  /** The longest stretch so far. */
  idle = 0;
  #group;
  #limits;
  /** @type {number | undefined} */
  #first;
  #cpu = 0;
  #since = performance.now();
  #timer = setInterval(() => this.#look(), INTERVAL);

  /**
   * @param {number} group
   * @param {Limits} limits
   */
  constructor(group, limits) {
    this.#group = group;
    this.#limits = limits;
  }

  end() {
    clearInterval(this.#timer);
  }

  #look() {
    const now = performance.now();
    const { cpu, waiting } = activityOf(this.#group);
    this.#first ??= cpu;
    if (!waiting || cpu !== this.#cpu) this.#since = now;
    this.#cpu = cpu;
    this.idle = Math.max(this.idle, Math.round(now - this.#since));
    if (cpu - this.#first <= this.#limits.cpu && this.idle <= this.#limits.idle) return;
    this.overdue = true;
    endGroup(this.#group);
  }
}
