/** `VOLLEY_REPORT=1`: what went through Volley, told at exit. */
import { writeSync } from 'node:fs';
import { isMainThread, threadId } from 'node:worker_threads';
import type { Driver, Handle, HandleEvents } from './driver.ts';
import { flushForGood } from './engine/flush.ts';

/** Of this thread, since it began. */
interface Counts {
  sockets: number;
  sent: number;
  sentBatches: number;
  received: number;
  receivedBatches: number;
  /** Messages that the kernel dropped on arrival, as far as the driver can tell. */
  dropped: number | undefined;
}

const counts: Counts = {
  sockets: 0,
  sent: 0,
  sentBatches: 0,
  received: 0,
  receivedBatches: 0,
  dropped: undefined,
};
/** Handles that receive and are not closed: their drops are still to be counted. */
const receiving = new Set<Handle>();
let counted: Driver | undefined;
let atExit = false;

/** Whether the environment asks for the report. */
function isWanted(): boolean {
  return process.env.VOLLEY_REPORT === '1';
}

/** Prints the report to the standard error when this thread exits, if it is wanted. */
export function reportAtExit(): void {
  if (atExit || !isWanted()) return;
  atExit = true;
  process.on('exit', () => {
    // What was sent in the last tick is to be counted.
    flushForGood();
    for (const handle of receiving) countDropped(handle);
    tell(describe(counts, counted));
  });
}

/** Standard error itself: what a thread writes to `process.stderr` while it exits may get lost. */
function tell(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // Nobody reads it (EPIPE), or not now (EAGAIN). The program is to end as it would without the report.
  }
}

/** The same driver, counted if the report is wanted; else nothing stands in its way. */
export function countIfWanted(driver: Driver): Driver {
  if (!isWanted()) return driver;
  reportAtExit();
  counted = driver;
  return {
    ...driver,
    open(options, events) {
      counts.sockets += 1;
      const handle = driver.open(options, countReceived(events));
      countSent(handle);
      countDroppedAtClose(handle);
      return handle;
    },
  };
}

function countReceived(events: HandleEvents): HandleEvents {
  return {
    received(batch) {
      counts.received += batch.count;
      counts.receivedBatches += 1;
      return events.received(batch);
    },
    deliver: () => events.deliver(),
    flush: () => events.flush(),
    receiveFailed: (errno) => events.receiveFailed(errno),
    writable: () => events.writable(),
    closed: () => events.closed(),
  };
}

function countSent(handle: Handle): void {
  const send = handle.send.bind(handle);
  handle.send = (batch) => {
    const result = send(batch);
    if (result > 0) {
      counts.sent += result;
      counts.sentBatches += 1;
    }
    return result;
  };
}

function countDroppedAtClose(handle: Handle): void {
  const start = handle.startReceiving.bind(handle);
  handle.startReceiving = () => {
    receiving.add(handle);
    return start();
  };
  const close = handle.close.bind(handle);
  handle.close = () => {
    if (receiving.delete(handle)) countDropped(handle);
    return close();
  };
}

function countDropped(handle: Handle): void {
  const dropped = handle.dropCount();
  if (dropped >= 0) counts.dropped = (counts.dropped ?? 0) + dropped;
}

function describe(total: Counts, driver: Driver | undefined): string {
  const where = isMainThread
    ? `process ${process.pid}`
    : `process ${process.pid}, thread ${threadId}`;
  if (!driver) return `volley: ${where}: no sockets`;
  const { gso, gro } = driver.offload;
  return [
    `volley: ${where}: ${amount(total.sockets, 'socket', 'sockets')}`,
    `sent ${amount(total.sent, 'datagram', 'datagrams')} in ${amount(total.sentBatches, 'batch', 'batches')}`,
    `received ${total.received} in ${total.receivedBatches}${total.dropped === undefined ? '' : `, ${total.dropped} dropped`}`,
    `driver ${driver.name}, GSO ${gso ? 'on' : 'off'}, GRO ${gro ? 'on' : 'off'}`,
  ].join('; ');
}

function amount(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
