/**
 * What a soak prints.
 *
 * @typedef {import('./crew.mjs').Sample} Sample
 */

/** In the order of the processes: senders, receivers, the churn. */
const CELLS = [
  ['time', 9],
  ['datagrams', 16],
  ['k/s', 6],
  ['wrong', 6],
  ['RSS, MB', 23],
  ['descriptors', 20],
  ['lag p99, ms', 28],
  ['max', 6],
];

export const heading = CELLS.map(([name, width]) => String(name).padStart(Number(width))).join('');

/**
 * @param {Sample} sample
 * @param {number} seconds since the beginning
 */
export function line(sample, seconds) {
  const reports = [...sample.values()];
  const datagrams = reports.reduce((sum, report) => sum + report.datagrams, 0);
  const wrong = reports.flatMap((report) => Object.values(report.wrong));
  const texts = [
    clock(seconds),
    datagrams.toLocaleString('en'),
    Math.round(datagrams / seconds / 1000),
    wrong.reduce((sum, count) => sum + count, 0),
    reports.map(({ memory }) => Math.round(memory / 2 ** 20)).join(' '),
    reports.map(({ descriptors }) => descriptors).join(' '),
    reports.map(({ lag }) => lag.p99.toFixed(1)).join(' '),
    Math.round(Math.max(...reports.map(({ lag }) => lag.max))),
  ];
  return texts.map((text, index) => String(text).padStart(Number(CELLS[index]?.[1]))).join('');
}

/**
 * `100:00:01`: days are hours, too.
 *
 * @param {number} seconds
 */
function clock(seconds) {
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60];
  return parts.map((part) => `${Math.floor(part)}`.padStart(2, '0')).join(':');
}
