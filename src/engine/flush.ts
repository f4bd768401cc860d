/** When queues are flushed: at the end of the tick in which something was put into them. */

/** Something that holds back work until the tick ends. */
export interface Flushable {
  flush(): void;
}

/** So many queues may wait; ten thousand sockets that send in one tick would hold as many slabs. */
const MOST_WAITING = 64;

const waiting: Flushable[] = [];
let watchingExit = false;

/** Has `queue` flushed when this tick ends, or before. */
export function flushSoon(queue: Flushable): void {
  const count = waiting.push(queue);
  if (count === 1) process.nextTick(flushAll);
  else if (count === MOST_WAITING) flushAll();
  if (watchingExit) return;
  watchingExit = true;
  // node:dgram sends within the call, so programs may well end the process right after it.
  process.on('exit', flushAll);
}

function flushAll(): void {
  for (const queue of waiting) queue.flush();
  waiting.length = 0;
}
