/**
 * As much of `node:test` as the contract suite uses, for runtimes whose own has no limit of time for a
 * test (Deno) or runs in their test command alone (Bun). `suite.mjs` puts it in the place of `node:test`.
 *
 *     <runtime> harness.mjs FILE RESULTS FIRST
 *
 * runs the tests of FILE from number FIRST on, and writes a line of JSON to RESULTS for each.
 *
 * @typedef {'passed' | 'failed' | 'skipped'} Outcome
 *
 * @typedef {object} Result
 * @property {string} name
 * @property {Outcome} outcome
 * @property {string} [reason] why it failed or was skipped
 *
 * @typedef {object} Context what a test gets, as `TestContext` of `node:test`
 * @property {(hook: () => unknown) => void} after
 * @property {(reason?: string) => void} skip
 *
 * @typedef {(context: Context) => unknown} Body
 *
 * @typedef {object} Test
 * @property {string} name
 * @property {string | boolean | undefined} skip
 * @property {Body} body
 */
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const LIMIT_MILLISECONDS = 5_000;

/** @type {Test[]} */
const tests = [];

/** Ends the test that runs with a failure. */
let fail = /** @type {(error: unknown) => void} */ (() => {});

/**
 * @param {string} name
 * @param {{ skip?: string | boolean } | Body} options
 * @param {Body} [body]
 */
export function test(name, options, body) {
  if (typeof options === 'function') tests.push({ name, skip: undefined, body: options });
  else if (body) tests.push({ name, skip: options.skip, body });
}

/**
 * @param {Test} test
 * @returns {Promise<Result>}
 */
async function outcomeOf({ name, skip, body }) {
  if (skip) return { name, outcome: 'skipped', reason: String(skip) };
  /** @type {(() => unknown)[]} */
  const hooks = [];
  /** @type {string | undefined} */
  let skipped;
  const context = {
    after: (/** @type {() => unknown} */ hook) => void hooks.push(hook),
    skip: (reason = 'skipped') => {
      skipped = reason;
    },
  };
  try {
    await limited(() => body(context));
    for (const hook of hooks) await limited(hook);
    return skipped === undefined
      ? { name, outcome: 'passed' }
      : { name, outcome: 'skipped', reason: skipped };
  } catch (error) {
    for (const hook of hooks) await limited(hook).catch(() => {});
    return { name, outcome: 'failed', reason: describe(error) };
  }
}

/**
 * Runs something that may take its time, may never end, or may fail where nobody catches it.
 *
 * @param {() => unknown} run
 */
function limited(run) {
  return new Promise((resolve, reject) => {
    fail = reject;
    const late = () => reject(new Error(`not done after ${LIMIT_MILLISECONDS / 1000} s`));
    const timer = setTimeout(late, LIMIT_MILLISECONDS);
    Promise.resolve()
      .then(run)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

/** @param {unknown} error */
function describe(error) {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/**
 * @param {string} file
 * @param {string} results
 * @param {number} first
 */
async function main(file, results, first) {
  process.on('uncaughtException', (error) => fail(error));
  process.on('unhandledRejection', (error) => fail(error));
  await import(pathToFileURL(file).href);
  /** @param {object} line */
  const write = (line) => appendFileSync(results, `${JSON.stringify(line)}\n`);
  write({ tests: tests.map(({ name }) => name) });
  for (const test of tests.slice(first)) write(await outcomeOf(test));
  // What a failed test left open must not keep the runtime.
  process.exit(0);
}

const [, , file, results, first] = process.argv;
// The tests import this module too, by the same URL: it runs once.
if (file !== undefined && results !== undefined) void main(file, results, Number(first));
