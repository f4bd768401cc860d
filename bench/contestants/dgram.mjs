// The contestants that speak the API of node:dgram: node:dgram itself, and Volley with its events.
import process from 'node:process';
import { flag, number, ports, role, text } from './arguments.mjs';
import { blast } from './blast.mjs';
import { Keeper } from './keep.mjs';
import { lateness, work } from './lateness.mjs';
import { memoryOfEach, settledMemory } from './memory.mjs';
import { payloads } from './payload.mjs';
import { cpuSeconds, inputEnds, play, report } from './process.mjs';
import { Ring } from './ring.mjs';
import { sinkResult, Stretch, Tally } from './tally.mjs';

/** @typedef {typeof import('node:dgram')} Dgram */
/** @typedef {import('node:dgram').Socket} Socket */

const LOOPBACK = '127.0.0.1';
/** What is asked of the kernel, which gives what net.core.rmem_max allows. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;
/** Sockets that are bound at a time. */
const BINDING = 500;

/** @type {string} */
const module = process.env['VOLLEY_BENCH_MODULE'] ?? 'node:dgram';
const began = performance.now();
const dgram = /** @type {Dgram} */ ((await import(module)).default);

/** @returns {Promise<Socket>} */
function bound(recvBufferSize = RECEIVE_BUFFER) {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize });
  return new Promise((resolve) => socket.bind(0, LOOPBACK, () => resolve(socket)));
}

/** @param {number} port */
async function connected(port) {
  const socket = await bound();
  await new Promise((resolve) => socket.connect(port, LOOPBACK, () => resolve(undefined)));
  return socket;
}

/** @param {number} count */
async function boundMany(count) {
  /** @type {Socket[]} */
  const sockets = [];
  while (sockets.length < count) {
    const wave = Math.min(BINDING, count - sockets.length);
    // The system's default buffer: ten thousand large ones are no server's idea.
    sockets.push(...(await Promise.all(Array.from({ length: wave }, () => bound(0)))));
  }
  return sockets;
}

async function sink() {
  const stretch = new Stretch(() => tally.received);
  const tally = new Tally(payloads(text('size')), () =>
    stretch.schedule(number('warmup'), number('seconds')),
  );
  const socket = await bound();
  socket.on('message', (message) => tally.take(message, 0, message.length));
  report({ ports: [socket.address().port] });
  await inputEnds();
  report(sinkResult(tally, stretch));
}

/**
 * Sends volleys with a callback for each datagram; the last callback ends a volley.
 *
 * @param {(payload: Buffer, at: number, callback: (error: Error | null) => void) => void} send
 * @param {readonly Buffer[]} stock
 */
function volleys(send, stock) {
  let next = 0;
  return (/** @type {number} */ count) =>
    /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        let waiting = count;
        const done = (/** @type {Error | null} */ error) => {
          if (error) reject(error);
          waiting -= 1;
          if (waiting === 0) resolve();
        };
        for (let datagram = 0; datagram < count; datagram += 1) {
          const at = next++;
          send(/** @type {Buffer} */ (stock[at % stock.length]), at, done);
        }
      })
    );
}

/**
 * @param {readonly number[]} destinations
 * @returns {Promise<Parameters<typeof volleys>[0]>}
 */
async function sender(destinations) {
  const [first = 0] = destinations;
  if (flag('connected')) {
    const socket = await connected(first);
    return (payload, _, callback) => socket.send(payload, callback);
  }
  const socket = await bound();
  if (destinations.length === 1) {
    return (payload, _, callback) => socket.send(payload, first, LOOPBACK, callback);
  }
  return (payload, at, callback) =>
    socket.send(payload, destinations[at % destinations.length], LOOPBACK, callback);
}

async function source() {
  const stock = payloads(text('size')).slice(0, flag('one-payload') ? 1 : undefined);
  const pace = { window: number('window', 1024), rate: number('rate', 0) };
  const warmup = text('warmup-port').split(',').map(Number);
  await blast(volleys(await sender(warmup), stock), { ...pace, seconds: number('warmup') });
  const send = volleys(await sender(ports()), stock);
  report(await blast(send, { ...pace, seconds: number('seconds') }));
}

async function echo() {
  const socket = await bound();
  let received = 0;
  socket.on('message', (message, { port, address }) => {
    received += 1;
    socket.send(message, port, address);
  });
  report({ ports: [socket.address().port] });
  await inputEnds();
  report({ received, sent: received, cpu: cpuSeconds() });
}

async function idle() {
  const count = number('count');
  const ignore = () => {};
  const keep = [await bound(0)];
  const before = await settledMemory();
  for (const socket of await boundMany(count)) keep.push(socket.on('message', ignore));
  const after = await settledMemory();
  report({ sockets: keep.length - 1, ...memoryOfEach(before, after, count) });
}

async function keep() {
  const socket = await bound();
  const keeper = new Keeper(number('count'), number('every'));
  socket.on('message', (message) => keeper.take(message));
  report({ ports: [socket.address().port] });
  report(await keeper.done());
}

async function ring() {
  const sockets = await boundMany(number('count'));
  const around = sockets.map((socket) => socket.address().port);
  const ring = new Ring();
  sockets.forEach((socket, place) => {
    const next = around[(place + 1) % around.length];
    socket.on('message', (token) => {
      if (ring.pass(token)) socket.send(token, next, LOOPBACK);
    });
  });
  ring.tokens.forEach((token, number) => {
    const place = Math.floor((number * around.length) / ring.tokens.length);
    sockets[place]?.send(token, around[(place + 1) % around.length], LOOPBACK);
  });
  report(await ring.run(number('warmup'), number('seconds')));
}

/** A socket for each query: opened, asked with, closed. */
async function churn() {
  const [port] = ports();
  const [query] = payloads('64');
  const ask = () =>
    /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        const socket = dgram.createSocket('udp4');
        socket.on('message', () => socket.close(() => resolve()));
        socket.on('error', reject);
        socket.send(/** @type {Buffer} */ (query), port, LOOPBACK);
      })
    );
  const pace = { window: 1, rate: 0 };
  await blast(ask, { ...pace, seconds: number('warmup') });
  const { sent, ...rest } = await blast(ask, { ...pace, seconds: number('seconds') });
  report({ queries: sent, ...rest });
}

/** Timers beside a socket whose handlers take some time. */
async function flooded() {
  const socket = await bound();
  const handler = number('handler');
  let received = 0;
  socket.on('message', () => {
    received += 1;
    work(handler);
  });
  report({ ports: [socket.address().port] });
  await lateness(number('warmup'));
  report({ ...(await lateness(number('seconds'))), received });
}

async function load() {
  const socket = dgram.createSocket('udp4');
  report({ milliseconds: performance.now() - began });
  socket.close();
}

await play({ sink, source, echo, idle, keep, ring, churn, flooded, import: load }, role);
