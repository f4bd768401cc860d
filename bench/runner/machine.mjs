// What the figures were measured on, and how processes are kept on cores of their own.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root, tell } from './programs.mjs';

/**
 * @typedef {import('../types.d.ts').Command} Command
 * @typedef {import('../types.d.ts').Machine} Machine
 * @typedef {import('../types.d.ts').Programs} Programs
 *
 * @typedef {object} Pinning
 * @property {number | undefined} contestant the last core
 * @property {number | undefined} peer the first one
 * @property {string} how in words
 */

/** @returns {Pinning} */
export function pinning() {
  const free = { contestant: undefined, peer: undefined };
  const cores = allowedCores();
  if (cores.length < 2) {
    return { ...free, how: 'not pinned: there is one core, which contestant and peer share' };
  }
  if (tell('taskset', ['--version']) === undefined) {
    return { ...free, how: 'not pinned: there is no taskset (Debian: util-linux)' };
  }
  const contestant = cores.at(-1);
  const peer = cores[0];
  return { contestant, peer, how: `contestant on core ${contestant}, peer on core ${peer}` };
}

/** The cores that this process may use; containers often get some of the machine's (cpuset(7)). */
function allowedCores() {
  const list = status('Cpus_allowed_list') ?? `0-${availableParallelism() - 1}`;
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

/**
 * A field of /proc/self/status.
 *
 * @param {string} name
 */
function status(name) {
  try {
    const line = readFileSync('/proc/self/status', 'utf8').split('\n');
    return line
      .find((text) => text.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  } catch {
    return undefined;
  }
}

/**
 * The command, run on one core with all its threads.
 *
 * @param {Command} command
 * @param {number | undefined} core
 * @returns {Command}
 */
export function onCore(command, core) {
  if (core === undefined) return command;
  const words = ['-c', String(core), command.file, ...command.arguments];
  return { ...command, file: 'taskset', arguments: words };
}

/** How many files a child of this process may open: Node raises its own limit to the hard one. */
export function openFiles() {
  const limit = tell('sh', ['-c', 'ulimit -n']) ?? '';
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

/** The receive buffer that a program may ask for, in bytes as the kernel counts (socket(7)). */
export function receiveBuffer() {
  // The kernel doubles what is asked for, and charges a datagram with all that it allocates for it.
  return 2 * Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'));
}

/** How many processes ran or waited for a core in the last minute, before anything is measured. */
function load() {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}

/**
 * @param {Programs} programs
 * @param {Pinning} pins
 * @returns {Machine}
 */
export function machine({ node, bun, deno, reference }, { how }) {
  const [processor] = cpus();
  return {
    date: new Date().toISOString(),
    processor: processor?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    pinned: how,
    load: load(),
    versions: {
      volley: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
      node: node.version,
      ...('version' in bun ? { bun: bun.version } : {}),
      ...('version' in deno ? { deno: deno.version } : {}),
      cc: reference.version,
    },
  };
}
