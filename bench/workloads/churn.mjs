/** @type {import('../types.d.ts').Workload} */
export const churn = {
  name: 'churn',
  title: 'A socket for each query',
  description: 'Open a socket, ask a C program, close on its answer; one after the other.',
  figures: [{ key: 'rate', title: 'queries/s', unit: 'per second', better: 'higher' }],
  contestants: ['volley', 'node', 'bun', 'deno'],
  cases: ({ seconds, warmup }) => [
    {
      name: '64 B',
      async measure({ start, peer }) {
        const server = peer('echo', { size: 64 });
        const { port } = await server.line();
        const client = start('churn', { port, seconds, warmup });
        const told = await client.line();
        await client.ended();
        await server.finish();
        return { figures: { rate: told.number('queries') / told.number('seconds') }, faults: [] };
      },
    },
  ],
};
