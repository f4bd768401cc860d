/**
 * Mutation testing: changes the sources of the API and the engine in some two thousand places, one at a time, and sees
 * whether a test notices.
 *
 *     npm run mutate [-- [--incremental] [--quick] [--tests PATTERN] [--node PATH]... [source...]]
 *
 *     npm run mutate -- src/engine/flush.ts       one source
 *     npm run mutate -- --incremental             all; what did not change since the last time is not tried again
 *     npm run mutate -- --quick                   tries a mutant on the six likeliest test files only: some survive that
 *                                                 others would kill
 *     npm run mutate -- --tests 'arguments|/bind' src/socket/validation.ts
 *                                                 by the test files that match, suite and name, alone: the quickest
 *     npm run mutate -- --node NODE26 --node NODE20
 *                                                 under the first Node; what only one of the others has, under that
 *
 * `src/socket/legacy.ts` has nothing to do on the newest line, and `src/socket/permission.ts` on Node 20: give both.
 *
 * Mutants that no test can notice are in `survivors.json`, each with a reason; any other one that survives fails the
 * command, and so does an entry whose mutant is killed or is not there any more. The report to look at in a
 * browser is `build/mutants/report.html`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../build.mjs';
import { judge } from './verdict.mjs';

const FOLDER = join(root, 'scripts/mutation');
const STRYKER = join(FOLDER, 'node_modules/@stryker-mutator/core/bin/stryker.js');
const REPORT = join(root, 'build/mutants/report.json');

const { values, positionals } = parseArgs({
  options: {
    incremental: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    tests: { type: 'string', default: '' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
  allowPositionals: true,
});

install();
const args = [STRYKER, 'run', join(FOLDER, 'stryker.config.mjs')];
if (values.incremental) args.push('--incremental');
if (positionals.length > 0) args.push('--mutate', positionals.join(','));
const started = Date.now();
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    VOLLEY_MUTATION_NODES: values.node.join(':'),
    VOLLEY_MUTATION_TESTS: values.tests,
    ...(values.quick && { VOLLEY_MUTATION_CASES: '6' }),
  },
});
if (status !== 0 || modified(REPORT) < started) {
  console.error('Stryker failed: see above.');
  process.exitCode = 1;
} else {
  const { text, fine } = judge(readFileSync(REPORT, 'utf8'), join(FOLDER, 'survivors.json'));
  console.log(text);
  console.log(`${Math.round((Date.now() - started) / 1000)} s`);
  process.exitCode = fine ? 0 : 1;
}

/** Installs what the lock file of this folder names, unless that is there. */
function install() {
  const installed = modified(join(FOLDER, 'node_modules/.package-lock.json'));
  if (installed >= modified(join(FOLDER, 'package-lock.json'))) return;
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', ['ci', '--prefix', FOLDER, ...quietly], { stdio: 'inherit' });
  if (status !== 0) throw new Error('npm ci --prefix scripts/mutation failed');
}

/**
 * When a file was written, in milliseconds; 0 where it is not there.
 *
 * @param {string} path
 */
function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}
