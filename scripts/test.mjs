/**
 * Builds what is missing and runs the test suites, one after another.
 *
 *     node scripts/test.mjs [--node PATH] [suite...]
 *
 * Without names all suites run; `contract` stands for all of its targets. `--node` runs the tests
 * under another Node binary, with the same build. VOLLEY_TEST_FULL=1 runs the long forms.
 *
 * The last line is `N passed, N failed, N skipped`; the exit code is 1 where any failed.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildNative, buildPrebuild, buildSources, compile, root } from './build.mjs';
import { installPrograms } from './programs.mjs';
import { run, select } from './suites.mjs';

/** @typedef {import('./reporter.mjs').Summary} Summary */

const { values, positionals } = parseArgs({
  options: { node: { type: 'string', default: process.execPath } },
  allowPositionals: true,
});

const total = { passed: 0, failed: 0, skipped: 0 };

/** @type {string[]} a line for each failure, to be found at the end of a long output */
const failures = [];

/**
 * @param {string} name
 * @param {Summary} summary
 * @param {number} started in milliseconds
 */
function show(name, { passed, failed, skipped }, started) {
  const notRun = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  row(name, passed + failed.length + notRun, passed, failed.length, notRun, seconds);
  for (const [reason, count] of Object.entries(skipped))
    console.log(`  skipped ${count}: ${reason}`);
  total.passed += passed;
  total.failed += failed.length;
  failures.push(...failed.map((failure) => `${name}: ${failure}`));
  total.skipped += notRun;
}

/** @param {[string, ...(string | number)[]]} cells */
function row(...[name, ...numbers]) {
  console.log(name.padEnd(22) + numbers.map((cell) => `${cell}`.padStart(9)).join(''));
}

/**
 * Only a build that fails is worth a row. What one cannot compile is emitted all the same, so
 * that the tests that stand can still tell their tale.
 *
 * @returns {string} the compiler's complaints about `test/types`, which are that suite's results
 */
function build() {
  const started = Date.now();
  const sources = [buildNative(), buildSources(), buildPrebuild()].filter((text) => text !== '');
  const tests = compile('test/tsconfig.json').split('\n');
  const ofTypes = tests.filter((line) => line.startsWith('test/types/'));
  const others = tests.filter((line) => line !== '' && !line.startsWith('test/types/'));
  if (sources.length > 0 || others.length > 0) {
    console.log([...sources, ...others].join('\n'));
    show('build', { passed: 0, failed: ['see the top'], skipped: {} }, started);
  }
  return ofTypes.join('\n');
}

/** The suite's tests say what is missing, each; this says why. */
function prepare() {
  if (!selected.some(({ name }) => name === 'programs')) return;
  const wrong = installPrograms();
  if (wrong !== '') console.log(wrong);
}

/**
 * The types are proven by compiling: each file of `test/types` is a test.
 *
 * @param {string} complaints
 * @returns {Summary}
 */
function types(complaints) {
  const files = readdirSync(join(root, 'test/types')).filter((name) => name.endsWith('.ts'));
  const failed = files.filter((name) => complaints.includes(`test/types/${name}(`));
  if (complaints !== '') console.log(complaints);
  const passed = files.length - failed.length;
  if (files.length === 0) failed.push('no tests');
  return { passed, failed, skipped: {} };
}

const asking = '[process.version, process.platform, process.arch].join(" ")';
const tested = execFileSync(values.node, ['-p', asking], { encoding: 'utf8' }).trim();
const selected = select(positionals);
console.log(`Node ${tested}`);
const complaints = build();
prepare();
row('suite', 'tests', 'passed', 'failed', 'skipped', 'seconds');
for (const suite of selected) {
  const started = Date.now();
  const summary = suite.name === 'types' ? types(complaints) : await run(suite, values.node);
  show(suite.name, summary, started);
}
if (failures.length > 0) console.log(['', 'failed:', ...failures, ''].join('\n'));
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
