import { RATE, sendOneWay } from './one-way.mjs';

const TRAFFIC = [
  { size: 64, connected: 0, block: 0 },
  { size: 1200, connected: 0, block: 0 },
  { size: 64, connected: 1, block: 0 },
  { size: 1200, connected: 1, block: 0 },
  { size: 64, connected: 0, block: 1 },
  { size: 1200, connected: 0, block: 1 },
];

/** @type {import('../types.d.ts').Workload} */
export const sendMany = {
  name: 'send-many',
  title: 'Send by the batch, one way',
  description:
    'As send, by the API for batches where there is one; node:dgram and Deno send one by one. "End to end": Volley gets the payloads in one block, as the C program always has them.',
  figures: [RATE],
  contestants: ['volley-batches', 'node', 'bun', 'deno', 'c'],
  cases: ({ quick }) =>
    (quick ? TRAFFIC.slice(0, 1) : TRAFFIC).map(({ size, connected, block }) => ({
      name: `${size} B ${connected ? 'connected' : 'unconnected'}${block ? ', end to end' : ''}`,
      ...(connected ? { needs: 'connect' } : {}),
      async measure(bench) {
        const { rate, lost, faults } = await sendOneWay(bench, { size, connected, block, many: 1 });
        return { figures: { rate }, lost, faults };
      },
    })),
};
