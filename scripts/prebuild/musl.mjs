/**
 * Debian's musl for any architecture, as a directory to compile and link against. Debian has no cross
 * package of it, so the packages of the other architecture are unpacked, not installed.
 *
 * @typedef {import('./targets.mjs').Target} Target
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build.mjs';
import { execute } from './execute.mjs';

const CACHE = join(root, 'build/musl');

/**
 * Where the files of musl for a target are: `lib/TRIPLE/libc.so`, which is the loader too, and
 * `usr/include/TRIPLE`; and the kernel's headers, in `usr/include` and in one beside musl's. They are fetched
 * where they are not there yet.
 *
 * @param {Target} target
 */
export function muslRoot(target) {
  const directory = join(CACHE, target.muslTriple);
  if (!existsSync(directory)) fetch(target.debian, directory);
  return directory;
}

/**
 * Lists and packages of apt-get(8) lie in a directory of our own: nothing changes on the system, root is not
 * needed, and the signatures are checked as ever.
 *
 * @param {string} architecture
 * @param {string} directory
 */
function fetch(architecture, directory) {
  const scratch = join(CACHE, `fetching-${architecture}`);
  const packages = join(scratch, 'packages');
  rmSync(scratch, { recursive: true, force: true });
  for (const name of ['lists/partial', 'archives/partial', 'packages', 'unpacked']) {
    mkdirSync(join(scratch, name), { recursive: true });
  }
  const own = Object.entries({
    'Dir::State::Lists': join(scratch, 'lists'),
    'Dir::Cache': scratch,
    'APT::Architectures::': architecture,
    // As root, apt-get would download as a user who may not write here.
    'APT::Sandbox::User': 'root',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const need = 'musl for an addon comes from the Debian archive: it takes Debian and its mirror';
  execute('apt-get', [...own, '-qq', 'update'], { need });
  const names = ['musl', 'musl-dev', 'linux-libc-dev'].map((name) => `${name}:${architecture}`);
  execute('apt-get', [...own, '-qq', 'download', ...names], { directory: packages, need });
  for (const name of readdirSync(packages)) {
    execute('dpkg-deb', ['--extract', join(packages, name), join(scratch, 'unpacked')], { need });
  }
  renameSync(join(scratch, 'unpacked'), directory);
  rmSync(scratch, { recursive: true });
}
