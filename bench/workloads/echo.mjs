// A C program keeps datagrams in flight to the contestant, which sends each back.
import { receiveBuffer } from '../runner/machine.mjs';

/**
 * @typedef {import('../types.d.ts').Bench} Bench
 * @typedef {import('../types.d.ts').Case} Case
 * @typedef {import('../types.d.ts').Figure} Figure
 * @typedef {import('../types.d.ts').Workload} Workload
 */

const SIZE = 64;
/**
 * What the kernel charges a receive buffer for a datagram this small, in bytes: 832 to 896 on Linux
 * 6.18, x86-64, as rx_queue of /proc/net/udp shows it, and room to spare.
 */
const CHARGE = 2048;
/** In flight at a time, this many fit any receive buffer that a system gives. */
const ALWAYS_FIT = 64;

/** @type {Figure} */
const replies = { key: 'rate', title: 'replies/s', unit: 'per second', better: 'higher' };
/** @type {Figure} */
const p50 = { key: 'p50', title: 'p50', unit: 'µs', better: 'lower' };
/** @type {Figure} */
const p99 = { key: 'p99', title: 'p99', unit: 'µs', better: 'lower' };

/** @type {Workload['contestants']} */
const contestants = ['volley', 'volley-batches', 'node', 'bun', 'deno', 'c'];

/** @type {Workload} */
export const echoLatency = {
  name: 'echo-latency',
  title: 'Echo, one peer with one datagram in flight',
  description: 'The time from before a peer sends until its answer is there.',
  figures: [p50, p99],
  contestants,
  cases: () => [conversation(1, 1)],
};

/** @type {Workload} */
export const echo16 = {
  name: 'echo-16x16',
  title: 'Echo, 16 peers with 16 datagrams in flight each',
  description:
    'Answers a second, counted and checked by the peers; none lost, altered or misplaced.',
  figures: [replies, p99],
  contestants,
  cases: () => [conversation(16, 16)],
};

/** @type {Workload} */
export const echo1000 = {
  name: 'echo-1000',
  title: 'Echo, 1,000 peers with one datagram in flight each',
  description:
    'Answers a second, counted and checked by the peers; none lost, altered or misplaced.',
  figures: [replies, p99],
  contestants,
  cases: () => [conversation(1000, 1)],
};

/**
 * @param {number} most peers; fewer where the server's receive buffer cannot hold what they send
 * @param {number} inflight datagrams of each
 * @returns {Case}
 */
function conversation(most, inflight) {
  const peers = Math.max(1, Math.min(most, Math.floor(receiveBuffer() / CHARGE / inflight)));
  return {
    name: `${SIZE} B, ${peers.toLocaleString('en')} × ${inflight}`,
    async measure({ contestant, start, peer, settings }) {
      const { seconds, warmup } = settings;
      const server = start('echo', { size: SIZE });
      const { port } = await server.line();
      const client = peer('client', { size: SIZE, port, peers, inflight, seconds, warmup });
      const told = await client.line();
      await client.ended();
      await server.finish();
      const lost = told.number('lost');
      // Whose API cannot make the receive buffer larger may lose what does not fit it.
      const mayLose =
        !contestant.abilities.includes('receive-buffer') && peers * inflight > ALWAYS_FIT;
      return {
        figures: {
          rate: told.number('replies') / told.number('seconds'),
          p50: told.number('p50'),
          p99: told.number('p99'),
        },
        lost,
        faults: [
          ...(lost > 0 && !mayLose ? [`${lost} datagrams lost`] : []),
          ...['altered', 'misplaced']
            .filter((key) => told.number(key) > 0)
            .map((key) => `${told.number(key)} datagrams ${key}`),
        ],
      };
    },
  };
}
