/** Brings what the tests run on up to date: the native addon, `dist/` and `build/test/`. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../', import.meta.url));

const NATIVE = join(root, 'native');
const TSC = join(root, 'node_modules/typescript/bin/tsc');

/**
 * Runs a script under this Node; what it printed, or '' where it went well.
 *
 * @param {string[]} args
 */
export function complaints(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${stdout}${stderr}` || `${args.join(' ')} failed`;
}

/**
 * Compiles a TypeScript project.
 *
 * @param {string} project
 * @param {string[]} more
 */
export function compile(project, ...more) {
  return complaints(TSC, '-p', project, '--pretty', 'false', ...more);
}

/**
 * Compiles `src/` and makes `dist/` of it; what went wrong. It begins with nothing, or what was renamed
 * since would be packed under its old name.
 */
export function buildSources() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  return [compile('tsconfig.json'), complaints(join(root, 'scripts/bundle.mjs'))].join('');
}

/** Builds the addon where a source of it is newer than the last build. */
export function buildNative() {
  const built = newest(join(NATIVE, 'build/Release'), /\.node$/);
  const sources = newest(NATIVE, /\.(?:[ch]|gyp)$/);
  if (built >= sources) return '';
  return complaints(join(root, 'scripts/build-native.mjs'));
}

/** Builds the addon that the package brings for this machine, where a source of it is newer. */
export function buildPrebuild() {
  if (process.platform !== 'linux') return '';
  return complaints(join(root, 'scripts/prebuild/main.mjs'), 'host');
}

/**
 * When the newest of a directory's matching files was written, in milliseconds; 0 for none.
 *
 * @param {string} directory
 * @param {RegExp} pattern
 */
export function newest(directory, pattern) {
  if (!existsSync(directory)) return 0;
  const names = readdirSync(directory).filter((name) => pattern.test(name));
  return Math.max(0, ...names.map((name) => statSync(join(directory, name)).mtimeMs));
}
