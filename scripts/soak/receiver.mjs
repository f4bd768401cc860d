// The receiving process of a soak: checks every datagram, and acknowledges what it has of each flow.
import process from 'node:process';
import dgram from '../../dist/index.js';
import { answer } from './member.mjs';
import { isIntact } from './payload.mjs';

/** Flows of a sender, as in sender.mjs. */
const FLOWS = 4;
const [mode = 'messages'] = process.argv.slice(2);
let received = 0;
const wrong = { altered: 0, misplaced: 0, misattributed: 0, errors: 0 };
/** The next sequence number and the port of each flow. */
const next = new Array(FLOWS).fill(0);
const ports = new Array(FLOWS).fill(0);
/** Flows with something to acknowledge. */
const fresh = new Set();

const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
socket.on('error', () => {
  wrong.errors += 1;
});
if (mode === 'messages') {
  socket.on('messages', (batch) => {
    for (let index = 0; index < batch.length; index += 1) {
      take(batch.payload(index), batch.port(index), batch.address(index));
    }
    acknowledge();
  });
} else {
  socket.on('message', (message, { address, port, size }) => {
    if (size !== message.length) wrong.altered += 1;
    take(message, port, address);
    if (received % 16 === 0) acknowledge();
    else setImmediateOnce();
  });
}

/**
 * @param {Buffer} bytes
 * @param {number} port
 * @param {string} address
 */
function take(bytes, port, address) {
  received += 1;
  const flow = bytes.readUInt16LE(0);
  const sequence = bytes.readUIntLE(2, 6);
  if (ports[flow] === 0) ports[flow] = port;
  if (ports[flow] !== port || address !== '127.0.0.1') wrong.misattributed += 1;
  if (!isIntact(bytes, flow, sequence)) wrong.altered += 1;
  if (sequence !== next[flow]) wrong.misplaced += 1;
  next[flow] = sequence + 1;
  fresh.add(flow);
}

let waiting = false;

/** A few at the end of a volley may be left; they are acknowledged in the next turn of the loop. */
function setImmediateOnce() {
  if (waiting) return;
  waiting = true;
  setImmediate(() => {
    waiting = false;
    acknowledge();
  });
}

function acknowledge() {
  for (const flow of fresh) {
    const answer = Buffer.allocUnsafe(8);
    answer.writeUInt16LE(flow, 0);
    answer.writeUIntLE(next[flow], 2, 6);
    socket.send(answer, ports[flow], '127.0.0.1');
  }
  fresh.clear();
}

socket.bind(0, '127.0.0.1', () => process.send?.({ port: socket.address().port }));
answer({ datagrams: () => received, wrong });
