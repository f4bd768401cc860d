/**
 * The `socket` module of Python (Debian package `python3`) as client and as server.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { bound, connected, missing, noIPv6, Program, releaseAll, root } from './support.ts';

const noPython = missing('python3', 'python3');

/** Sizes of payloads: nothing, one byte, around one Ethernet frame, the most that IPv4 carries. */
const sizes = [0, 1, 1472, 1473, 9000, 65_507];

function python(fixture: string, ...args: string[]): Program {
  return new Program('python3', [`${root}test/real/fixtures/${fixture}`, ...args]);
}

async function json(program: Program): Promise<Record<string, unknown>> {
  const value: Record<string, unknown> = JSON.parse(await program.line());
  return value;
}

for (const [address, skip] of [
  ['127.0.0.1', noPython],
  ['::1', noPython || noIPv6],
] as const) {
  describe(`python on ${address}`, { skip }, () => {
    afterEach(releaseAll);

    it('is our client', async () => {
      const server = await bound(address);
      const sources: number[] = [];
      server.on('message', (message, peer) => {
        sources.push(peer.port);
        server.send(message, peer.port, peer.address);
      });
      const client = python('client.py', address, `${server.address().port}`);
      for (const size of sizes) {
        const payload = randomBytes(size).toString('hex');
        client.write(`${payload}\n`);
        const { answer, port } = await json(client);
        assert.ok(answer === payload, `${size} bytes came back changed`);
        assert.equal(sources.at(-1), port);
      }
    });

    it('is our server', async () => {
      const server = python('server.py', address);
      const port = Number((await json(server))['port']);
      const client = await bound(address);
      for (const size of sizes) {
        const sent = randomBytes(size);
        const received = once(client, 'message');
        client.send(sent, port, address);
        const { payload, source } = await json(server);
        assert.ok(payload === sent.toString('hex'), `${size} bytes arrived changed`);
        assert.deepEqual(source, [address, client.address().port]);
        const [answer] = await received;
        assert.ok(sent.equals(answer), `${size} bytes came back changed`);
      }
    });

    it('takes an array of pieces as one datagram', async () => {
      const server = python('server.py', address);
      const port = Number((await json(server))['port']);
      const client = await bound(address);
      client.send(['UDP ', Buffer.from('in '), new Uint8Array([118, 111]), 'lleys'], port, address);
      const { payload } = await json(server);
      assert.equal(Buffer.from(String(payload), 'hex').toString(), 'UDP in volleys');
    });

    it('sees on each datagram the TTL that was set when it was sent', async () => {
      const server = python('ttl.py', address);
      const port = Number((await json(server))['port']);
      const client = await connected(port, address);
      for (let ttl = 1; ttl <= 5; ttl += 1) {
        client.setTTL(ttl);
        client.send(`${ttl}`);
      }
      for (let hops = 1; hops <= 5; hops += 1) {
        assert.deepEqual(await json(server), { payload: `${hops}`, hops });
      }
    });

    it('gets a hundred datagrams of one turn in order', async () => {
      const server = python('server.py', address);
      const port = Number((await json(server))['port']);
      const client = await bound(address);
      for (let index = 0; index < 100; index += 1) client.send(`${index}`, port, address);
      for (let index = 0; index < 100; index += 1) {
        const { payload } = await json(server);
        assert.equal(Buffer.from(String(payload), 'hex').toString(), `${index}`);
      }
    });
  });
}
