// The part of a soak that makes sockets and drops them, in every way there is: what leaks does so here.
import { lookup } from 'node:dns';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import dgram from '../../dist/index.js';
import { answer } from './member.mjs';

/** Of one kind in one round. */
const SOCKETS = 20;

/** Between two rounds, in milliseconds. */
const PAUSE = 50;

/** @type {readonly ('udp4' | 'udp6')[]} */
const FAMILIES = networkInterfaces().lo?.some(({ family }) => family === 'IPv6')
  ? ['udp4', 'udp6']
  : ['udp4'];
const LOOPBACK = { udp4: '127.0.0.1', udp6: '::1' };

let received = 0;
let stopped = false;
const wrong = { unexpected: 0 };

/** @typedef {import('../../dist/index.js').Socket} Socket */

/**
 * @param {'udp4' | 'udp6'} type
 * @param {AbortSignal} [signal]
 */
async function bound(type, signal) {
  const socket = dgram.createSocket(signal ? { type, signal } : type);
  const listening = once(socket, 'listening');
  socket.bind(0, LOOPBACK[type]);
  await listening;
  return socket;
}

/** @type {Record<string, (type: 'udp4' | 'udp6') => Promise<void>>} */
const ways = {
  async 'sends to itself'(type) {
    const socket = await bound(type);
    const message = once(socket, 'message');
    socket.send('to itself', socket.address().port, LOOPBACK[type]);
    await message;
    received += 1;
    socket.close();
  },
  async 'has a peer where nobody listens'(type) {
    const gone = await bound(type);
    const { port } = gone.address();
    gone.close();
    const socket = dgram.createSocket(type);
    const connected = once(socket, 'connect');
    socket.connect(port, LOOPBACK[type]);
    await connected;
    for (let count = 0; count < 3; count += 1) {
      // Every other one fails, by the ICMP message about the one before.
      await new Promise((resolve) => socket.send('nobody', resolve));
    }
    socket.close();
  },
  async 'closes with datagrams that wait'(type) {
    const socket = await bound(type);
    for (let count = 0; count < 100; count += 1) socket.send('wait', 9, LOOPBACK[type]);
    socket.close();
  },
  async 'is aborted'(type) {
    const controller = new AbortController();
    const socket = await bound(type, controller.signal);
    const closed = once(socket, 'close');
    controller.abort();
    await closed;
  },
  async 'closes amid a lookup'(type) {
    // Its end is waited for: lookups that pile up would look like a leak.
    await new Promise((resolve) => {
      const socket = dgram.createSocket({
        type,
        lookup(name, options, callback) {
          lookup(name, options, (...results) => {
            callback(...results);
            resolve(undefined);
          });
        },
      });
      socket.bind(0, 'localhost');
      socket.close();
    });
  },
  async 'is never bound'(type) {
    dgram.createSocket(type);
  },
  async 'joins a group and leaves by closing'(type) {
    const socket = await bound(type);
    // It has a route, or none.
    if (type === 'udp4') socket.addMembership('239.255.77.77', '127.0.0.1');
    socket.close();
  },
};

/** A thread that is terminated amid its traffic. */
async function thread() {
  const worker = new Worker(new URL('thread.mjs', import.meta.url));
  await once(worker, 'message');
  received += 1;
  await worker.terminate();
}

async function round() {
  for (const way of Object.values(ways)) {
    for (const type of FAMILIES) {
      await Promise.all(Array.from({ length: SOCKETS }, () => way(type)));
    }
  }
  await thread();
}

async function run() {
  while (!stopped) {
    await round().catch((error) => {
      wrong.unexpected += 1;
      console.error(error);
    });
    await setTimeout(PAUSE);
  }
}

const running = run();
answer({
  datagrams: () => received,
  wrong,
  async finish() {
    stopped = true;
    await running;
  },
});
