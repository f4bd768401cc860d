// Runs a workload: for each case all rounds, in each round all contestants in turn, so that the
// machine's drift meets all of them alike.
import { CONTESTANT_NAMES, referenceCommand } from '../contestants.mjs';
import { Child, Unavailable } from './child.mjs';
import { onCore } from './machine.mjs';
import { spreads } from './statistics.mjs';

/**
 * @typedef {import('../types.d.ts').Bench} Bench
 * @typedef {import('../types.d.ts').Case} Case
 * @typedef {import('../types.d.ts').CaseResult} CaseResult
 * @typedef {import('../types.d.ts').Contestant} Contestant
 * @typedef {import('../types.d.ts').Measured} Measured
 * @typedef {import('../types.d.ts').Outcome} Outcome
 * @typedef {import('../types.d.ts').Programs} Programs
 * @typedef {import('../types.d.ts').Settings} Settings
 *
 * @typedef {object} Stage what does not change during a run
 * @property {readonly Contestant[]} contestants
 * @property {Programs} programs
 * @property {import('./machine.mjs').Pinning} pins
 * @property {Settings} settings
 * @property {(text: string) => void} progress
 */

/** The processes that run now; a run that is broken off ends them. */
/** @type {Set<Child>} */
const running = new Set();

export function endAll() {
  for (const child of running) child.kill();
}

/**
 * @param {Stage} stage
 * @param {string} title of the workload
 * @param {Case} test
 * @returns {Promise<CaseResult>}
 */
export async function measureCase(stage, title, test) {
  const tries = stage.contestants.map((contestant) => new Tries(contestant));
  const { rounds } = stage.settings;
  for (let round = 1; round <= rounds; round += 1) {
    for (const attempt of tries) {
      if (attempt.reason !== undefined) continue;
      const name = CONTESTANT_NAMES[attempt.contestant.id];
      stage.progress(`${title} · ${test.name} · round ${round} of ${rounds} · ${name}`);
      await attempt.next(stage, test);
    }
  }
  return { name: test.name, outcomes: tries.map((attempt) => attempt.outcome()) };
}

/** The rounds of one contestant in one case. */
class Tries {
  contestant;
  /** @type {string | undefined} why it takes part no longer */
  reason;
  /** @type {Measured[]} */
  #rounds = [];
  /** @type {string[]} */
  #failures = [];

  /** @param {Contestant} contestant */
  constructor(contestant) {
    this.contestant = contestant;
  }

  /**
   * @param {Stage} stage
   * @param {Case} test
   */
  async next(stage, test) {
    const { abilities } = this.contestant;
    if (test.needs !== undefined && !abilities.includes(test.needs)) {
      this.reason = LACKS[test.needs];
      return;
    }
    try {
      this.#rounds.push(await attended(stage, this.contestant, test));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.reason = message.split('\n')[0] ?? message;
      if (!(error instanceof Unavailable)) this.#failures.push(message);
    }
  }

  /** @returns {Outcome} */
  outcome() {
    const faults = this.#rounds.flatMap((measured) => measured.faults);
    return {
      contestant: this.contestant.id,
      figures: spreads(this.#rounds),
      lost: this.#rounds.reduce((sum, { lost = 0 }) => sum + lost, 0),
      faults: [...faults, ...this.#failures],
      ...(this.#rounds.length === 0 ? { unavailable: this.reason ?? 'no round was run' } : {}),
    };
  }
}

/** Why a contestant does not take part in a case. */
const LACKS = {
  connect: 'its API has no connected sockets',
  'receive-buffer': 'its API cannot make the receive buffer larger',
};

/**
 * One measurement. Whatever happens in it, no process of it is left.
 *
 * @param {Stage} stage
 * @param {Contestant} contestant
 * @param {Case} test
 */
async function attended({ programs, pins, settings }, contestant, test) {
  /** @type {Child[]} */
  const children = [];
  /**
   * @param {import('../types.d.ts').Command} command
   * @param {string} title
   */
  const launch = (command, title) => {
    const child = new Child(command, title);
    children.push(child);
    running.add(child);
    return child;
  };
  /** @type {Bench} */
  const bench = {
    contestant,
    settings,
    start: (role, options) =>
      launch(
        onCore(contestant.command(role, options), pins.contestant),
        `${CONTESTANT_NAMES[contestant.id]} as ${role}`,
      ),
    peer: (mode, options) =>
      launch(
        onCore(referenceCommand(programs.reference.file, mode, options), pins.peer),
        `bench/reference ${mode}`,
      ),
  };
  try {
    return await test.measure(bench);
  } finally {
    for (const child of children) {
      await child.discard();
      running.delete(child);
    }
  }
}
