import { RATE, receiveOneWay, sendOneWay } from './one-way.mjs';

/** @type {import('../types.d.ts').Workload} */
export const mixedSizes = {
  name: 'mixed-sizes',
  title: 'Mixed sizes',
  description:
    "A stream of 44 to 1232 bytes a datagram, many small and few large, like a resolver's answers.",
  figures: [RATE],
  contestants: ['volley', 'volley-batches', 'node', 'bun', 'deno', 'c'],
  cases: () => [
    {
      name: 'in',
      async measure(bench) {
        const { rate, faults } = await receiveOneWay(bench, { size: 'mixed' });
        return { figures: { rate }, faults };
      },
    },
    {
      name: 'out',
      async measure(bench) {
        const { rate, lost, faults } = await sendOneWay(bench, { size: 'mixed', many: 1 });
        return { figures: { rate }, lost, faults };
      },
    },
  ],
};
