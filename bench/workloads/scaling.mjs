import { requireFiles } from './memory.mjs';

/** @type {import('../types.d.ts').Workload} */
export const scaling = {
  name: 'scaling',
  title: 'From 1 to 10,000 sockets in one process',
  description: 'A ring of sockets passes on 16 tokens: each receives one and sends it to the next.',
  figures: [
    { key: 'cost', title: 'µs a hop', unit: 'µs', better: 'lower' },
    { key: 'cpu', title: 'CPU µs a hop', unit: 'µs', better: 'lower' },
  ],
  contestants: ['volley', 'node', 'bun', 'deno'],
  cases: ({ quick, warmup, seconds }) =>
    (quick ? [1, 1000] : [1, 10, 100, 1000, 10_000]).map((count) => ({
      name: `${count.toLocaleString('en')} socket${count === 1 ? '' : 's'}`,
      async measure({ start }) {
        requireFiles(count);
        const ring = start('ring', { count, warmup, seconds });
        const told = await ring.line();
        await ring.ended();
        const hops = told.number('hops');
        return {
          figures: {
            cost: (told.number('seconds') / hops) * 1e6,
            cpu: (told.number('cpu') / hops) * 1e6,
          },
          faults: ['lost', 'altered']
            .filter((key) => told.number(key) > 0)
            .map((key) => `${told.number(key)} datagrams ${key}`),
        };
      },
    })),
};
