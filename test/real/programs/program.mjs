/**
 * What the programs in this folder share. Each is started by itself:
 *
 *     node [--import volley/register] NAME.mjs [--rounds N] [--with-command]
 *
 * It does its work, checks it, prints one line of JSON, `{ outcome, milliseconds, cpuMilliseconds }`, and ends
 * when nothing of its own keeps it. `--with-command` lets a program of Debian's take part, where there is one.
 */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseArgs, promisify } from 'node:util';

const LIMIT_MILLISECONDS = 60_000;

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, 'with-command': { type: 'boolean', default: false } },
});

/** Whether a program of Debian's is to take part. */
export const withCommand = values['with-command'];

/**
 * How often to do the work.
 *
 * @param {number} usual
 */
export function rounds(usual) {
  return values.rounds === undefined ? usual : Number(values.rounds);
}

/**
 * Does the work and prints what was observed. What keeps the process a minute is an error.
 *
 * @param {() => Promise<Record<string, unknown>>} work resolves with the outcome, which must be
 *   the same each time: no ports, no times
 */
export async function observe(work) {
  const overdue = setTimeout(() => {
    console.error(`not done after ${LIMIT_MILLISECONDS} ms`);
    process.exit(1);
  }, LIMIT_MILLISECONDS);
  overdue.unref();
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const outcome = await work();
  const milliseconds = performance.now() - started;
  const { user, system } = process.cpuUsage(cpuBefore);
  console.log(JSON.stringify({ outcome, milliseconds, cpuMilliseconds: (user + system) / 1000 }));
}

/** A UDP port that was free a moment ago, for programs that cannot say which one they were given. */
export async function freePort() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/**
 * Waits for a callback; one that was given an error rejects.
 *
 * @param {(done: (error?: unknown) => void) => void} start
 * @returns {Promise<void>}
 */
export function called(start) {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}

/**
 * Runs a command to its end; what it printed.
 *
 * @param {string} command
 * @param {string[]} args
 */
export async function output(command, ...args) {
  const { stdout } = await promisify(execFile)(command, args, { timeout: 20_000 });
  return stdout.trim();
}

/**
 * Runs the tasks `0` to `count - 1`, some of them at a time; their results in that order.
 *
 * @template Result
 * @param {number} count
 * @param {number} atOnce
 * @param {(index: number) => Promise<Result>} task
 */
export async function inFlight(count, atOnce, task) {
  /** @type {Result[]} */
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await task(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return results;
}
