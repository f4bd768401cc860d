// Deno, by its own API: Deno.listenDatagram, a promise for each datagram. It has no connected sockets.
import { Buffer } from 'node:buffer';
import { flag, number, ports, role, text } from './arguments.mjs';
import { blast } from './blast.mjs';
import { Keeper } from './keep.mjs';
import { memoryOfEach, settledMemory } from './memory.mjs';
import { payloads } from './payload.mjs';
import { cpuSeconds, inputEnds, play, report } from './process.mjs';
import { Ring } from './ring.mjs';
import { sinkResult, Stretch, Tally } from './tally.mjs';

/**
 * @typedef {{ transport: 'udp', hostname: string, port: number }} Address
 *
 * @typedef {object} DatagramConn what the benchmark uses of https://docs.deno.com/api/deno/~/Deno.DatagramConn
 * @property {Address} addr
 * @property {(buffer?: Uint8Array) => Promise<[Uint8Array, Address]>} receive
 * @property {(payload: Uint8Array, to: Address) => Promise<number>} send
 * @property {() => void} close
 */

const LOOPBACK = '127.0.0.1';
/** Sends at a time. More cost Deno more: 9.5 CPU seconds a million at 64, 11.2 at 1,024. */
const WINDOW = 64;
/** The largest datagram there is, and the largest that fits an Ethernet frame, in bytes. */
const LARGEST = 65_536;
const FRAME = 1500;
const began = performance.now();
const { Deno } = /** @type {{ Deno: { listenDatagram(options: Address): DatagramConn } }} */ (
  /** @type {unknown} */ (globalThis)
);

function bound() {
  return Deno.listenDatagram({ transport: 'udp', hostname: LOOPBACK, port: 0 });
}

/**
 * Hands each datagram to `take`, in a buffer that the next one overwrites.
 *
 * @param {DatagramConn} socket
 * @param {(message: Uint8Array, from: Address) => void | Promise<unknown>} take
 * @param {Uint8Array} [buffer]
 */
async function receiveAll(socket, take, buffer = new Uint8Array(LARGEST)) {
  for (;;) {
    const [message, from] = await socket.receive(buffer);
    const taken = take(message, from);
    if (taken !== undefined) await taken;
  }
}

async function sink() {
  const stretch = new Stretch(() => tally.received);
  const tally = new Tally(payloads(text('size')), () =>
    stretch.schedule(number('warmup'), number('seconds')),
  );
  const socket = bound();
  receiveAll(socket, (message) => tally.take(message, 0, message.length));
  report({ ports: [socket.addr.port] });
  await inputEnds();
  report(sinkResult(tally, stretch));
}

/**
 * @param {readonly number[]} destinations
 * @param {readonly Buffer[]} stock
 */
function volleys(destinations, stock) {
  const socket = bound();
  const around = destinations.map(address);
  let next = 0;
  return async (/** @type {number} */ count) => {
    const sending = [];
    for (let datagram = 0; datagram < count; datagram += 1) {
      const at = next++;
      const payload = /** @type {Buffer} */ (stock[at % stock.length]);
      sending.push(socket.send(payload, /** @type {Address} */ (around[at % around.length])));
    }
    await Promise.all(sending);
  };
}

/**
 * @param {number} port
 * @returns {Address}
 */
function address(port) {
  return { transport: 'udp', hostname: LOOPBACK, port };
}

async function source() {
  const stock = payloads(text('size')).slice(0, flag('one-payload') ? 1 : undefined);
  const pace = { window: number('window', WINDOW), rate: number('rate', 0) };
  const warmup = text('warmup-port').split(',').map(Number);
  await blast(volleys(warmup, stock), { ...pace, seconds: number('warmup') });
  report(await blast(volleys(ports(), stock), { ...pace, seconds: number('seconds') }));
}

async function echo() {
  const socket = bound();
  let received = 0;
  receiveAll(socket, (message, from) => {
    received += 1;
    return socket.send(message, from);
  });
  report({ ports: [socket.addr.port] });
  await inputEnds();
  report({ received, sent: received, cpu: cpuSeconds() });
}

async function idle() {
  const count = number('count');
  const open = () => {
    const socket = bound();
    receiveAll(socket, () => {}, new Uint8Array(FRAME));
    return socket;
  };
  const keep = [open()];
  const before = await settledMemory();
  while (keep.length <= count) keep.push(open());
  const after = await settledMemory();
  report({ sockets: keep.length - 1, ...memoryOfEach(before, after, count) });
}

async function keep() {
  const keeper = new Keeper(number('count'), number('every'));
  const socket = bound();
  // What is kept is copied out of the buffer, which is the API's way to receive without waste.
  receiveAll(socket, (message) => keeper.take(Buffer.from(message)));
  report({ ports: [socket.addr.port] });
  report(await keeper.done());
}

async function ring() {
  const count = number('count');
  const ring = new Ring();
  const sockets = Array.from({ length: count }, bound);
  const around = sockets.map(({ addr }) => address(addr.port));
  const next = (/** @type {number} */ place) =>
    /** @type {Address} */ (around[(place + 1) % count]);
  sockets.forEach((socket, place) => {
    const take = (/** @type {Uint8Array} */ token) =>
      ring.pass(token) ? socket.send(token, next(place)) : undefined;
    receiveAll(socket, take, new Uint8Array(FRAME));
  });
  ring.tokens.forEach((token, number) => {
    const place = Math.floor((number * count) / ring.tokens.length);
    sockets[place]?.send(token, next(place));
  });
  report(await ring.run(number('warmup'), number('seconds')));
}

/** A socket for each query: opened, asked with, closed. */
async function churn() {
  const to = address(ports()[0] ?? 0);
  const [query] = /** @type {readonly [Buffer]} */ (payloads('64'));
  const ask = async () => {
    const socket = bound();
    await socket.send(query, to);
    await socket.receive();
    socket.close();
  };
  const pace = { window: 1, rate: 0 };
  await blast(ask, { ...pace, seconds: number('warmup') });
  const { sent, ...rest } = await blast(ask, { ...pace, seconds: number('seconds') });
  report({ queries: sent, ...rest });
}

async function load() {
  const socket = bound();
  report({ milliseconds: performance.now() - began });
  socket.close();
}

await play({ sink, source, echo, idle, keep, ring, churn, import: load }, role);
