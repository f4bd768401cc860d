// Datagrams one way, in and out: what several workloads share.

/**
 * @typedef {import('../types.d.ts').Bench} Bench
 * @typedef {import('../types.d.ts').Options} Options
 *
 * @typedef {object} Traffic
 * @property {number | 'mixed'} size in bytes
 * @property {number} [rate] datagrams a second; without it, as fast as it goes
 */

/** @param {boolean} quick */
export function sizes(quick) {
  return quick ? [64, 1200] : [64, 512, 1200, 8000];
}

/**
 * The C program sends, the contestant receives and counts. Some may be lost, where the sender is
 * faster; none altered.
 *
 * @param {Bench} bench
 * @param {Traffic & { gso?: 0 | 1 }} traffic `gso` 0: the datagrams of a train arrive one by one
 */
export async function receiveOneWay({ start, peer, settings }, { size, ...traffic }) {
  const { seconds, warmup } = settings;
  const sink = start('sink', { size, warmup, seconds });
  const { port } = await sink.line();
  // A little longer than the sink counts, so that it never counts silence.
  const source = peer('source', { ...traffic, size, port, seconds: warmup + seconds + 0.1 });
  await source.line();
  await source.ended();
  const counted = await sink.finish();
  const received = counted.number('received');
  return {
    rate: received / counted.number('seconds'),
    cpu: (counted.number('cpu') / received) * 1e6,
    faults: alteredFaults(counted.number('altered')),
  };
}

/**
 * The contestant sends, first to a sink of its own to warm up; the C program receives and counts.
 *
 * @param {Bench} bench
 * @param {Traffic & Options} traffic the options of the source, and `ports` to spread over
 */
export async function sendOneWay({ start, peer, settings }, { size, ports = 1, ...options }) {
  const { seconds, warmup } = settings;
  const practice = peer('sink', { size, ports });
  const sink = peer('sink', { size, ports });
  const { port } = await sink.line();
  const source = start('source', {
    ...options,
    ...{ size, port, seconds, warmup, 'warmup-port': (await practice.line()).port },
  });
  const sender = await source.line();
  await source.ended();
  const counted = await sink.finish();
  const practised = await practice.finish();
  const received = counted.number('received');
  const altered = counted.number('altered') + practised.number('altered');
  return {
    rate: received / counted.number('seconds'),
    cpu: (sender.number('cpu') / received) * 1e6,
    lost: sender.number('sent') - received,
    faults: alteredFaults(altered),
  };
}

/** @param {number} altered */
function alteredFaults(altered) {
  return altered === 0 ? [] : [`${altered} datagrams altered`];
}

/** The figure of the workloads that count datagrams. */
export const RATE = /** @type {const} */ ({
  key: 'rate',
  title: 'datagrams/s',
  unit: 'per second',
  better: 'higher',
});
