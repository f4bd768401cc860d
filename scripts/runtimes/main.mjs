/**
 * Runs the contract suite under Bun and Deno, on their own `node:dgram` and on Volley over it, and
 * prints a Markdown table of what passed. It is a survey, not a judgement: the exit code is 0.
 *
 *     npm run test:runtimes -- [--failures] [--runtime bun|deno] [file...]
 *
 * `--failures` lists each failed test with its reason. A file is named as in test/contract, `bind` say.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { install } from '../../bench/runner/programs.mjs';
import { buildNative, buildSources, compile, root } from '../build.mjs';
import { prepareTests, runFile, runtimes } from './suite.mjs';

/** @typedef {import('./suite.mjs').FileResults} FileResults */

const { values, positionals } = parseArgs({
  options: { failures: { type: 'boolean', default: false }, runtime: { type: 'string' } },
  allowPositionals: true,
});

const wrong = [buildNative(), buildSources(), compile('test/tsconfig.json')].join('');
if (wrong !== '') console.error(wrong);
if (!existsSync(join(root, 'build/test/contract'))) process.exit(1);
install((text) => console.error(text));
const names = prepareTests().filter(
  (name) => positionals.length === 0 || positionals.includes(name.replace('.test.js', '')),
);

for (const runtime of runtimes()) {
  if (values.runtime && values.runtime !== runtime.name.toLowerCase()) continue;
  console.log(`\n### ${runtime.name} ${runtime.version}\n`);
  console.log(`| | tests | on its \`node:dgram\` | on Volley |\n|---|---|---|---|`);
  /** @type {Record<string, FileResults[]>} */
  const all = { node: [], builtin: [] };
  for (const name of names) {
    const own = await runFile(runtime, name, 'node');
    const volley = await runFile(runtime, name, 'builtin');
    all.node?.push(own);
    all.builtin?.push(volley);
    console.log(row(own.file, [own], [volley]));
  }
  console.log(row('all', all.node ?? [], all.builtin ?? []));
  if (values.failures) for (const [target, files] of Object.entries(all)) list(target, files);
}

/**
 * @param {string} name
 * @param {FileResults[]} own
 * @param {FileResults[]} volley
 */
function row(name, own, volley) {
  return `| ${name} | ${volley.flatMap(({ results }) => results).length} | ${cell(own)} | ${cell(volley)} |`;
}

/** @param {FileResults[]} files */
function cell(files) {
  const results = files.flatMap((file) => file.results);
  const count = (/** @type {string} */ wanted) =>
    results.filter(({ outcome }) => outcome === wanted).length;
  const skipped = count('skipped');
  return `${count('passed')}, ${count('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

/**
 * @param {string} target
 * @param {FileResults[]} files
 */
function list(target, files) {
  console.log(`\nfailed on ${target}:\n`);
  for (const { file, results } of files) {
    for (const { name, outcome, reason = '' } of results) {
      if (outcome === 'failed') console.log(`- ${file}: ${name}: ${reason.split('\n').join(' ')}`);
    }
  }
}
