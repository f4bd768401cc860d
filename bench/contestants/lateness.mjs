// How late timers are, in milliseconds.

/** A timer is due so often, in milliseconds. */
const INTERVAL = 5;

/** Takes `microseconds` of processor time, as a handler does that parses or looks something up. */
export function work(/** @type {number} */ microseconds) {
  if (microseconds === 0) return;
  const end = performance.now() + microseconds / 1000;
  while (performance.now() < end);
}

/**
 * Sets one timer after another for so long, in seconds; how late they came.
 *
 * @param {number} seconds
 * @returns {Promise<{ timers: number, p50: number, p99: number, max: number }>}
 */
export async function lateness(seconds) {
  /** @type {number[]} */
  const late = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const due = performance.now() + INTERVAL;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    late.push(Math.max(0, performance.now() - due));
  }
  late.sort((a, b) => a - b);
  const at = (/** @type {number} */ part) =>
    late[Math.min(late.length - 1, Math.floor(late.length * part))] ?? 0;
  return { timers: late.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
