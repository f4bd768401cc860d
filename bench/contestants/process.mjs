// How a contestant's program talks to the runner: JSON lines out, the end of the standard input in.
import process from 'node:process';

/** @param {Record<string, unknown>} line */
export function report(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** @returns {Promise<void>} */
export function inputEnds() {
  return new Promise((resolve) => {
    process.stdin.on('end', () => resolve());
    process.stdin.resume();
  });
}

/** Seconds of processor time of this whole process, in user and kernel mode. */
export function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * Runs the role that was asked for, and ends the process, whatever handles are still open.
 *
 * @param {Record<string, () => Promise<void>>} roles
 * @param {string} role
 */
export async function play(roles, role) {
  try {
    const act = roles[role];
    if (act === undefined) throw new Error(`there is no role ${role}`);
    await act();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  }
  // What was written to a pipe is not gone yet; the callback runs when it is.
  process.stdout.write('', () => process.exit(0));
}
