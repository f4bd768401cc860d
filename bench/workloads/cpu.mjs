import { receiveOneWay, sendOneWay } from './one-way.mjs';

/** Datagrams a second of a server that is busy but far from its limit, with any contestant. */
const rate = 50_000;
const size = 64;

/** @typedef {(bench: import('../types.d.ts').Bench) => ReturnType<typeof receiveOneWay>} Way */

/** @type {readonly (readonly [string, Way])[]} */
const ways = [
  ['in, as fast as it goes', (bench) => receiveOneWay(bench, { size })],
  ['in, 50,000/s in trains', (bench) => receiveOneWay(bench, { size, rate })],
  ['in, 50,000/s one by one', (bench) => receiveOneWay(bench, { size, rate, gso: 0 })],
  ['out, as fast as it goes', (bench) => sendOneWay(bench, { size, many: 1 })],
  ['out, 50,000/s', (bench) => sendOneWay(bench, { size, rate, many: 1 })],
];

/** @type {import('../types.d.ts').Workload} */
export const cpu = {
  name: 'cpu',
  title: 'CPU seconds a million datagrams',
  description:
    'User and kernel time of the contestant, 64 bytes a datagram: as fast as it goes, and paced.',
  figures: [{ key: 'cpu', title: 'CPU s / million', unit: 'CPU s a million', better: 'lower' }],
  contestants: ['volley', 'volley-batches', 'node', 'bun', 'deno', 'c'],
  cases: ({ quick }) =>
    (quick ? ways.slice(0, 1) : ways).map(([name, run]) => ({
      name,
      async measure(bench) {
        const { cpu, faults } = await run(bench);
        return { figures: { cpu }, faults };
      },
    })),
};
