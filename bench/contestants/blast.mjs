// The sending loop that all contestants share: volleys, one after the other, for a while.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { cpuSeconds } from './process.mjs';

/** A paced sender looks at the clock so often, in milliseconds. */
const TICK = 1;

/**
 * @callback Volley Sends `count` datagrams; done when every one has left.
 * @param {number} count
 * @returns {Promise<void>}
 *
 * @typedef {object} Pace
 * @property {number} seconds how long to send
 * @property {number} window datagrams in a volley, at most
 * @property {number} rate datagrams a second; 0 is as fast as it goes
 */

/**
 * The event loop gets its turn after each volley, as in any program that also listens.
 *
 * @param {Volley} volley
 * @param {Pace} pace
 */
export async function blast(volley, { seconds, window, rate }) {
  const begin = performance.now();
  const cpu = cpuSeconds();
  let sent = 0;
  let elapsed = 0;
  while (elapsed < seconds * 1000) {
    const due = rate === 0 ? window : Math.min(window, Math.floor((elapsed / 1000) * rate) - sent);
    if (due > 0) await volley(due);
    sent += Math.max(0, due);
    await (rate === 0 ? setImmediate() : setTimeout(TICK));
    elapsed = performance.now() - begin;
  }
  return { sent, seconds: elapsed / 1000, cpu: cpuSeconds() - cpu };
}
