// The sending half of the burst, in a thread of its own.
import { once } from 'node:events';
import { workerData } from 'node:worker_threads';
import { COUNTERS, fillPayload, PAYLOAD_SIZE, VOLLEY } from './payload.mjs';

/**
 * @type {{
 *   module: 'volley' | 'node:dgram',
 *   port: number,
 *   total: number,
 *   window: number,
 *   counters: Int32Array<SharedArrayBuffer>,
 * }}
 */
const { module, port, total, window, counters } = workerData;
const dgram = (await import(module)).default;
const socket = dgram.createSocket('udp4');
socket.bind(0, '127.0.0.1');
await once(socket, 'listening');

/** One for each datagram of a volley, since node:dgram may send from them until its callback. */
const payloads = Array.from({ length: VOLLEY }, () => Buffer.alloc(PAYLOAD_SIZE));
let number = 0;

while (number < total) {
  const received = Atomics.load(counters, COUNTERS.received);
  if (number - received > window - VOLLEY) {
    Atomics.wait(counters, COUNTERS.received, received, 1);
    continue;
  }
  const end = Math.min(total, number + VOLLEY);
  await new Promise((resolve) => {
    for (; number < end - 1; number += 1) sendNumber();
    sendNumber(resolve);
    number += 1;
  });
  Atomics.store(counters, COUNTERS.sent, number);
}
socket.close();

/** @param {(value: unknown) => void} [callback] */
function sendNumber(callback) {
  const payload = payloads[number % VOLLEY] ?? Buffer.alloc(PAYLOAD_SIZE);
  fillPayload(payload, number);
  socket.send(payload, port, '127.0.0.1', callback);
}
