import { RATE, receiveOneWay, sizes } from './one-way.mjs';

/** @type {import('../types.d.ts').Workload} */
export const receive = {
  name: 'receive',
  title: 'Receive, one way',
  description:
    'A C program sends as fast as it can; the contestant counts and checks what arrives.',
  figures: [RATE],
  contestants: ['volley', 'volley-batches', 'node', 'bun', 'deno', 'c'],
  cases: ({ quick }) =>
    sizes(quick).map((size) => ({
      name: `${size} B`,
      async measure(bench) {
        const { rate, faults } = await receiveOneWay(bench, { size });
        return { figures: { rate }, faults };
      },
    })),
};
