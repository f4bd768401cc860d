/**
 * The run without mutants: what fails then, how long tests take, and which mutants they are to be tried on.
 *
 * @typedef {import('./cases.mjs').Case} Case
 *
 * @typedef {object} Usual how a case runs without a mutant
 * @property {string} id
 * @property {number} milliseconds by the clock
 * @property {number} idle milliseconds of the longest stretch in which it waits
 * @property {{ name: string, milliseconds: number }[]} tests
 *
 * @typedef {object} Reached
 * @property {readonly string[]} loading mutants that are reached before any test
 * @property {ReadonlyMap<string, Record<string, number>>} perTest how often each mutant
 *
 * @typedef {Usual & { source: string, failure: { name: string, message: string } | undefined, reached: Reached }} Measured
 */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { HostProcess } from './host-process.mjs';

/** In milliseconds: what is enough for every case without a mutant. */
const AMPLE = { cpu: 120_000, idle: 60_000 };

/**
 * @param {string} id of a case
 * @param {string} name of one of its tests
 */
export function testId(id, name) {
  return `${id}: ${name}`;
}

/** How often a case may fail without a mutant: on a busy machine, some do now and then. */
const ATTEMPTS = 3;

/**
 * Runs a case, until it passes.
 *
 * @param {Case} one
 */
export async function measure(one) {
  let measured = await attempt(one);
  for (let count = 1; count < ATTEMPTS && measured.failure; count += 1) {
    console.error(`${one.id} fails without a mutant: ${measured.failure.name}`);
    measured = await attempt(one);
  }
  return measured;
}

/**
 * @param {Case} one
 * @returns {Promise<Measured>}
 */
async function attempt(one) {
  const host = new HostProcess(one);
  const started = performance.now();
  try {
    const first = await host.ask({ mutant: undefined, names: undefined }, AMPLE);
    const milliseconds = Math.round(performance.now() - started);
    if (first.outcome !== 'answered') throw new Error(`${one.id}: ${first.outcome}`);
    const { failure, passed, loading } = first.answer;
    const tests = Object.entries(passed);
    if (tests.length === 0 && !failure) console.error(`${one.id} has no tests that run here`);
    const judged = counts(one.judges ? mutantsOf(one.judges) : []);
    return {
      id: one.id,
      source: one.source,
      milliseconds,
      idle: first.idle,
      tests: tests.map(([name, test]) => ({ name, milliseconds: test.milliseconds })),
      failure,
      reached: {
        loading: one.alone ? [] : loading,
        perTest: new Map(
          tests.map(([name, { reached }]) => [name, { ...judged, ...(!one.alone && reached) }]),
        ),
      },
    };
  } finally {
    host.end();
  }
}

/**
 * What Stryker wants to know of it.
 *
 * @param {readonly Measured[]} measured
 */
export function dryRunResult(measured) {
  const failed = measured.flatMap(({ id, source, failure }) =>
    failure
      ? [{ ...result(id, source, failure.name, 0), status: 1, failureMessage: failure.message }]
      : [],
  );
  const passed = measured.flatMap(({ id, source, tests }) =>
    tests.map(({ name, milliseconds }) => ({
      ...result(id, source, name, milliseconds),
      status: 0,
    })),
  );
  const perTest = measured.flatMap(({ id, reached }) =>
    [...reached.perTest].map(([name, mutants]) => [testId(id, name), mutants]),
  );
  return {
    status: 'complete',
    tests: [...failed, ...passed],
    mutantCoverage: {
      static: counts(measured.flatMap(({ reached }) => reached.loading)),
      perTest: Object.fromEntries(perTest),
    },
  };
}

/**
 * @param {string} id
 * @param {string} source
 * @param {string} name
 * @param {number} timeSpentMs
 */
function result(id, source, name, timeSpentMs) {
  const test = testId(id, name);
  return { id: test, name: test, fileName: resolve('test', source), timeSpentMs };
}

/** @param {readonly string[]} mutants */
function counts(mutants) {
  return Object.fromEntries(mutants.map((mutant) => [mutant, 1]));
}

/**
 * The mutants in the sources that match, found by what switches them on.
 *
 * @param {RegExp} pattern
 */
function mutantsOf(pattern) {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' });
  const texts = sources
    .map((name) => `/src/${name}`)
    .filter((name) => pattern.test(name))
    .map((name) => readFileSync(`.${name}`, 'utf8'));
  const switches = texts.flatMap((text) => [...text.matchAll(/stryMutAct_\w+\("(\d+)"\)/g)]);
  return switches.flatMap(([, mutant]) => mutant ?? []);
}
