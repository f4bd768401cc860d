import { RATE, sendOneWay, sizes } from './one-way.mjs';

/** @param {boolean} quick */
function traffic(quick) {
  if (quick)
    return [
      { size: 64, connected: 0 },
      { size: 1200, connected: 1 },
    ];
  return [0, 1].flatMap((connected) => sizes(quick).map((size) => ({ size, connected })));
}

/** @type {import('../types.d.ts').Workload} */
export const send = {
  name: 'send',
  title: 'Send with a callback a datagram, one way',
  description:
    'The contestant sends one by one, a window at a time; a C program counts and checks what arrives.',
  figures: [RATE],
  contestants: ['volley', 'node', 'bun', 'deno', 'c'],
  cases: ({ quick }) =>
    traffic(quick).map(({ size, connected }) => ({
      name: `${size} B ${connected ? 'connected' : 'unconnected'}`,
      ...(connected ? { needs: 'connect' } : {}),
      async measure(bench) {
        const { rate, lost, faults } = await sendOneWay(bench, { size, connected });
        return { figures: { rate }, lost, faults };
      },
    })),
};
