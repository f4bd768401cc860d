// What sockets and messages cost, once the garbage is gone.
import { Unavailable } from '../runner/child.mjs';
import { openFiles } from '../runner/machine.mjs';

/**
 * @typedef {import('../types.d.ts').Figure} Figure
 * @typedef {import('../types.d.ts').Workload} Workload
 */

/** Files that a process has open besides its sockets, with room to spare. */
const OTHER_FILES = 100;

/** Messages that are kept: enough to show in RSS. */
const KEPT = 10_000;
/** Longer than any contestant takes until so many are kept, in seconds. */
const SENDING = 60;

/** @type {readonly Figure[]} */
const figures = [
  { key: 'rss', title: 'RSS', unit: 'bytes', better: 'lower' },
  { key: 'heap', title: 'JS heap', unit: 'bytes', better: 'lower' },
  { key: 'external', title: 'external', unit: 'bytes', better: 'lower' },
];

/** @type {Workload} */
export const idleMemory = {
  name: 'idle-memory',
  title: 'Memory of an idle socket',
  description:
    'Bound sockets with a listener and no traffic: bytes for each, less what was there before.',
  figures,
  contestants: ['volley', 'node', 'bun', 'deno'],
  cases({ quick }) {
    const count = quick ? 1000 : 10_000;
    return [
      {
        name: `${count.toLocaleString('en')} sockets`,
        async measure({ start }) {
          requireFiles(count);
          return { figures: memory(await start('idle', { count }).line()), faults: [] };
        },
      },
    ];
  },
};

/** @type {Workload} */
export const keptMemory = {
  name: 'kept-memory',
  title: 'Memory of a kept message',
  description:
    'Messages of 64 bytes come in a stream and some are kept: bytes for each that is kept.',
  figures: [{ key: 'kept', title: 'heap + external', unit: 'bytes', better: 'lower' }, ...figures],
  contestants: ['volley', 'volley-batches', 'node', 'bun', 'deno'],
  cases: ({ quick }) =>
    [1, 100].map((every) => ({
      name: every === 1 ? 'every message kept' : `one of ${every} kept`,
      async measure({ start, peer }) {
        const count = quick ? 1000 : KEPT;
        const sink = start('keep', { count, every });
        const { port } = await sink.line();
        // It is ended when enough is kept.
        peer('source', { size: 64, port, seconds: SENDING });
        const found = memory(await sink.line());
        return { figures: { kept: found.heap + found.external, ...found }, faults: [] };
      },
    })),
};

/** @param {import('../runner/child.mjs').Figures} line */
function memory(line) {
  return {
    rss: line.number('rss'),
    heap: line.number('heap'),
    external: line.number('external'),
  };
}

/** @param {number} sockets */
export function requireFiles(sockets) {
  const limit = openFiles();
  if (limit < sockets + OTHER_FILES) {
    throw new Unavailable(`a process may open ${limit} files here; raise it with: ulimit -n`);
  }
}
