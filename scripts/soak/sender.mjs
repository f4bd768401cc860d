// The sending process of a soak: each flow has so many datagrams under way that none need be lost.
import process from 'node:process';
import dgram from '../../dist/index.js';
import { makeDatagram } from './payload.mjs';

const [mode = 'messages', flows = '4', port = '0', total = '0'] = process.argv.slice(2);
/** Datagrams of a flow that are under way, at the most: four flows fit the smallest receive buffer. */
const WINDOW = 64;
const each = Math.ceil(Number(total) / Number(flows));
const tally = { sent: 0, failed: 0, unanswered: 0 };
let open = Number(flows);

for (let flow = 0; flow < Number(flows); flow += 1) start(flow);

/** @param {number} flow */
function start(flow) {
  const socket = dgram.createSocket('udp4');
  // Every other flow is connected: these are sent by other system calls.
  const connected = flow % 2 === 1;
  const state = { sent: 0, acknowledged: 0 };
  const sendMore = () => {
    const end = Math.min(each, state.acknowledged + WINDOW);
    const datagrams = [];
    for (; state.sent < end; state.sent += 1) datagrams.push(makeDatagram(flow, state.sent));
    if (datagrams.length > 0) send(socket, connected, datagrams);
  };
  socket.on('message', (answer) => {
    state.acknowledged = Math.max(state.acknowledged, answer.readUIntLE(2, 6));
    if (state.acknowledged < each) {
      sendMore();
      return;
    }
    socket.close();
    open -= 1;
    if (open === 0) finish();
  });
  socket.bind(0, '127.0.0.1', () => {
    if (connected) socket.connect(Number(port), '127.0.0.1', sendMore);
    else sendMore();
  });
}

/**
 * @param {import('../../dist/index.js').Socket} socket
 * @param {boolean} connected
 * @param {Buffer[]} datagrams
 */
function send(socket, connected, datagrams) {
  tally.sent += datagrams.length;
  if (mode === 'messages') {
    /** @type {import('../../dist/index.js').SendManyCallback} */
    const done = (_, sent) => {
      tally.failed += datagrams.length - sent;
    };
    if (connected) socket.sendMany(datagrams, done);
    else socket.sendMany(datagrams, Number(port), '127.0.0.1', done);
    return;
  }
  /** @param {Error | null} error */
  const done = (error) => {
    if (error) tally.failed += 1;
  };
  for (const datagram of datagrams) {
    if (connected) socket.send(datagram, done);
    else socket.send(datagram, Number(port), '127.0.0.1', done);
  }
}

setInterval(() => process.send?.({ ...tally, memory: process.memoryUsage().rss }), 1000);

function finish() {
  process.send?.({ ...tally, memory: process.memoryUsage().rss, last: true }, () => process.exit());
}
