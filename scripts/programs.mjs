/** The programs of others that the suite `programs` runs: they have a folder and a lock file of their own. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.mjs';

const FOLDER = join(root, 'test/real/programs');

/** Installs what the lock file names, unless that is there; what went wrong, or ''. */
export function installPrograms() {
  if (written('node_modules/.package-lock.json') >= written('package-lock.json')) return '';
  console.log(`installing the programs of ${FOLDER}`);
  const { error, status, stderr } = spawnSync('npm', ['ci', '--prefix', FOLDER, ...QUIETLY], {
    encoding: 'utf8',
  });
  return status === 0 ? '' : `npm ci --prefix test/real/programs failed: ${error ?? stderr}`;
}

const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=error'];

/**
 * When a file of the folder was written, in milliseconds; 0 where it is not there.
 *
 * @param {string} name
 */
function written(name) {
  const path = join(FOLDER, name);
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}
