// Volley by its batches: the 'messages' event and sendMany().
import process from 'node:process';
import { flag, number, ports, role, text } from './arguments.mjs';
import { blast } from './blast.mjs';
import { Keeper } from './keep.mjs';
import { lateness, work } from './lateness.mjs';
import { payloads } from './payload.mjs';
import { cpuSeconds, inputEnds, play, report } from './process.mjs';
import { sinkResult, Stretch, Tally } from './tally.mjs';

/**
 * @typedef {import('../../dist/index.js').Socket} Socket
 * @typedef {import('../../dist/index.js').SendManyCallback} Callback
 *
 * @callback Send sends a volley from one of its datagrams on; returns how many were accepted
 * @param {number} from
 * @param {Callback} callback
 * @returns {number}
 */

const LOOPBACK = '127.0.0.1';
/** What is asked of the kernel, which gives what net.core.rmem_max allows. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;

const module = process.env['VOLLEY_BENCH_MODULE'] ?? 'volley';
/** @type {typeof import('../../dist/index.js').default} */
const dgram = (await import(module)).default;

async function bound() {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
  await new Promise((resolve) => socket.bind(0, LOOPBACK, () => resolve(undefined)));
  return socket;
}

async function sink() {
  const stretch = new Stretch(() => tally.received);
  const tally = new Tally(payloads(text('size')), () =>
    stretch.schedule(number('warmup'), number('seconds')),
  );
  const socket = await bound();
  socket.on('messages', (batch) => {
    const { bytes, length } = batch;
    for (let at = 0; at < length; at += 1) tally.take(bytes, batch.offset(at), batch.size(at));
  });
  report({ ports: [socket.address().port] });
  await inputEnds();
  report(sinkResult(tally, stretch));
}

/**
 * Sends a volley, in as many pieces as the socket accepts; done when every datagram has left.
 *
 * @param {Socket} socket
 * @param {Send} send
 * @param {number} count datagrams of the volley
 * @returns {Promise<void>}
 */
function all(socket, send, count) {
  return new Promise((resolve, reject) => {
    let accepted = 0;
    let left = 0;
    /** @type {Callback} */
    const done = (error, sent) => {
      if (error) reject(error);
      left += sent;
      if (left === count) resolve();
    };
    const more = () => {
      accepted += send(accepted, done);
      if (accepted < count) socket.once('drain', more);
    };
    more();
  });
}

/**
 * What a volley hands to sendMany(): an array of payloads, or one block in which they lie end to
 * end, which is the cheapest to copy.
 *
 * @param {readonly Buffer[]} cycle the payloads of a whole volley
 * @returns {(from: number, to: number) => readonly Buffer[] | import('../../dist/index.js').PayloadBlock}
 */
function packing(cycle) {
  if (!flag('block')) {
    return (from, to) => (to - from === cycle.length ? cycle : cycle.slice(from, to));
  }
  const bytes = Buffer.concat(cycle);
  const segmentSize = number('size');
  return (from, to) => ({
    bytes: bytes.subarray(from * segmentSize, to * segmentSize),
    segmentSize,
  });
}

/**
 * Volleys to one destination.
 *
 * @param {readonly Buffer[]} stock
 * @param {number} port
 * @param {number} window
 */
async function oneDestination(stock, port, window) {
  const socket = await bound();
  const pack = packing(
    Array.from({ length: window }, (_, at) => stock[at % stock.length] ?? Buffer.of()),
  );
  if (!flag('connected')) {
    return (/** @type {number} */ count) =>
      all(socket, (from, done) => socket.sendMany(pack(from, count), port, LOOPBACK, done), count);
  }
  await new Promise((resolve) => socket.connect(port, LOOPBACK, () => resolve(undefined)));
  return (/** @type {number} */ count) =>
    all(socket, (from, done) => socket.sendMany(pack(from, count), done), count);
}

/**
 * One payload to every destination.
 *
 * @param {Buffer} payload
 * @param {readonly number[]} around
 */
async function manyDestinations(payload, around) {
  const socket = await bound();
  const destinations = around.map((port) => ({ address: LOOPBACK, port }));
  return (/** @type {number} */ count) => {
    const volley = destinations.slice(0, count);
    return all(socket, (from, done) => socket.sendMany(payload, volley.slice(from), done), count);
  };
}

async function source() {
  const stock = payloads(text('size'));
  const pace = { window: number('window', 1024), rate: number('rate', 0) };
  const volleys = (/** @type {readonly number[]} */ around) =>
    around.length === 1
      ? oneDestination(stock, around[0] ?? 0, pace.window)
      : manyDestinations(/** @type {Buffer} */ (stock[0]), around);
  const warmup = text('warmup-port').split(',').map(Number);
  await blast(await volleys(warmup), { ...pace, seconds: number('warmup') });
  report(await blast(await volleys(ports()), { ...pace, seconds: number('seconds') }));
}

async function echo() {
  const socket = await bound();
  let received = 0;
  socket.on('messages', (batch) => {
    const answers = [];
    const sources = [];
    for (let at = 0; at < batch.length; at += 1) {
      answers.push(batch.payload(at));
      sources.push(batch.source(at));
    }
    received += batch.length;
    socket.sendMany(answers, sources);
  });
  report({ ports: [socket.address().port] });
  await inputEnds();
  report({ received, sent: received, cpu: cpuSeconds() });
}

async function keep() {
  const socket = await bound();
  const keeper = new Keeper(number('count'), number('every'));
  socket.on('messages', (batch) => {
    for (let at = 0; at < batch.length; at += 1) keeper.take(batch.payload(at));
  });
  report({ ports: [socket.address().port] });
  report(await keeper.done());
}

/** Timers beside a socket whose handler takes some time for each datagram. */
async function flooded() {
  const socket = await bound();
  const handler = number('handler');
  let received = 0;
  socket.on('messages', (batch) => {
    for (let at = 0; at < batch.length; at += 1) work(handler);
    received += batch.length;
  });
  report({ ports: [socket.address().port] });
  await lateness(number('warmup'));
  report({ ...(await lateness(number('seconds'))), received });
}

await play({ sink, source, echo, keep, flooded }, role);
