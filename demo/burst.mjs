// The burst: a worker thread sends, this thread receives and checks every datagram.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { COUNTERS, readPayload, VOLLEY } from './payload.mjs';
import { endProgress, PROGRESS_INTERVAL, progress } from './screen.mjs';

/** What the receiver asks for, in bytes; the system may give less. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;
/** What the kernel charges a receive buffer for a small datagram (sk_buff and its data), in bytes, with room to spare. */
const CHARGE = 2048;
/** How many datagrams a waiting sender is told of at once. */
const NEWS = 32;
/** When the sender is done and nothing came for so long, in milliseconds, what is missing is lost. */
const PATIENCE = 500;

/** What became of the datagrams of one burst. */
class Tally {
  received = 0;
  altered = 0;
  /** Out of order, or twice. */
  misplaced = 0;
  begin = 0;
  end = 0;
  #next = 0;

  /** @param {Buffer} message */
  take(message) {
    const number = readPayload(message);
    if (number < 0) this.altered += 1;
    else if (number < this.#next) this.misplaced += 1;
    else this.#next = number + 1;
    if (this.received === 0) this.begin = performance.now();
    this.received += 1;
  }

  /** Datagrams a second, from the first to the last. */
  get rate() {
    return (this.received / (this.end - this.begin)) * 1000;
  }
}

/**
 * @param {'volley' | 'node:dgram'} module
 * @param {number} total Datagrams to send.
 */
export async function burst(module, total) {
  const dgram = (await import(module)).default;
  const receiver = dgram.createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');

  const counters = new Int32Array(new SharedArrayBuffer(Object.keys(COUNTERS).length * 4));
  const tally = new Tally();
  receiver.on('message', (/** @type {Buffer} */ message) => {
    tally.take(message);
    Atomics.store(counters, COUNTERS.received, tally.received);
    if (tally.received % NEWS === 0) Atomics.notify(counters, COUNTERS.received);
    if (tally.received === total) tally.end = performance.now();
  });

  // No more is under way than the receive buffer holds, or UDP would lose some.
  const window = Math.max(2 * VOLLEY, Math.floor(receiver.getRecvBufferSize() / CHARGE));
  const sender = new Worker(new URL('./burst-sender.mjs', import.meta.url), {
    workerData: { module, port: receiver.address().port, total, window, counters },
  });
  const timer = setInterval(() => show(module, tally, total), PROGRESS_INTERVAL);
  await once(sender, 'exit');
  await quiet(tally, total);
  clearInterval(timer);
  endProgress();
  receiver.close();
  const sent = Atomics.load(counters, COUNTERS.sent);
  const { received, altered, misplaced, rate } = tally;
  return { name: module, sent, received, lost: sent - received, altered, misplaced, rate };
}

/**
 * Waits until all have come, or no more come.
 * @param {Tally} tally
 * @param {number} total
 */
async function quiet(tally, total) {
  for (let seen = -1; tally.received < total && tally.received > seen; ) {
    seen = tally.received;
    tally.end = performance.now();
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  }
}

/**
 * @param {string} name
 * @param {Tally} tally
 * @param {number} total
 */
function show(name, { received, begin }, total) {
  const percent = Math.floor((received / total) * 100);
  const rate = received === 0 ? 0 : Math.round((received / (performance.now() - begin)) * 1000);
  progress(`${name.padEnd(11)} ${percent}%  ${rate.toLocaleString('en')} datagrams/s`);
}
