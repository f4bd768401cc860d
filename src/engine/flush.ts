/**
 * When queues are flushed: at the end of the tick in which something was put into them. While a batch
 * is delivered they are held, so that what its handlers send leaves together.
 */

/** Something that holds back work until the tick ends. */
export interface Flushable {
  flush(): void;
}

/** So many queues may wait; ten thousand sockets that send in one tick would hold as many slabs. */
export const MOST_WAITING = 64;

const waiting: Flushable[] = [];
let held = false;
let watchingExit = false;
let exiting = false;

/** Has `queue` flushed when this tick ends or the batch is delivered, or before. */
export function flushSoon(queue: Flushable): void {
  if (exiting) {
    queue.flush();
    return;
  }
  const count = waiting.push(queue);
  if (count === MOST_WAITING) flushAll();
  else if (count === 1 && !held) process.nextTick(flushAll);
  if (!watchingExit) {
    watchingExit = true;
    process.on('exit', flushForGood);
  }
}

/** Keeps queues from being flushed when a tick ends, until {@link releaseFlushes}. */
export function holdFlushes(): void {
  held = true;
}

/** Whether the end of a tick flushes nothing. */
export function flushesAreHeld(): boolean {
  return held;
}

/** Flushes what was held. */
export function releaseFlushes(): void {
  held = false;
  flushAll();
}

function flushAll(): void {
  try {
    for (let queue = waiting.shift(); queue; queue = waiting.shift()) queue.flush();
  } finally {
    if (waiting.length > 0) process.nextTick(flushAll);
  }
}

/**
 * node:dgram sends within the call, so programs may well end the process right after it, or send in
 * their 'exit' listeners. No tick ends any more from here on.
 */
export function flushForGood(): void {
  exiting = true;
  flushAll();
}
