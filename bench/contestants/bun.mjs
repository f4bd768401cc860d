// Bun, by its own API: Bun.udpSocket, which calls back for each datagram and sends many at once.
import { flag, number, ports, role, text } from './arguments.mjs';
import { blast } from './blast.mjs';
import { Keeper } from './keep.mjs';
import { memoryOfEach, settledMemory } from './memory.mjs';
import { payloads } from './payload.mjs';
import { cpuSeconds, inputEnds, play, report } from './process.mjs';
import { Ring } from './ring.mjs';
import { sinkResult, Stretch, Tally } from './tally.mjs';

/**
 * @typedef {object} BunSocket what the benchmark uses of https://bun.com/docs/runtime/networking/udp
 * @property {number} port
 * @property {(payload: Buffer, port?: number, address?: string) => boolean} send
 * @property {(packets: readonly unknown[]) => number} sendMany
 * @property {() => void} close
 *
 * @typedef {object} BunHandlers
 * @property {(socket: BunSocket, message: Buffer, port: number, address: string) => void} [data]
 * @property {() => void} [drain]
 *
 * @typedef {object} BunOptions
 * @property {string} hostname
 * @property {number} port
 * @property {{ hostname: string, port: number }} [connect]
 * @property {BunHandlers} [socket]
 */

const LOOPBACK = '127.0.0.1';
const began = performance.now();
const { Bun } = /** @type {{ Bun: { udpSocket(options: BunOptions): Promise<BunSocket> } }} */ (
  /** @type {unknown} */ (globalThis)
);

/**
 * @param {BunHandlers} socket
 * @param {{ hostname: string, port: number }} [connect]
 */
function bound(socket, connect) {
  const options = { hostname: LOOPBACK, port: 0, socket };
  return Bun.udpSocket(connect === undefined ? options : { ...options, connect });
}

async function sink() {
  const stretch = new Stretch(() => tally.received);
  const tally = new Tally(payloads(text('size')), () =>
    stretch.schedule(number('warmup'), number('seconds')),
  );
  const socket = await bound({ data: (_, message) => tally.take(message, 0, message.length) });
  report({ ports: [socket.port] });
  await inputEnds();
  report(sinkResult(tally, stretch));
}

/**
 * Volleys by `send()`, or by `sendMany()`, whose array holds the port and the address of each
 * payload where the socket is not connected. Both say what the kernel took; the rest waits for
 * `drain`.
 *
 * @param {readonly number[]} destinations
 * @param {readonly Buffer[]} stock
 * @param {number} window
 */
async function volleys(destinations, stock, window) {
  let drained = () => {};
  const connect = flag('connected')
    ? { hostname: LOOPBACK, port: destinations[0] ?? 0 }
    : undefined;
  const socket = await bound({ drain: () => drained() }, connect);
  const untilDrained = () =>
    new Promise((resolve) => {
      drained = () => resolve(undefined);
    });
  const payload = (/** @type {number} */ at) => /** @type {Buffer} */ (stock[at % stock.length]);
  const port = (/** @type {number} */ at) => destinations[at % destinations.length];

  const width = connect === undefined ? 3 : 1;
  const cycle = Array.from({ length: window }, (_, at) =>
    connect === undefined ? [payload(at), port(at), LOOPBACK] : [payload(at)],
  ).flat();
  const many = async (/** @type {number} */ count) => {
    for (let sent = 0; sent < count; ) {
      const whole = sent === 0 && count === window;
      sent += socket.sendMany(whole ? cycle : cycle.slice(sent * width, count * width));
      if (sent < count) await untilDrained();
    }
  };
  const single = async (/** @type {number} */ count) => {
    for (let at = 0; at < count; at += 1) {
      while (!(connect ? socket.send(payload(at)) : socket.send(payload(at), port(at), LOOPBACK)))
        await untilDrained();
    }
  };
  return flag('many') ? many : single;
}

async function source() {
  const stock = payloads(text('size')).slice(0, flag('one-payload') ? 1 : undefined);
  const pace = { window: number('window', 1024), rate: number('rate', 0) };
  const warmup = text('warmup-port').split(',').map(Number);
  await blast(await volleys(warmup, stock, pace.window), { ...pace, seconds: number('warmup') });
  const volley = await volleys(ports(), stock, pace.window);
  report(await blast(volley, { ...pace, seconds: number('seconds') }));
}

async function echo() {
  let received = 0;
  const socket = await bound({
    data(own, message, port, address) {
      received += 1;
      own.send(message, port, address);
    },
  });
  report({ ports: [socket.port] });
  await inputEnds();
  report({ received, sent: received, cpu: cpuSeconds() });
}

async function idle() {
  const count = number('count');
  const handlers = { data() {} };
  const keep = [await bound(handlers)];
  const before = await settledMemory();
  while (keep.length <= count) keep.push(await bound(handlers));
  const after = await settledMemory();
  report({ sockets: keep.length - 1, ...memoryOfEach(before, after, count) });
}

async function keep() {
  const keeper = new Keeper(number('count'), number('every'));
  const socket = await bound({ data: (_, message) => keeper.take(message) });
  report({ ports: [socket.port] });
  report(await keeper.done());
}

async function ring() {
  const count = number('count');
  const ring = new Ring();
  /** @type {BunSocket[]} */
  const sockets = [];
  /** @type {Map<BunSocket, number>} */
  const next = new Map();
  const data = (/** @type {BunSocket} */ socket, /** @type {Buffer} */ token) => {
    if (ring.pass(token)) socket.send(token, next.get(socket), LOOPBACK);
  };
  while (sockets.length < count) sockets.push(await bound({ data }));
  sockets.forEach((socket, place) => {
    next.set(socket, sockets[(place + 1) % count]?.port ?? 0);
  });
  ring.tokens.forEach((token, number) => {
    const from = sockets[Math.floor((number * count) / ring.tokens.length)];
    if (from !== undefined) from.send(token, next.get(from), LOOPBACK);
  });
  report(await ring.run(number('warmup'), number('seconds')));
}

/** A socket for each query: opened, asked with, closed. */
async function churn() {
  const [port] = ports();
  const [query] = /** @type {readonly [Buffer]} */ (payloads('64'));
  const ask = async () => {
    /** @type {() => void} */
    let answered = () => {};
    const answer = new Promise((resolve) => {
      answered = () => resolve(undefined);
    });
    const socket = await bound({ data: () => answered() });
    socket.send(query, port, LOOPBACK);
    await answer;
    socket.close();
  };
  const pace = { window: 1, rate: 0 };
  await blast(ask, { ...pace, seconds: number('warmup') });
  const { sent, ...rest } = await blast(ask, { ...pace, seconds: number('seconds') });
  report({ queries: sent, ...rest });
}

async function load() {
  const socket = await bound({});
  report({ milliseconds: performance.now() - began });
  socket.close();
}

await play({ sink, source, echo, idle, keep, ring, churn, import: load }, role);
