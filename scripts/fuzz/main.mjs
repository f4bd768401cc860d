/**
 * Searches for inputs that the parsers in C get wrong.
 *
 *     npm run fuzz [-- [--minutes N] [--minimise] [HARNESS...]]     (5 minutes in all, unless told otherwise)
 *     node scripts/fuzz/main.mjs --replay [HARNESS...]              (the corpus once, without clang)
 *
 * What is new is kept in build/fuzz/corpus and searched on from; `--minimise` then rewrites test/fuzz/corpus with the
 * least that reaches as much. Without `--minutes`, `--minimise` does only that. A finding fails the run.
 *
 * @typedef {import('./harnesses.mjs').Harness} Harness
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../build.mjs';
import {
  buildFuzzer,
  buildReplay,
  corpusOf,
  dictionaryOf,
  filesOf,
  harnesses,
  seedsOf,
} from './harnesses.mjs';

/** So many search at once. */
const JOBS = 2;
const WORK = join(root, 'build/fuzz');
const FOUND = join(WORK, 'corpus');
const FINDINGS = join(WORK, 'findings');

const { values, positionals } = parseArgs({
  options: {
    minutes: { type: 'string' },
    minimise: { type: 'boolean', default: false },
    replay: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

for (const name of positionals) {
  if (!harnesses.some((harness) => harness.name === name)) {
    const names = harnesses.map((harness) => harness.name).join(', ');
    throw new Error(`no harness ${name}; there are ${names}`);
  }
}
const chosen = harnesses.filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
);
const minutes = Number(values.minutes ?? (values.minimise ? 0 : 5));
if (!(minutes >= 0)) throw new RangeError(`--minutes ${values.minutes}: it takes a number`);

if (values.replay) {
  for (const harness of chosen) replay(harness);
} else {
  if (minutes > 0) await searchAll();
  if (values.minimise && !process.exitCode) for (const harness of chosen) minimise(harness);
}

/** @param {Harness} harness */
function replay(harness) {
  const files = [seedsOf(harness.name), corpusOf(harness.name)].flatMap(filesOf);
  const { status, signal, stderr } = spawnSync(buildReplay(harness), files, { encoding: 'utf8' });
  const fine = status === 0 && files.length > 0;
  console.log(`${harness.name.padEnd(16)} ${files.length} inputs: ${fine ? 'ok' : 'FAILED'}`);
  if (fine) return;
  process.exitCode = 1;
  console.log(files.length === 0 ? 'no corpus' : `${signal ?? status}\n${lastLines(stderr)}`);
}

/** Each harness gets its share of the time, JOBS of them at once. */
async function searchAll() {
  const seconds = Math.ceil((minutes * 60 * Math.min(JOBS, chosen.length)) / chosen.length);
  const waiting = [...chosen];
  console.log(`${'harness'.padEnd(16)} executions      edges     corpus     seconds`);
  const workers = Array.from({ length: JOBS }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await search(next, seconds);
  });
  await Promise.all(workers);
}

/**
 * @param {Harness} harness
 * @param {number} seconds
 */
async function search(harness, seconds) {
  const { name, longest } = harness;
  const fuzzer = buildFuzzer(harness);
  const found = join(FOUND, name);
  for (const folder of [found, FINDINGS]) mkdirSync(folder, { recursive: true });
  const args = [
    `-max_total_time=${seconds}`,
    `-max_len=${longest}`,
    `-artifact_prefix=${FINDINGS}/${name}-`,
    ...['-use_value_profile=1', '-print_final_stats=1', '-timeout=20'],
    ...dictionaryOf(name),
    // What is found is written to the first folder.
    ...[found, corpusOf(name), seedsOf(name)].filter(existsSync),
  ];
  const began = performance.now();
  const { fine, output } = await ended(fuzzer, args, seconds + 120);
  const executions = output.match(/stat::number_of_executed_units:\s*(\d+)/)?.[1] ?? '?';
  const [, edges = '?', corpus = '?'] =
    [...output.matchAll(/cov: (\d+).* corp: (\d+)/g)].at(-1) ?? [];
  const took = ((performance.now() - began) / 1000).toFixed(0);
  const cells = [executions, edges, corpus, took].map((cell) => cell.padStart(10)).join(' ');
  console.log(`${name.padEnd(16)} ${cells}  ${fine ? 'ok' : 'FAILED'}`);
  if (!fine) complain(harness, fuzzer, output);
}

/**
 * Says what was found, and how to see it again.
 *
 * @param {Harness} harness
 * @param {string} fuzzer
 * @param {string} output
 */
function complain({ name }, fuzzer, output) {
  process.exitCode = 1;
  console.log(lastLines(output));
  const input = output.match(/Test unit written to (\S+)/)?.[1];
  if (input === undefined) return;
  console.log(
    [
      `The input is ${relative(root, input)}. To see it again:`,
      `    ${relative(root, fuzzer)} ${relative(root, input)}`,
      `Once it is mended, keep it: cp ${relative(root, input)} ${relative(root, seedsOf(name))}/what-it-is`,
    ].join('\n'),
  );
}

/** @param {string} output */
function lastLines(output) {
  return output.split('\n').slice(-60).join('\n');
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {number} limit in seconds
 * @returns {Promise<{ fine: boolean, output: string }>}
 */
function ended(program, args, limit) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: limit * 1000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    // An hour's search says a lot, and only the end counts.
    output = (output + text).slice(-1_000_000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ fine: code === 0, output }));
  });
}

/**
 * Rewrites the corpus with the least that reaches what it reached together with what was found.
 *
 * @param {Harness} harness
 */
function minimise(harness) {
  const corpus = corpusOf(harness.name);
  mkdirSync(corpus, { recursive: true });
  const least = mkdtempSync(`${corpus}-`);
  const given = [corpus, join(FOUND, harness.name)].filter((folder) => filesOf(folder).length > 0);
  const { status, stderr } = spawnSync(
    buildFuzzer(harness),
    ['-set_cover_merge=1', `-max_len=${harness.longest}`, least, ...given],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  const count = readdirSync(least).length;
  if (status !== 0 || count === 0) {
    rmSync(least, { recursive: true });
    throw new Error(`${harness.name} could not be minimised:\n${lastLines(stderr)}`);
  }
  rmSync(corpus, { recursive: true });
  renameSync(least, corpus);
  console.log(`${harness.name.padEnd(16)} ${count} inputs kept`);
}
