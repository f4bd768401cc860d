/** The sink of `hot-shots.mjs`: adds up counters, and reports often enough to keep its sender going. */
import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';

const REPORT_EVERY = 32;
const { expected } = workerData;
const COUNTER = /^volley\.counter:(?<value>\d+)\|c\|#shard:(?<shard>\d)$/;

const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
let arrived = 0;
let sum = 0;
let malformed = 0;
const byShard = Array(10).fill(0);

socket.on('message', (message) => {
  arrived += 1;
  const { value, shard } = COUNTER.exec(message.toString())?.groups ?? {};
  if (value === undefined) malformed += 1;
  else {
    sum += Number(value);
    byShard[Number(shard)] += 1;
  }
  if (arrived === expected) {
    parentPort?.postMessage({ arrived, total: { arrived, sum, byShard, malformed } });
    socket.close();
  } else if (arrived % REPORT_EVERY === 0) parentPort?.postMessage({ arrived });
});
socket.bind(0, '127.0.0.1', () => parentPort?.postMessage(socket.address().port));
