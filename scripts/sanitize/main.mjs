/**
 * Runs test suites with the addon watched by a tool:
 *
 *     npm run test:sanitize [-- [--tool address|thread|memcheck] [--node PATH] [suite...]]
 *
 * `address`, which is taken where none is named, is AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer;
 * `thread` is ThreadSanitizer; `memcheck` is valgrind's. First the tool has to find what is wrong with broken.c. A
 * report of the tool fails the run, whatever became of the test that caused it.
 *
 * The last line is `N passed, N failed, N skipped`; the exit code is 1 where any failed.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildNative, buildSources, compile } from '../build.mjs';
import { findings } from './findings.mjs';
import { selfTest } from './self-test.mjs';
import { tools } from './tools.mjs';
import { makeLogs, makeTree, treeOf } from './tree.mjs';

const { values, positionals } = parseArgs({
  options: {
    tool: { type: 'string', default: 'address' },
    node: { type: 'string', default: process.execPath },
  },
  allowPositionals: true,
});

/** @param {string} name */
function find(name) {
  const tool = tools.find((each) => each.name === name);
  if (tool !== undefined) return tool;
  throw new Error(`no tool ${name}; there are ${tools.map((each) => each.name).join(', ')}`);
}

/**
 * A program that is Node under the tool to whoever runs it.
 *
 * @param {string} logs
 */
function wrapper(logs) {
  const words = tool.command(values.node, logs);
  if (words.length === 1) return values.node;
  const path = join(treeOf(tool), 'node');
  const command = words.map((word) => `'${word}'`).join(' ');
  writeFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

const total = { passed: 0, failed: 0, skipped: 0 };

/**
 * @param {string} name
 * @param {{ passed: number, failed: string[], skipped: number }} results
 * @param {string[]} found what the tool reported
 * @param {number} started in milliseconds
 */
function show(name, { passed, failed, skipped }, found, started) {
  for (const text of found) console.log(`\nFINDING in ${name}\n${text}\n`);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const numbers = `${passed} passed, ${failed.length} failed, ${skipped} skipped`;
  console.log(`${name.padEnd(22)} ${numbers}, ${found.length} findings (${seconds} s)`);
  for (const failure of failed) console.log(`  failed: ${failure}`);
  total.passed += passed;
  total.failed += failed.length + found.length;
  total.skipped += skipped;
}

/** @param {import('../suites.mjs').Suite} suite */
async function watch(suite) {
  const started = Date.now();
  const logs = makeLogs(tool, suite.name.replace(':', '-'));
  const environment = { ...suite.environment, ...tool.environment(logs) };
  const summary = await suites.run({ ...suite, environment }, wrapper(logs));
  const skipped = Object.values(summary.skipped).reduce((sum, count) => sum + count, 0);
  for (const [reason, count] of Object.entries(summary.skipped))
    console.log(`  skipped ${count}: ${reason}`);
  show(suite.name, { ...summary, skipped }, findings(logs), started);
}

const tool = find(values.tool);
process.env.VOLLEY_TEST_PATIENCE ??= `${tool.patience}`;
const wrong = [buildNative(), buildSources(), compile('test/tsconfig.json')].join('');
if (wrong !== '') throw new Error(wrong);
const tree = makeTree(tool);
/** @type {typeof import('../suites.mjs')} the copy's own: it runs the tests of the copy */
const suites = await import(pathToFileURL(join(tree, 'scripts/suites.mjs')).href);

const started = Date.now();
const missed = selfTest(tool, values.node);
const passed = Object.keys(tool.defects).length + 1 - missed.length;
show(`self-test of ${tool.name}`, { passed, failed: missed, skipped: 0 }, [], started);
for (const suite of suites.select(positionals.length > 0 ? positionals : [...tool.suites])) {
  await watch(suite);
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
