import { RATE, sendOneWay } from './one-way.mjs';

/** @type {import('../types.d.ts').Workload} */
export const fanOut = {
  name: 'fan-out',
  title: 'Fan-out of one payload',
  description: 'The contestant sends the same payload to 1,000 destinations, over and over.',
  figures: [RATE],
  contestants: ['volley', 'volley-batches', 'node', 'bun', 'deno', 'c'],
  cases: ({ quick }) => {
    const ports = quick ? 100 : 1000;
    return [
      {
        name: `64 B to ${ports.toLocaleString('en')}`,
        async measure(bench) {
          // A volley goes to every destination once.
          const traffic = { size: 64, ports, window: ports, 'one-payload': 1, many: 1 };
          const { rate, lost, faults } = await sendOneWay(bench, traffic);
          return { figures: { rate }, lost, faults };
        },
      },
    ];
  },
};
