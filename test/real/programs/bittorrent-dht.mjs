/**
 * bittorrent-dht: fifty nodes in one process. Each knows the one before it, and the first knows the last. Each
 * announces a torrent, and each looks up one that a node on the other side of the ring announced.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import DHT from 'bittorrent-dht';
import { called, inFlight, observe } from './program.mjs';

const NODES = 50;
const AT_ONCE = 10;

/** @param {string} text */
const sha1 = (text) => createHash('sha1').update(text).digest();
/** @param {number} index */
const torrent = (index) => sha1(`torrent ${index % NODES}`);

/**
 * @param {number} index
 * @param {DHT[]} before
 */
async function join(index, before) {
  const known = before.at(-1)?.address();
  const bootstrap = known === undefined ? false : [`127.0.0.1:${known.port}`];
  const node = new DHT({ nodeId: sha1(`node ${index}`), host: '127.0.0.1', bootstrap });
  node.listen(0, '127.0.0.1');
  await once(node, 'ready');
  return node;
}

await observe(async () => {
  /** @type {DHT[]} */
  const nodes = [];
  for (let index = 0; index < NODES; index += 1) nodes.push(await join(index, nodes));
  const errors = { errors: 0, warnings: 0 };
  for (const node of nodes) {
    node.on('error', () => errors.errors++);
    node.on('warning', () => errors.warnings++);
  }
  const last = nodes.at(-1)?.address();
  assert.ok(last);
  nodes[0]?.addNode({ host: '127.0.0.1', port: last.port });

  await inFlight(NODES, AT_ONCE, async (index) => {
    const port = 20_000 + index;
    await called((done) => nodes[index]?.announce(torrent(index), port, done));
  });

  const found = await inFlight(NODES, AT_ONCE, async (index) => {
    const node = nodes[index];
    const wanted = torrent(index + NODES / 2);
    /** @type {Set<string>} */
    const peers = new Set();
    node?.on('peer', (peer, hash) => {
      if (wanted.equals(hash)) peers.add(`${peer.host}:${peer.port}`);
    });
    await called((done) => node?.lookup(wanted, done));
    return [...peers].join();
  });
  await Promise.all(nodes.map((node) => called((done) => node.destroy(done))));
  return { nodes: nodes.length, found, ...errors };
});
