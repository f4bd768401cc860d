// Three small conversations on loopback. Each says in one line what happened, or what this machine cannot do.
import { once } from 'node:events';

/** @typedef {{ mark: '✓' | '–' | '✗', text: string }} Outcome */
/** @typedef {typeof import('volley')['default']} Dgram */
/** @typedef {'udp4' | 'udp6'} Family */

const ROUNDS = 1000;
/** How long a conversation may take, in milliseconds. */
const PATIENCE = 2000;

/** What a machine without IPv6, or without a multicast route on loopback, answers. */
const NOT_HERE = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'ENETUNREACH', 'ENODEV', 'EINVAL']);

const LOOPBACK = { udp4: '127.0.0.1', udp6: '::1' };
/** Groups of administrative scope (RFC 2365) and of the interface itself (RFC 4291). */
const GROUP = { udp4: '239.255.41.41', udp6: 'ff01::4141' };
const MULTICAST_INTERFACE = { udp4: '127.0.0.1', udp6: '::%lo' };

/**
 * A socket bound to loopback.
 * @param {Dgram} dgram
 * @param {Family} family
 */
async function bound(dgram, family) {
  const socket = dgram.createSocket(family);
  socket.bind(0, LOOPBACK[family]);
  await once(socket, 'listening');
  return socket;
}

/**
 * Runs a conversation and closes its sockets; what goes wrong becomes the outcome.
 * @param {string} name
 * @param {(sockets: import('volley').Socket[]) => Promise<string>} talk
 * @returns {Promise<Outcome>}
 */
async function attempt(name, talk) {
  /** @type {import('volley').Socket[]} */
  const sockets = [];
  try {
    return { mark: '✓', text: `${name}: ${await talk(sockets)}` };
  } catch (error) {
    const { code = '', message } = /** @type {NodeJS.ErrnoException} */ (error);
    return NOT_HERE.has(code)
      ? { mark: '–', text: `${name}: skipped, this machine cannot: ${message}` }
      : { mark: '✗', text: `${name}: ${message}` };
  } finally {
    for (const socket of sockets) socket.close();
  }
}

/**
 * A server that sends each datagram back, and a client that checks what comes.
 * @param {Dgram} dgram
 * @param {Family} family
 */
export function echo(dgram, family) {
  return attempt('echo', async (sockets) => {
    const server = await bound(dgram, family);
    sockets.push(server);
    server.on('message', (message, source) => server.send(message, source.port, source.address));
    const client = await bound(dgram, family);
    sockets.push(client);
    const { port } = server.address();
    return pingPong(client, (text) => client.send(text, port, LOOPBACK[family]));
  });
}

/**
 * The same between two sockets that are connected to each other.
 * @param {Dgram} dgram
 * @param {Family} family
 */
export function connected(dgram, family) {
  return attempt('connected', async (sockets) => {
    const server = await bound(dgram, family);
    const client = await bound(dgram, family);
    sockets.push(server, client);
    server.connect(client.address().port, LOOPBACK[family]);
    client.connect(server.address().port, LOOPBACK[family]);
    await Promise.all([once(server, 'connect'), once(client, 'connect')]);
    server.on('message', (message) => server.send(message));
    return pingPong(client, (text) => client.send(text));
  });
}

/**
 * Sends numbered texts one after the other and waits for each to come back.
 * @param {import('volley').Socket} client
 * @param {(text: string) => void} send
 */
async function pingPong(client, send) {
  const signal = AbortSignal.timeout(PATIENCE);
  const begin = performance.now();
  for (let round = 0; round < ROUNDS; round += 1) {
    const text = `round ${round} — größer als ASCII`;
    send(text);
    const [message] = await once(client, 'message', { signal });
    if (String(message) !== text) throw new Error(`round ${round} came back as ${message}`);
  }
  const each = ((performance.now() - begin) / ROUNDS) * 1000;
  return `${ROUNDS.toLocaleString('en')} round trips, ${each.toFixed(0)} µs each`;
}

/**
 * Three members of a group on the loopback interface, and one datagram for all of them.
 * @param {Dgram} dgram
 * @param {Family} family
 */
export function multicast(dgram, family) {
  return attempt('multicast', async (sockets) => {
    const members = [];
    let port = 0;
    for (let member = 0; member < 3; member += 1) {
      const socket = dgram.createSocket({ type: family, reuseAddr: true });
      sockets.push(socket);
      socket.bind(port);
      await once(socket, 'listening');
      port = socket.address().port;
      socket.addMembership(GROUP[family], MULTICAST_INTERFACE[family]);
      members.push(once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE) }));
    }
    const sender = await bound(dgram, family);
    sockets.push(sender);
    sender.setMulticastInterface(MULTICAST_INTERFACE[family]);
    const sent = new Promise((resolve, reject) => {
      sender.send('to all of you', port, GROUP[family], (error) =>
        error ? reject(error) : resolve(undefined),
      );
    });
    const [heard] = await Promise.all([Promise.all(members), sent]);
    if (heard.some(([message]) => String(message) !== 'to all of you')) throw new Error('altered');
    return `${heard.length} members of ${GROUP[family]} heard one datagram`;
  });
}
