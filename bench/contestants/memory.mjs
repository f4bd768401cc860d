// What a process's memory is, once the garbage is gone.
import process from 'node:process';

/**
 * The collector of this runtime: Node and Deno have `gc` by `--expose-gc`, Bun has its own.
 *
 * @returns {() => void}
 */
function collector() {
  const scope = /** @type {{ gc?: () => void, Bun?: { gc(force: boolean): void } }} */ (globalThis);
  const { gc, Bun } = scope;
  if (Bun !== undefined) return () => Bun.gc(true);
  if (gc === undefined) throw new Error('run this with --expose-gc');
  return gc;
}

/** Twice, and a turn of the loop between: finalizers that the first one queued run before the second. */
export async function settledMemory() {
  const collect = collector();
  collect();
  await new Promise((resolve) => setTimeout(resolve, 50));
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external };
}

/**
 * The difference of two measurements, divided by `count`: bytes for each.
 *
 * @typedef {Awaited<ReturnType<typeof settledMemory>>} Memory
 *
 * @param {Memory} before
 * @param {Memory} after
 * @param {number} count
 */
export function memoryOfEach(before, after, count) {
  return {
    rss: (after.rss - before.rss) / count,
    heap: (after.heapUsed - before.heapUsed) / count,
    // Node counts array buffers within `external`.
    external: (after.external - before.external) / count,
  };
}
