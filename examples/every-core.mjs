/**
 * One port, every core: a thread for each, with a socket of its own. The kernel gives all datagrams of one peer
 * to the same socket, so each thread can keep what it knows of its peers to itself.
 *
 *     node examples/every-core.mjs [port] [address] [threads]
 *
 * It answers each datagram with the number of the thread that took it, and how many that peer has sent so far.
 */
import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { isIPv4 } from 'node:net';
import dgram from 'volley';

const port = Number(process.argv[2] ?? 7008);
const address = process.argv[3] ?? '127.0.0.1';
const threads = Number(process.argv[4] ?? availableParallelism());

/**
 * Binds a socket that shares its port with others of this kind.
 *
 * @param {number} wanted 0 lets the system choose
 */
function openShared(wanted) {
  const socket = dgram.createSocket({
    type: isIPv4(address) ? 'udp4' : 'udp6',
    reusePort: true,
    recvBufferSize: 1 << 20,
  });
  socket.bindSync({ port: wanted, address });
  return socket;
}

/** @param {{ port: number, thread: number }} given */
function serve({ port, thread }) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const socket = openShared(port);
  socket.on('message', (_message, peer) => {
    const name = `${peer.address}:${peer.port}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    socket.send(`thread ${thread}, your datagram ${count}`, peer.port, peer.address);
  });
  parentPort?.postMessage('ready');
}

/**
 * The first socket finds a port, where the system is to choose, and holds it while the threads open theirs.
 */
async function main() {
  const placeholder = openShared(port);
  const bound = placeholder.address();
  const workers = Array.from({ length: threads }, (_, thread) => {
    const options = { argv: process.argv.slice(2), workerData: { port: bound.port, thread } };
    return new Worker(new URL(import.meta.url), options);
  });
  await Promise.all(workers.map((worker) => new Promise((ready) => worker.once('message', ready))));
  placeholder.close();
  console.log(`listening on ${bound.address} port ${bound.port} with ${threads} threads`);
}

if (workerData) serve(workerData);
else await main();
