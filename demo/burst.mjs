// The burst: a worker thread sends, this thread receives and checks every datagram.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { COUNTERS, checkPayload, PAYLOAD_SIZE } from './payload.mjs';
import { endProgress, PROGRESS_INTERVAL, progress } from './screen.mjs';

/** What the receiver asks for; the system may give less. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;
/** What the kernel charges a receive buffer for a small datagram, in bytes (sk_buff and its data), with room to spare. */
const CHARGE = 2048;
/** After the last datagram was sent, missing ones are given up when none came for so long, in milliseconds. */
const PATIENCE = 500;

/**
 * @param {string} name What the table calls the contestant.
 * @param {string} module Which module it is.
 * @param {number} total Datagrams to send.
 */
export async function burst(name, module, total) {
  const dgram = (await import(module)).default;
  const receiver = dgram.createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');

  const counters = new Int32Array(new SharedArrayBuffer(Object.keys(COUNTERS).length * 4));
  let next = 0;
  let altered = 0;
  receiver.on('message', (/** @type {Buffer} */ message) => {
    // In order and whole: anything else is counted as altered.
    if (!checkPayload(message, next)) altered += 1;
    next += 1;
    Atomics.store(counters, COUNTERS.received, next);
  });

  const window = Math.max(16, Math.floor(receiver.getRecvBufferSize() / CHARGE));
  const begin = performance.now();
  const sender = new Worker(new URL('./burst-sender.mjs', import.meta.url), {
    workerData: { module, port: receiver.address().port, total, window, counters },
  });
  let end = begin;
  const timer = setInterval(() => show(name, next, total, begin), PROGRESS_INTERVAL);
  await once(sender, 'exit');
  for (let seen = -1; next < total && next > seen; ) {
    seen = next;
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  }
  clearInterval(timer);
  endProgress();
  receiver.close();
  end = performance.now();
  const sent = Atomics.load(counters, COUNTERS.sent);
  const rate = (next / (end - begin)) * 1000;
  return { name, sent, received: next, lost: sent - next, altered, rate };
}

/**
 * @param {string} name
 * @param {number} received
 * @param {number} total
 * @param {number} begin
 */
function show(name, received, total, begin) {
  const percent = Math.floor((received / total) * 100);
  const rate = Math.round((received / (performance.now() - begin)) * 1000);
  progress(`${name.padEnd(11)} ${percent}%  ${rate.toLocaleString('en')} datagrams/s`);
}

export { PAYLOAD_SIZE };
