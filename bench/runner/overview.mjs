// The rows of the README's table and chart: which figures of which workloads say the most.

/**
 * @typedef {import('../types.d.ts').Figure} Figure
 * @typedef {import('../types.d.ts').Outcome} Outcome
 * @typedef {import('../types.d.ts').WorkloadResult} WorkloadResult
 *
 * @typedef {object} Row
 * @property {string} title
 * @property {Figure} figure
 * @property {readonly Outcome[]} outcomes
 * @property {boolean} charted whether the chart has it too
 */

/** Title, workload, what the case's name begins with, figure, and whether the chart has it. */
const ROWS = /** @type {const} */ ([
  ['Receive, 64 B', 'receive', '64 B', 'rate', true],
  ['Receive, 1200 B', 'receive', '1200 B', 'rate', true],
  ['Send with a callback, 64 B, connected', 'send', '64 B connected', 'rate', true],
  ['Send with a callback, 1200 B, connected', 'send', '1200 B connected', 'rate', false],
  ['Send with a callback, 64 B, unconnected', 'send', '64 B unconnected', 'rate', false],
  ['Send by the batch, 64 B', 'send-many', '64 B unconnected', 'rate', true],
  ['Send by the batch, 64 B, in one block', 'send-many', '64 B unconnected, end', 'rate', false],
  ['Fan-out of one payload', 'fan-out', '', 'rate', true],
  ['Mixed sizes, in', 'mixed-sizes', 'in', 'rate', false],
  ['Mixed sizes, out', 'mixed-sizes', 'out', 'rate', false],
  ['Echo, 16 peers × 16', 'echo-16x16', '', 'rate', true],
  ['Echo, 1,000 peers', 'echo-1000', '', 'rate', true],
  ['Latency, one peer, p50', 'echo-latency', '', 'p50', true],
  ['Latency, one peer, p99', 'echo-latency', '', 'p99', false],
  ['CPU a datagram, in', 'cpu', 'in, as fast', 'cpu', false],
  ['CPU a datagram, out', 'cpu', 'out, as fast', 'cpu', false],
  ['Memory of an idle socket', 'idle-memory', '', 'rss', true],
  ['Memory of a kept message, every one', 'kept-memory', 'every', 'kept', false],
  ['Memory of a kept message, one of 100', 'kept-memory', 'one of', 'kept', false],
  ['A socket for each query', 'churn', '', 'rate', false],
  ['Import and create a socket', 'import-time', '', 'time', false],
]);

/**
 * The rows that were measured.
 *
 * @param {Map<string, WorkloadResult>} workloads
 * @returns {readonly Row[]}
 */
export function overview(workloads) {
  return ROWS.flatMap(([title, workload, prefix, key, charted]) => {
    const result = workloads.get(workload);
    const figure = result?.figures.find((one) => one.key === key);
    const test = result?.cases.find(({ name }) => name.startsWith(prefix));
    return figure === undefined || test === undefined
      ? []
      : [{ title, figure, outcomes: test.outcomes, charted }];
  });
}
