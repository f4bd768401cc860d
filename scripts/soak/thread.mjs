// A thread with a socket that floods itself until the thread is terminated.
import { parentPort } from 'node:worker_threads';
import dgram from '../../dist/index.js';

const socket = dgram.createSocket('udp4');
socket.once('message', () => parentPort?.postMessage('flooded'));
socket.bind(0, '127.0.0.1', flood);

function flood() {
  const { port } = socket.address();
  for (let count = 0; count < 200; count += 1) socket.send('flood', port, '127.0.0.1');
  setImmediate(flood);
}
