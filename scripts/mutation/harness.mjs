/**
 * Stands for `node:test` in the copy of the tests that mutants are tried on: collects tests, and runs some of them as
 * often as it is asked, in one process, where node:test runs each once. It has what the tests of Volley use.
 *
 * @typedef {object} Hooks
 * @property {(() => unknown)[]} before
 * @property {(() => unknown)[]} after
 * @property {(() => unknown)[]} beforeEach
 * @property {(() => unknown)[]} afterEach
 *
 * @typedef {Hooks & { name: string, outer: Suite | undefined, skip: boolean }} Suite
 * @typedef {{ name: string, suite: Suite, body: (context: Context) => unknown }} Test
 * @typedef {{ skip?: boolean | string }} Options
 */
import { mock } from 'node:test';

export { mock };

/** @type {Test[]} */
export const tests = [];

let current = suite('', undefined, false);

/**
 * @param {string} name
 * @param {Suite | undefined} outer
 * @param {boolean} skip
 * @returns {Suite}
 */
function suite(name, outer, skip) {
  return { name, outer, skip, before: [], after: [], beforeEach: [], afterEach: [] };
}

/** What a test is given. */
class Context {
  /** @type {(() => unknown)[]} */
  afterwards = [];
  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }
  /** @param {() => unknown} hook */
  after(hook) {
    this.afterwards.push(hook);
  }
  skip() {}
  diagnostic() {}
}

/**
 * @template Body
 * @param {Options | Body} options
 * @param {Body | undefined} body
 * @returns {{ skip: boolean, body: Body | undefined }}
 */
function read(options, body) {
  if (typeof options === 'function') return { skip: false, body: /** @type {Body} */ (options) };
  const { skip = false } = /** @type {Options} */ (options);
  return { skip: skip !== false, body };
}

/**
 * @param {string} name
 * @param {Options | ((context: Context) => unknown)} options
 * @param {(context: Context) => unknown} [given]
 */
export function test(name, options, given) {
  const { skip, body } = read(options, given);
  if (skip || current.skip || !body) return;
  /** @type {string[]} */
  const names = [name];
  for (let around = current; around.outer; around = around.outer) names.unshift(around.name);
  tests.push({ name: names.join(' › '), suite: current, body });
}

export { test as it };

/**
 * @param {string} name
 * @param {Options | (() => void)} options
 * @param {() => void} [given]
 */
export function describe(name, options, given) {
  const { skip, body } = read(options, given);
  const outer = current;
  current = suite(name, outer, skip || outer.skip);
  body?.();
  current = outer;
}

/** @param {() => unknown} hook */
export const before = (hook) => current.before.push(hook);
/** @param {() => unknown} hook */
export const after = (hook) => current.after.push(hook);
/** @param {() => unknown} hook */
export const beforeEach = (hook) => current.beforeEach.push(hook);
/** @param {() => unknown} hook */
export const afterEach = (hook) => current.afterEach.push(hook);
test.after = after;

/**
 * Runs a test, with the hooks around it; rejects where it fails. What is for the whole of a suite is done for each of its
 * tests, but hooks of the file itself never, since the file is used again.
 *
 * @param {Test} test
 */
export async function runTest({ name, suite, body }) {
  const context = new Context(name);
  const around = [];
  for (let one = suite; one.outer; one = one.outer) around.unshift(one);
  for (const one of around) for (const hook of one.before) await hook();
  for (const one of around) for (const hook of one.beforeEach) await hook();
  try {
    await body(context);
  } finally {
    for (const hook of context.afterwards) await hook();
    for (const one of around.reverse()) {
      for (const hook of one.afterEach) await hook();
      for (const hook of one.after) await hook();
    }
  }
}
