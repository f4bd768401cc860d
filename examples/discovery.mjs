/**
 * Who else is here? Every instance announces itself to a multicast group and lists its peers.
 *
 *     node examples/discovery.mjs [name] [interface address] [port]
 *
 * Start it twice, on one machine or on two of the same network. The interface defaults to the
 * loopback, 127.0.0.1, so nothing leaves the machine unless you name another; the port to 7070.
 */
import { hostname } from 'node:os';
import process from 'node:process';
import dgram from 'volley';

const name = process.argv[2] ?? `${hostname()}-${process.pid}`;
const interfaceAddress = process.argv[3] ?? '127.0.0.1';
const port = Number(process.argv[4] ?? 7070);

/** From the block for use within one organisation (RFC 2365, section 6.2). */
const GROUP = '239.255.70.7';

/** How often an instance says that it is here, and how long silence may last, in milliseconds. */
const ANNOUNCE_EVERY = 1000;
const FORGET_AFTER = 3500;

/** @type {Map<string, number>} each peer's name and the time of its last word */
const peers = new Map();

// reuseAddr lets many programs of one machine listen to the same group and port.
const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });

/** @param {'hello' | 'bye'} word */
function announce(word) {
  socket.send(`${word} ${name}`, port, GROUP);
}

socket.on('message', (message, { address }) => {
  const [word, peer] = message.toString().split(' ', 2);
  if (!peer || peer === name) return;
  if (word === 'bye') {
    if (peers.delete(peer)) console.log(`- ${peer} left`);
    return;
  }
  if (word !== 'hello') return;
  if (!peers.has(peer)) {
    console.log(`+ ${peer} at ${address}`);
    announce('hello'); // The newcomer need not wait for the next round to learn of us.
  }
  peers.set(peer, Date.now());
});

socket.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});

// Bound to the group's own address the socket hears the group and nothing else (ip(7)).
socket.bind(port, GROUP, () => {
  socket.addMembership(GROUP, interfaceAddress);
  socket.setMulticastInterface(interfaceAddress);
  socket.setMulticastTTL(1); // Not beyond the first router.
  console.log(`${name} looks for others in ${GROUP} over ${interfaceAddress}`);
  console.log('try: node examples/discovery.mjs another (in a second terminal; Ctrl+C leaves)');
  announce('hello');
});

const timer = setInterval(() => {
  announce('hello');
  for (const [peer, heard] of peers) {
    if (Date.now() - heard < FORGET_AFTER) continue;
    peers.delete(peer);
    console.log(`- ${peer} fell silent`);
  }
}, ANNOUNCE_EVERY);

process.once('SIGINT', () => {
  clearInterval(timer);
  socket.send(`bye ${name}`, port, GROUP, () => socket.close());
});
