/**
 * What a soak proved.
 *
 * @typedef {import('./crew.mjs').Sample} Sample
 * @typedef {import('./crew.mjs').Report} Report
 */

/**
 * What a process may take more at the end than shortly before half-time, in bytes. Until then it finds its level: garbage
 * Buffers that V8 has not collected yet lie in glibc's heap, which keeps the room that they took at the worst moment
 * so far (after an hour, 44 of 56 MB of a receiver's heap were free). A leak goes on, that does not.
 */
const MOST_GROWTH = 32 * 2 ** 20;

/** Likewise descriptors: how many there are just now depends on the moment. */
const MOST_DESCRIPTORS = 8;

/**
 * What is wrong, in words.
 *
 * @param {readonly Sample[]} samples
 * @returns {string[]}
 */
export function verdict(samples) {
  const last = samples.at(-1);
  if (!last || last.size === 0) return ['nothing was asked'];
  return [...last].flatMap(([name, report]) => [
    ...Object.entries(report.wrong)
      .filter(([, count]) => count !== 0)
      .map(([what, count]) => `${name}: ${count} ${what}`),
    ...(report.done ? [] : [`${name}: not done, datagrams were lost`]),
    ...growth(name, samples),
  ]);
}

/**
 * The last tenth of a process's samples beside the tenth before half-time. With few samples there is nothing to compare.
 *
 * @param {string} name
 * @param {readonly Sample[]} samples
 */
function growth(name, samples) {
  const reports = samples
    .map((sample) => sample.get(name))
    .filter((report) => report !== undefined);
  const tenth = Math.floor(reports.length / 10);
  if (tenth === 0) return [];
  const first = reports.slice(4 * tenth, 5 * tenth);
  /** @param {(report: Report) => number} of */
  const grown = (of) => median(reports.slice(-tenth).map(of)) - Math.max(...first.map(of));
  const memory = grown((report) => report.memory);
  const descriptors = grown((report) => report.descriptors);
  return [
    ...(memory > MOST_GROWTH ? [`${name}: ${Math.round(memory / 2 ** 20)} MB more memory`] : []),
    ...(descriptors > MOST_DESCRIPTORS ? [`${name}: ${descriptors} descriptors more`] : []),
  ];
}

/** @param {number[]} values */
function median(values) {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
