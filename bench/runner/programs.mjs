// Finds the programs of a run, and makes those that can be made: packages from the registry, the
// C program from bench/reference.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {import('../types.d.ts').Program} Program
 * @typedef {import('../types.d.ts').Missing} Missing
 * @typedef {import('../types.d.ts').Programs} Programs
 */

export const bench = fileURLToPath(new URL('..', import.meta.url));
export const root = fileURLToPath(new URL('../..', import.meta.url));

const INSTALLING = 300_000;
const COMPILING = 120_000;
const ASKING = 20_000;

/**
 * Installs the packages of bench/package.json where they are missing.
 *
 * @param {(text: string) => void} say
 */
export function install(say) {
  if (existsSync(join(bench, 'node_modules'))) return;
  say('bench/node_modules is missing; getting the other runtimes and the charting library …');
  const words = ['ci', '--prefix', bench, '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = run('npm', words, INSTALLING);
  if (status !== 0) {
    const [reason = ''] = stderr.split('\n\n');
    say(`npm ci --prefix bench failed, so there are no charts, no Bun and no Deno:\n${reason}`);
  }
}

/**
 * @param {string} node
 * @returns {Programs}
 */
export function programs(node) {
  const version = tell(node, ['--version']);
  if (version === undefined) throw new Error(`${node} is no Node that runs here`);
  const volley = join(root, 'dist/index.js');
  if (!existsSync(volley)) throw new Error('Volley is not built; run: npm run build');
  return {
    node: { file: node, version },
    reference: compileReference(),
    bun: find('Bun', '@oven', 'bin/bun'),
    deno: find('Deno', '@deno', 'deno'),
    volley,
  };
}

/** @returns {Program} */
function compileReference() {
  const source = join(bench, 'reference');
  const target = join(bench, 'build', 'reference');
  mkdirSync(join(bench, 'build'), { recursive: true });
  const files = readdirSync(source).filter((name) => name.endsWith('.c'));
  const warnings = ['-Wall', '-Wextra', '-Werror', '-Wconversion'];
  const words = ['-O2', '-std=gnu11', ...warnings, '-o', target, ...files];
  const { status, stderr } = run('cc', words, COMPILING, source);
  if (status !== 0) throw new Error(`bench/reference does not compile:\n${stderr}`);
  const [version = 'cc'] = (tell('cc', ['--version']) ?? '').split('\n');
  return { file: target, version };
}

/**
 * A runtime that is installed. A package holds its binary for one platform; the packages `bun` and
 * `deno` put it in place by an install script, which npm 12 does not run, so we take it from there.
 *
 * @param {string} name
 * @param {string} scope of the packages
 * @param {string} binary its path in each of them
 * @returns {Program | Missing}
 */
export function find(name, scope, binary) {
  const directory = join(bench, 'node_modules', scope);
  for (const platform of existsSync(directory) ? readdirSync(directory) : []) {
    const file = join(directory, platform, binary);
    const version = tell(file, ['--version'])?.match(/\d+\.\d+\.\d+/)?.[0];
    if (version !== undefined) return { file, version };
  }
  return { missing: `${name} is not there or does not run here; npm ci --prefix bench gets it` };
}

/**
 * What a program says, or nothing where it does not run.
 *
 * @param {string} file
 * @param {readonly string[]} words
 */
export function tell(file, words) {
  const { status, stdout } = run(file, words, ASKING);
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * @param {string} file
 * @param {readonly string[]} words
 * @param {number} timeout in milliseconds
 * @param {string} [cwd]
 */
function run(file, words, timeout, cwd) {
  const { status, stdout, stderr, error } = spawnSync(file, words, {
    encoding: 'utf8',
    timeout,
    cwd,
  });
  return { status, stdout: stdout ?? '', stderr: stderr || (error?.message ?? '') };
}
