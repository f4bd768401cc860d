// What each process of a soak does beside its work: it answers the one that watches.
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';

/** Of the timer that measures how late the event loop is, in milliseconds: what it tells includes it. */
const RESOLUTION = 10;

/**
 * @typedef {object} Work
 * @property {() => number} datagrams
 * @property {Record<string, number>} wrong what should be 0, by its name
 * @property {() => boolean} [done]
 * @property {() => Promise<void>} [finish] ends the work; what it waits for is to arrive still
 */

/**
 * Reports when asked to, and a last time before the process exits.
 *
 * @param {Work} work
 */
export function answer({ datagrams, wrong, done = () => true, finish = async () => {} }) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  process.on('disconnect', () => process.exit());
  process.on('message', async (order) => {
    if (order === 'finish') await finish();
    const report = {
      datagrams: datagrams(),
      wrong,
      done: done(),
      memory: process.memoryUsage.rss(),
      // Not the one that reads the list.
      descriptors: readdirSync('/proc/self/fd').length - 1,
      lag: { p99: late(delay.percentile(99)), max: late(delay.max) },
    };
    delay.reset();
    process.send?.(report, () => {
      if (order === 'finish') process.exit();
    });
  });
}

/** @param {number} nanoseconds */
function late(nanoseconds) {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION);
}
