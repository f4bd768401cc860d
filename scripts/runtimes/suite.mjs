/**
 * Runs the compiled contract suite under another runtime, file by file.
 *
 * @typedef {import('./harness.mjs').Result} Result
 *
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string} version
 * @property {readonly [string, ...string[]]} command what runs a script
 *
 * @typedef {object} FileResults
 * @property {string} file its name, without `.test.js`
 * @property {Result[]} results one for each test, in their order
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { find } from '../../bench/runner/programs.mjs';
import { root } from '../build.mjs';
import { endGroup } from '../process-group.mjs';

const HARNESS = fileURLToPath(new URL('harness.mjs', import.meta.url));
const COMPILED = join(root, 'build/test');
/** At the same depth as the original, since tests find their fixtures by relative paths. */
const COPY = join(root, 'build/test-runtimes');
/** A process that runs so long is ended, and the test it is at has failed. */
const LIMIT_MILLISECONDS = 120_000;

/** @returns {Runtime[]} those that `npm ci --prefix bench` has brought */
export function runtimes() {
  const bun = find('Bun', '@oven', 'bin/bun');
  const deno = find('Deno', '@deno', 'deno');
  /** @type {Runtime[]} */
  const found = [];
  if ('file' in bun) found.push({ name: 'Bun', version: bun.version, command: [bun.file, 'run'] });
  if ('file' in deno)
    found.push({ name: 'Deno', version: deno.version, command: [deno.file, 'run', '-A'] });
  return found;
}

/** Copies the compiled tests, with our harness in place of `node:test`. Returns the names of the files. */
export function prepareTests() {
  rmSync(COPY, { recursive: true, force: true });
  for (const directory of ['contract', 'support']) {
    cpSync(join(COMPILED, directory), join(COPY, directory), { recursive: true });
  }
  const names = readdirSync(join(root, 'test/contract'))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => name.replace(/\.ts$/, '.js'));
  for (const name of names) {
    const path = join(COPY, 'contract', name);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(`'node:test'`, `'${pathToFileURL(HARNESS)}'`));
  }
  return names.sort();
}

/**
 * Runs a test file to its end; a test that ends the process or stalls it has failed, and a new process
 * goes on with the next one.
 *
 * @param {Runtime} runtime
 * @param {string} name of a prepared test file
 * @param {string} target for VOLLEY_TEST_TARGET
 * @returns {Promise<FileResults>}
 */
export async function runFile(runtime, name, target) {
  const scratch = mkdtempSync(join(tmpdir(), 'volley-runtimes-'));
  try {
    /** @type {Result[]} */
    const results = [];
    let count = 1;
    while (results.length < count) {
      const path = join(scratch, `${results.length}`);
      const ending = await runFrom(
        runtime,
        join(COPY, 'contract', name),
        path,
        results.length,
        target,
      );
      const { tests, made } = read(path);
      count = tests.length || 1;
      results.push(...made);
      if (results.length < count) {
        results.push({ name: tests[results.length] ?? name, outcome: 'failed', reason: ending });
      }
    }
    return { file: name.replace('.test.js', ''), results };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/**
 * @param {Runtime} runtime
 * @param {string} file
 * @param {string} results where the harness writes
 * @param {number} first test to run
 * @param {string} target
 * @returns {Promise<string>} how the process ended
 */
async function runFrom({ command: [program, ...words] }, file, results, first, target) {
  writeFileSync(results, '');
  const child = spawn(program, [...words, HARNESS, file, results, String(first)], {
    cwd: root,
    env: { ...process.env, VOLLEY_TEST_TARGET: target, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, to be ended as a whole: tests lose children here, which go on for ever.
    detached: true,
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaints += text;
  });
  const overdue = setTimeout(() => child.kill('SIGKILL'), LIMIT_MILLISECONDS);
  const [status, signal] = await once(child, 'exit');
  clearTimeout(overdue);
  endGroup(child.pid);
  const [said = ''] = complaints.split('\n').filter((line) => /error|panic/i.test(line));
  return `the process ended by ${signal ?? `exit code ${status}`} ${said}`.trim();
}

/** @param {string} path of what the harness wrote */
function read(path) {
  const [head, ...made] = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return {
    tests: /** @type {string[]} */ (head?.tests ?? []),
    made: /** @type {Result[]} */ (made),
  };
}
