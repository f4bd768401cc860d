/** Processes a round; a single one says little. */
const PROCESSES = 5;

/** @type {import('../types.d.ts').Workload} */
export const importTime = {
  name: 'import-time',
  title: 'Time to import and create a first socket',
  description: 'In a fresh process, from before the import until a socket is there.',
  figures: [{ key: 'time', title: 'ms', unit: 'ms', better: 'lower' }],
  contestants: ['volley', 'node', 'bun', 'deno'],
  cases: ({ quick }) => [
    {
      name: 'import and create',
      async measure({ start }) {
        let sum = 0;
        const processes = quick ? 1 : PROCESSES;
        for (let at = 0; at < processes; at += 1) {
          const child = start('import', {});
          sum += (await child.line()).number('milliseconds');
          await child.ended();
        }
        return { figures: { time: sum / processes }, faults: [] };
      },
    },
  ],
};
