/** Running the programs that building takes. */
import { spawnSync } from 'node:child_process';
import { root } from '../build.mjs';

/**
 * Runs a program; what it printed. Throws what it complained of, and what to do.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ need: string, directory?: string, input?: string }} options `need`: what to say of a program that
 *   fails or is missing
 */
export function execute(program, args, { need, directory = root, input }) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C' },
    ...(input === undefined ? {} : { input }),
  });
  if (status === 0) return stdout;
  const said = error?.message ?? `${stdout}${stderr}`.trim();
  throw new Error(`${program} failed. ${need}.\n${said}`);
}

/**
 * Whether a program of this name can be run.
 *
 * @param {string} program
 */
export function isInstalled(program) {
  return spawnSync(program, ['--version']).status === 0;
}
