// Timers of a process while one of its sockets is flooded.

/** @type {import('../types.d.ts').Figure} */
const p99 = { key: 'p99', title: 'p99', unit: 'ms', better: 'lower' };
/** @type {import('../types.d.ts').Figure} */
const p50 = { key: 'p50', title: 'p50', unit: 'ms', better: 'lower' };
/** @type {import('../types.d.ts').Figure} */
const max = { key: 'max', title: 'worst', unit: 'ms', better: 'lower' };

const SIZE = 64;

/** @type {import('../types.d.ts').Workload} */
export const flood = {
  name: 'flood',
  title: 'Lateness of timers while a socket is flooded',
  description: 'A C program sends as fast as it can; timers of 5 ms tell how late they are.',
  figures: [p99, p50, max],
  contestants: ['volley', 'volley-batches', 'node'],
  cases: () =>
    // Microseconds that a handler takes for each datagram.
    [0, 20].map((handler) => ({
      name: handler === 0 ? `${SIZE} B, counted` : `${SIZE} B, ${handler} µs each`,
      async measure({ start, peer, settings: { seconds, warmup } }) {
        const flooded = start('flooded', { handler, seconds, warmup });
        const { port } = await flooded.line();
        peer('source', { size: SIZE, port, seconds: warmup + seconds + 1 });
        const told = await flooded.line();
        await flooded.ended();
        const received = told.number('received');
        return {
          figures: {
            p50: told.number('p50'),
            p99: told.number('p99'),
            max: told.number('max'),
          },
          faults: received > 0 && told.number('timers') > 0 ? [] : ['nothing was measured'],
        };
      },
    })),
};
