// The sending process of a soak: each flow has so many datagrams under way that none need be lost.
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import dgram from '../../dist/index.js';
import { answer } from './member.mjs';
import { makeDatagram } from './payload.mjs';

/** As in receiver.mjs. */
const FLOWS = 4;
const [mode = 'messages', port = '0', total = '0'] = process.argv.slice(2);
/** Datagrams of a flow that are under way, at the most: four flows fit the smallest receive buffer. */
const WINDOW = 64;
/** Datagrams of a flow in all; once told to finish, those that are sent already. */
let most = Math.ceil(Number(total) / FLOWS);
/** Acknowledgements are datagrams too. */
let received = 0;
const wrong = { failed: 0, errors: 0 };
const flows = Array.from({ length: FLOWS }, (_, flow) => start(flow));

/** @param {number} flow */
function start(flow) {
  const socket = dgram.createSocket('udp4');
  // Every other flow is connected: these are sent by other system calls.
  const connected = flow % 2 === 1;
  const state = { sent: 0, acknowledged: 0 };
  const sendMore = () => {
    const end = Math.min(most, state.acknowledged + WINDOW);
    const datagrams = [];
    for (; state.sent < end; state.sent += 1) datagrams.push(makeDatagram(flow, state.sent));
    if (datagrams.length > 0) send(socket, connected, datagrams);
  };
  socket.on('error', () => {
    wrong.errors += 1;
  });
  socket.on('message', (answer) => {
    received += 1;
    state.acknowledged = Math.max(state.acknowledged, answer.readUIntLE(2, 6));
    sendMore();
  });
  socket.bind(0, '127.0.0.1', () => {
    if (connected) socket.connect(Number(port), '127.0.0.1', sendMore);
    else sendMore();
  });
  return state;
}

function isDone() {
  return flows.every(({ sent, acknowledged }) => sent >= most && acknowledged === sent);
}

/** Sends no more, and waits for what is under way. Where something was lost, it waits in vain. */
async function finish() {
  most = 0;
  while (!isDone()) await setTimeout(10);
}

/**
 * @param {import('../../dist/index.js').Socket} socket
 * @param {boolean} connected
 * @param {Buffer[]} datagrams
 */
function send(socket, connected, datagrams) {
  if (mode === 'messages') {
    /** @type {import('../../dist/index.js').SendManyCallback} */
    const done = (_, sent) => {
      wrong.failed += datagrams.length - sent;
    };
    if (connected) socket.sendMany(datagrams, done);
    else socket.sendMany(datagrams, Number(port), '127.0.0.1', done);
    return;
  }
  /** @param {Error | null} error */
  const done = (error) => {
    if (error) wrong.failed += 1;
  };
  for (const datagram of datagrams) {
    if (connected) socket.send(datagram, done);
    else socket.send(datagram, Number(port), '127.0.0.1', done);
  }
}

answer({ datagrams: () => received, wrong, done: isDone, finish });
