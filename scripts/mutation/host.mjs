/**
 * A process that holds one test file and runs its tests as often as it is asked, each time with another mutant switched
 * on: starting Node and loading a file takes longer than most of the tests in it.
 *
 * @typedef {object} Request
 * @property {string | undefined} mutant
 * @property {readonly string[] | undefined} names of tests; all, where there are none
 * @property {number | undefined} [hitLimit] how often the mutant may be reached: more often it goes round in a circle, and throws
 *
 * @typedef {object} Answer
 * @property {{ name: string, message: string } | undefined} failure the first
 * @property {Record<string, { milliseconds: number, reached: Record<string, number> }>} passed by the names of tests
 * @property {string[]} loading the mutants that were reached before any test
 */
import { pathToFileURL } from 'node:url';
import { runTest, tests } from './harness.mjs';

/** @typedef {{ activeMutant?: string, hitCount?: number, hitLimit?: number, currentTestId?: string, mutantCoverage?: Coverage }} Stryker */
/** @typedef {{ static: Record<string, number>, perTest: Record<string, Record<string, number>> }} Coverage */

/** What instrumented code reads. @type {Stryker} */
const stryker = Reflect.get(globalThis, '__stryker__') ?? {};
Reflect.set(globalThis, '__stryker__', stryker);

/** @type {(error: unknown) => void} */
let fail = () => {};
process.on('uncaughtException', (error) => fail(error));
process.on('unhandledRejection', (error) => fail(error));

/** @param {Request} request */
async function answer({ mutant, names, hitLimit }) {
  if (mutant === undefined) {
    delete stryker.activeMutant;
    delete process.env.__STRYKER_ACTIVE_MUTANT__;
  } else {
    stryker.activeMutant = mutant;
    process.env.__STRYKER_ACTIVE_MUTANT__ = mutant;
  }
  Object.assign(
    stryker,
    hitLimit === undefined ? { hitCount: undefined } : { hitCount: 0, hitLimit },
  );
  /** @type {Answer} */
  const result = { failure: undefined, passed: {}, loading };
  for (const test of tests) {
    if (names && !names.includes(test.name)) continue;
    const started = performance.now();
    stryker.currentTestId = test.name;
    try {
      await /** @type {Promise<void>} */ (
        new Promise((resolve, reject) => {
          fail = reject;
          runTest(test).then(resolve, reject);
        })
      );
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      result.failure = { name: test.name, message: message.slice(0, 500) };
      break;
    }
    const milliseconds = performance.now() - started;
    const coverage = stryker.mutantCoverage?.perTest[test.name] ?? {};
    const reached = mutant === undefined ? coverage : {};
    result.passed[test.name] = { milliseconds, reached };
  }
  process.send?.(result);
}

await import(pathToFileURL(process.argv[2] ?? '').href);
const loading = Object.keys(stryker.mutantCoverage?.static ?? {});
process.on('message', (request) => void answer(/** @type {Request} */ (request)));
process.on('disconnect', () => process.exit());
process.send?.('ready');
