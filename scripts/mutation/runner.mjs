/**
 * A test runner for Stryker that runs tests of node:test. Each test file is held by a process that runs those of its tests
 * that reach a mutant, see host.mjs; what is likely to kill the mutant comes first, and the first failure is enough.
 *
 * Stryker makes one of these for each processor, in a process of its own; one of them does the run without mutants, which
 * tells how long tests take and which mutants they reach.
 *
 * The types say as much of Stryker's interface `TestRunner` (@stryker-mutator/api) as is used here, for
 * `npm run check` to do without Stryker.
 *
 * @typedef {import('./cases.mjs').Case} Case
 * @typedef {import('./measure.mjs').Usual} Usual
 * @typedef {import('./host-process.mjs').Outcome} Outcome
 * @typedef {import('./host.mjs').Request} Request
 *
 * @typedef {object} Mutant
 * @property {string} id
 * @property {string} fileName
 * @property {{ start: { line: number } }} location
 *
 * @typedef {{ status: 'killed', killedBy: string[], failureMessage: string, nrOfTests: number }
 *   | { status: 'survived', nrOfTests: number }
 *   | { status: 'timeout', reason: string }} Verdict
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { cases } from './cases.mjs';
import { HostProcess } from './host-process.mjs';
import { dryRunResult, measure, testId } from './measure.mjs';
import { Odds } from './odds.mjs';

/** Where in the copy of the repository the run without mutants leaves how long each case takes. */
const MEASURED = 'build/measured.json';

/** At a time, in the run without mutants: as many as there are runners. */
const LANES = 2;

/** On so many cases a mutant is tried at most. */
const MOST = Number(process.env.VOLLEY_MUTATION_CASES ?? Number.POSITIVE_INFINITY);

/** On so many cases a mutant is tried that has its effect while a file is loaded, and needs a process each time. */
const MOST_FOR_STATIC = 12;

/** After so many mutants a process is replaced by a new one: they may have left something behind. */
const MOST_USES = 100;

class NodeTestRunner {
  #cases = new Map(cases(wanted(), nodes()).map((one) => [one.id, one]));
  /** @type {Map<string, { host: HostProcess, uses: number }>} */
  #hosts = new Map();
  /** @type {Map<string, Usual>} */
  #usual = new Map();
  #odds = new Odds();

  capabilities() {
    return { reloadEnvironment: true };
  }

  /**
   * The run without mutants.
   *
   * @param {{ files?: string[] }} options the sources that are mutated
   */
  async dryRun({ files = [] }) {
    const waiting = [...this.#cases.values()].filter(
      ({ judges, alone }) => !alone || files.some((file) => judges?.test(file)),
    );
    /** @type {import('./measure.mjs').Measured[]} */
    const measured = [];
    const lane = async () => {
      for (let one = waiting.shift(); one; one = waiting.shift()) measured.push(await measure(one));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    writeFileSync(MEASURED, JSON.stringify(measured.map(({ reached: _, ...usual }) => usual)));
    return dryRunResult(measured);
  }

  /**
   * @param {{ activeMutant: Mutant, testFilter?: string[], hitLimit?: number }} options
   * @returns {Promise<Verdict>}
   */
  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    if (this.#usual.size === 0) this.#usual = readUsual();
    const place = `${relative('', activeMutant.fileName)}:${activeMutant.location.start.line}`;
    const plan = testFilter ? this.#planFor(testFilter) : this.#planForStatic(place);
    let nrOfTests = 0;
    const best = this.#odds.best(place, plan);
    for (const one of best.slice(0, testFilter ? MOST : MOST_FOR_STATIC)) {
      const started = performance.now();
      const verdict = await this.#try({ mutant: activeMutant.id, names: one.names, hitLimit }, one);
      nrOfTests += one.names?.length ?? one.usual.tests.length;
      this.#odds.note(place, one.id, verdict !== undefined, performance.now() - started);
      if (verdict) return verdict.status === 'killed' ? { ...verdict, nrOfTests } : verdict;
    }
    return { status: 'survived', nrOfTests };
  }

  dispose() {
    for (const { host } of this.#hosts.values()) host.end();
  }

  /**
   * Which tests of which cases are to be run.
   *
   * @param {readonly string[]} ids
   * @returns {import('./odds.mjs').Planned[]}
   */
  #planFor(ids) {
    const wanted = new Set(ids);
    return [...this.#usual.values()].flatMap((usual) => {
      const tests = usual.tests.filter(({ name }) => wanted.has(testId(usual.id, name)));
      const milliseconds = tests.reduce((sum, test) => sum + test.milliseconds, 0);
      const names = tests.map(({ name }) => name);
      return tests.length === 0 ? [] : [{ id: usual.id, usual, milliseconds, names }];
    });
  }

  /**
   * @param {string} place
   * @returns {import('./odds.mjs').Planned[]}
   */
  #planForStatic(place) {
    const source = `/${place.slice(0, place.lastIndexOf(':'))}`;
    return [...this.#usual.values()]
      .filter(({ id }) => !this.#case(id).alone || this.#case(id).judges?.test(source))
      .map((usual) => ({
        id: usual.id,
        usual,
        milliseconds: usual.milliseconds,
        names: undefined,
      }));
  }

  /** @param {string} id */
  #case(id) {
    const one = this.#cases.get(id);
    if (!one) throw new Error(`no case ${id}`);
    return one;
  }

  /**
   * Tries a mutant on tests of a case. Where these fail and it may be for what earlier mutants left
   * behind, in a process of their own.
   *
   * @param {Request & { mutant: string }} request
   * @param {import('./odds.mjs').Planned} planned
   * @returns {Promise<Verdict | undefined>} nothing where all pass
   */
  async #try(request, { id, usual, milliseconds }) {
    const limits = { cpu: 1500 + milliseconds, idle: 1200 + 3 * usual.idle };
    if (request.names) {
      const held = this.#hosts.get(id);
      const used = held !== undefined && held.uses < MOST_USES ? held : this.#start(id);
      const before = used.uses;
      used.uses += 1;
      const outcome = await used.host.ask(request, limits);
      const verdict = judge(id, outcome);
      if (!verdict) return undefined;
      if (outcome.outcome === 'answered') {
        const failed = outcome.answer.failure?.name ?? '';
        const check = await used.host.ask({ mutant: undefined, names: [failed] }, limits);
        if (!judge(id, check)) return verdict;
      }
      used.host.end();
      this.#hosts.delete(id);
      if (before === 0) return verdict;
    }
    const host = new HostProcess(this.#case(id), request.mutant);
    try {
      return judge(id, await host.ask(request, limits));
    } finally {
      host.end();
    }
  }

  /** @param {string} id */
  #start(id) {
    this.#hosts.get(id)?.host.end();
    const held = { host: new HostProcess(this.#case(id)), uses: 0 };
    this.#hosts.set(id, held);
    return held;
  }
}

/**
 * @param {string} id
 * @param {Outcome} outcome
 * @returns {Verdict | undefined}
 */
function judge(id, outcome) {
  if (outcome.outcome === 'overdue') return { status: 'timeout', reason: `${id} hangs` };
  if (outcome.outcome !== 'answered')
    return { status: 'killed', killedBy: [id], failureMessage: 'the process ended', nrOfTests: 1 };
  const { failure } = outcome.answer;
  if (!failure) return undefined;
  const killedBy = [testId(id, failure.name)];
  return { status: 'killed', killedBy, failureMessage: failure.message, nrOfTests: 1 };
}

/** Which cases `main.mjs` was asked for. */
function wanted() {
  return new RegExp(process.env.VOLLEY_MUTATION_TESTS ?? '');
}

/** The Nodes that `main.mjs` was given. */
function nodes() {
  const given = process.env.VOLLEY_MUTATION_NODES ?? '';
  return given === '' ? [] : given.split(':');
}

/** @returns {Map<string, Usual>} */
function readUsual() {
  /** @type {Usual[]} */
  const measured = JSON.parse(readFileSync(MEASURED, 'utf8'));
  return new Map(measured.map((usual) => [usual.id, usual]));
}

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'node-test', injectableClass: NodeTestRunner },
];
