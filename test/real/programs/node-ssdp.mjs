/**
 * node-ssdp: two servers and a client. The client discovers services by multicast and gets answers by unicast; each
 * server hears the other's advertisements.
 */
import assert from 'node:assert/strict';
import os from 'node:os';
import ssdp from 'node-ssdp';
import { freePort, observe, rounds } from './program.mjs';

const SEARCHES = rounds(50);
const LOOPBACK = '127.0.0.1';

/** node-ssdp passes over interfaces that the system calls internal: the loopback becomes the only other one. */
function offerLoopback() {
  const { lo } = os.networkInterfaces();
  assert.ok(lo);
  os.networkInterfaces = () => ({ lo: lo.map((address) => ({ ...address, internal: false })) });
}

/**
 * @param {string} name
 * @param {{ ssdpPort: number, sourcePort: number }} options
 */
async function serve(name, options) {
  const server = new ssdp.Server({
    ...options,
    udn: `uuid:${name}`,
    location: `http://${LOOPBACK}/${name}`,
    ssdpSig: 'volley',
    headers: { SEQUENCE: name },
  });
  server.addUSN(`urn:volley:${name}`);
  server.addUSN('urn:volley:all');
  await server.start();
  // Its own messages to the group leave by the default route unless told so.
  server.sockets[LOOPBACK]?.setMulticastInterface(LOOPBACK);
  return server;
}

/**
 * @param {InstanceType<typeof ssdp.Client>} client
 * @param {string} service
 * @param {number} count of answers
 */
async function search(client, service, count) {
  /** @type {string[]} */
  const answers = [];
  const complete = new Promise((resolve) => {
    client.on('response', function hear({ ST, USN, LOCATION }, code) {
      if (ST === service) answers.push(`${code} ${USN} ${LOCATION}`);
      if (answers.length < count) return;
      client.off('response', hear);
      resolve(undefined);
    });
  });
  client.search(service);
  await complete;
  return answers.sort();
}

await observe(async () => {
  offerLoopback();
  const port = await freePort();
  const left = await serve('left', { ssdpPort: port, sourcePort: port });
  const right = await serve('right', { ssdpPort: port, sourcePort: port });
  const client = new ssdp.Client({ ssdpPort: port, explicitSocketBind: true });
  await client.start();

  const found = [];
  for (let index = 0; index < SEARCHES; index += 1) {
    found.push(await search(client, 'urn:volley:all', 2));
  }
  const one = await search(client, 'urn:volley:left', 1);

  /** @type {string[]} */
  const heard = [];
  const bothHeard = (/** @type {string} */ event) =>
    new Promise((resolve) => {
      right.on(event, ({ USN, NTS }) => {
        if (USN.startsWith('uuid:left')) heard.push(`${USN} ${NTS}`);
        if (USN === 'uuid:left::urn:volley:all') resolve(undefined);
      });
    });
  const alive = bothHeard('advertise-alive');
  left.advertise(true);
  await alive;
  const bye = bothHeard('advertise-bye');
  left.advertise(false);
  await bye;
  for (const peer of [client, left, right]) peer.stop();
  return { searches: found.length, found: found[0], one, heard };
});
