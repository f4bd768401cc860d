/**
 * The test suites: what each consists of, in which environment it runs, and running one.
 *
 * @typedef {import('./reporter.mjs').Summary} Summary
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} directory below `test/`
 * @property {Record<string, string>} environment
 * @property {number} timeout in seconds, for one test file
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './build.mjs';
import { endGroup } from './process-group.mjs';

/** How many times longer everything may take: emulated machines are slow. */
const patience = Number(process.env.VOLLEY_TEST_PATIENCE ?? 1);

/** How long the slow receiver of `limits` is flooded, where that was asked for. */
const slowSeconds = Number(process.env.VOLLEY_TEST_SLOW_SECONDS ?? 0);

/**
 * Where the native driver is what is meant to be tested, its absence must fail, not fall back.
 *
 * @type {Record<string, string>}
 */
const native = process.platform === 'linux' ? { VOLLEY_DRIVER: 'linux' } : {};

/**
 * The environment of a suite that is run over a driver.
 *
 * @param {string} driver
 * @returns {Record<string, string>}
 */
function on(driver) {
  return { VOLLEY_TEST_TARGET: driver, VOLLEY_DRIVER: driver };
}

/**
 * The environment in which `node:dgram` is Volley in every process that the tests start, too.
 *
 * @type {Record<string, string>}
 */
const swapped = {
  VOLLEY_TEST_SWAP: '1',
  NODE_OPTIONS: `--import=${pathToFileURL(join(root, 'dist/register.js'))}`,
};

/** @type {readonly Suite[]} in the order in which they run: the quickest to fail first */
export const suites = [
  suite('unit', {}),
  suite('native', native),
  suite('fuzz', {}),
  suite('types', {}),
  suite('cli', {}),
  suite('contract:node', { VOLLEY_TEST_TARGET: 'node' }),
  suite('contract:linux', on('linux')),
  suite('contract:linux-plain', { ...on('linux'), VOLLEY_GSO: '0', VOLLEY_GRO: '0' }),
  suite('contract:builtin', on('builtin')),
  suite('contract:swap', { ...on('linux'), ...swapped }),
  suite('swap:linux', on('linux'), 120),
  suite('swap:builtin', on('builtin'), 120),
  suite('volley:linux', on('linux')),
  suite('volley:builtin', on('builtin')),
  suite('property:linux', on('linux'), long(120)),
  suite('model:linux', on('linux'), long(120)),
  suite('model:builtin', on('builtin'), long(120)),
  suite('real', native),
  { ...suite('programs', native, 200), directory: 'real/programs' },
  suite('runtimes', {}),
  suite('package', {}),
  { ...suite('tools', {}, 120), directory: 'package/tools' },
  suite('faults', native, 400),
  { ...suite('networks', native, 240), directory: 'faults/networks' },
  { ...suite('limits', native, 240 + slowSeconds), directory: 'faults/limits' },
  { ...suite('calls', native, 400), directory: 'faults/calls' },
  { ...suite('sandboxes', native, 200), directory: 'faults/sandboxes' },
];

/**
 * Of suites whose long form tries ten times as many inputs.
 *
 * @param {number} timeout in seconds
 */
function long(timeout) {
  return process.env.VOLLEY_TEST_FULL === '1' ? 10 * timeout : timeout;
}

/**
 * @param {string} name
 * @param {Record<string, string>} environment
 * @returns {Suite}
 */
function suite(name, environment, timeout = 60) {
  return { name, directory: name.split(':')[0] ?? name, environment, timeout };
}

/**
 * The suites that `names` ask for: `contract` means it on every target. None means all.
 *
 * @param {string[]} names
 */
export function select(names) {
  for (const name of names) {
    if (!suites.some((suite) => suite.name === name || suite.directory === name)) {
      throw new Error(`no suite ${name}; there are ${suites.map(({ name }) => name).join(', ')}`);
    }
  }
  if (names.length === 0) return suites;
  return suites.filter(({ name, directory }) => names.includes(name) || names.includes(directory));
}

/**
 * The test files of a directory below `test/`, as paths below that. A directory in it that is a suite of its own is
 * left to that.
 *
 * @param {string} directory
 */
export function testSources(directory) {
  const sources = readdirSync(join(root, 'test', directory), { recursive: true, encoding: 'utf8' });
  const inner = suites.filter((suite) => suite.directory.startsWith(`${directory}/`));
  return sources
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => join(directory, name))
    .filter((name) => !inner.some((suite) => name.startsWith(`${suite.directory}/`)))
    .sort();
}

/**
 * The same, compiled. They are found by their sources: what an older build left behind is not run.
 *
 * @param {string} directory
 */
function testFiles(directory) {
  return testSources(directory).map((name) => join(root, 'build/test', name.replace(/ts$/, 'js')));
}

/**
 * Runs a suite under a Node; failures go to the standard output as they happen.
 *
 * @param {Suite} suite
 * @param {string} node path of the binary
 * @returns {Promise<Summary>}
 */
export async function run({ name, directory, environment, timeout }, node) {
  const files = testFiles(directory);
  if (files.length === 0) return broken(`suite ${name} has no tests`);
  const scratch = mkdtempSync(join(tmpdir(), 'volley-test-'));
  const summary = join(scratch, 'summary.json');
  try {
    const args = [
      '--test',
      '--enable-source-maps',
      `--test-concurrency=${availableParallelism()}`,
      `--test-timeout=${timeout * patience * 1000}`,
      `--test-reporter=${join(root, 'scripts/reporter.mjs')}`,
      '--test-reporter-destination=stdout',
      ...files,
    ];
    const variables = { ...environment, VOLLEY_TEST_SUMMARY: summary };
    const failed = await ended(node, args, variables, 3 * timeout * patience);
    /** @type {Summary} */
    const numbers = JSON.parse(readFileSync(summary, 'utf8'));
    // The runner's own verdict counts too: it may have seen what the reporter was not told.
    return failed && numbers.failed.length === 0
      ? broken(`suite ${name} failed as a whole`)
      : numbers;
  } catch (error) {
    return broken(`suite ${name} ended without a summary: ${error}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} reason
 * @returns {Summary}
 */
function broken(reason) {
  console.log(`\nFAILED ${reason}\n`);
  return { passed: 0, failed: [reason], skipped: {} };
}

/**
 * Runs Node to its end; whether it failed. It gets a process group of its own, so that nothing that
 * a test started and lost can outlive the suite.
 *
 * @param {string} node
 * @param {string[]} args
 * @param {Record<string, string>} environment
 * @param {number} limit in seconds: the runner's own timeouts do not end it while a process that a
 *   test lost holds one of its pipes
 * @returns {Promise<boolean>}
 */
function ended(node, args, environment, limit) {
  const child = spawn(node, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  /** @param {NodeJS.Signals} signal */
  const interrupted = (signal) => {
    endGroup(child.pid);
    process.kill(process.pid, signal); // By now without a handler: ends this process as asked.
  };
  const overdue = setTimeout(endGroup, limit * 1000, child.pid);
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.once(signal, interrupted);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      endGroup(child.pid);
      clearTimeout(overdue);
      for (const signal of signals) process.off(signal, interrupted);
      resolve(code !== 0);
    });
  });
}
