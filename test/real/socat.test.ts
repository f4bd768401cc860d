/**
 * `socat` (Debian package `socat`) on the other end, both ways, on udp4 and udp6.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { RemoteInfo, Socket } from 'node:dgram';
import { afterEach, describe, it } from 'node:test';
import {
  bound,
  connected,
  freePort,
  missing,
  noIPv6,
  Program,
  releaseAll,
  serve,
} from './support.ts';

const noSocat = missing('socat', 'socat');

interface Side {
  readonly address: string;
  /** The address in socat's notation. */
  readonly host: string;
  readonly version: 4 | 6;
}

const sides: readonly (readonly [Side, string | false])[] = [
  [{ address: '127.0.0.1', host: '127.0.0.1', version: 4 }, noSocat],
  [{ address: '::1', host: '[::1]', version: 6 }, noSocat || noIPv6],
];

async function nextMessage(socket: Socket): Promise<{ message: Buffer; peer: RemoteInfo }> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('message', (message, peer) => {
      socket.off('error', reject);
      resolve({ message, peer });
    });
  });
}

/**
 * Socat that listens, known by its `-d -d` notices on stderr, which say when the port is open.
 * `timeout` ends it even if this process should die first.
 */
async function startSocat(from: string, to: string, ready: RegExp): Promise<Program> {
  const program = new Program('sh', ['-c', `exec timeout 60 socat -d -d ${from} ${to} 2>&1`]);
  await program.find(ready);
  return program;
}

async function startSocatEcho(side: Side): Promise<number> {
  const port = await freePort(side.address);
  const from = `UDP${side.version}-RECVFROM:${port},bind=${side.host},fork`;
  await startSocat(from, 'EXEC:cat', /receiving on/);
  return port;
}

for (const [side, skip] of sides) {
  describe(`socat over IPv${side.version}`, { skip }, () => {
    afterEach(releaseAll);

    it('sends to us', async () => {
      const socket = await bound(side.address);
      const received = nextMessage(socket);
      const target = `UDP${side.version}-SENDTO:${side.host}:${socket.address().port}`;
      const socat = new Program('socat', ['-u', '-', target]);
      socat.write('from socat');
      socat.end();
      const { message, peer } = await received;
      assert.equal(message.toString(), 'from socat');
      assert.equal(peer.address, side.address);
      assert.equal(peer.family, `IPv${side.version}`);
      assert.equal(peer.size, message.length);
    });

    it('gets its datagram back from the echo server', async () => {
      const server = await serve('echo.mjs', ['0', side.address]);
      const target = `UDP${side.version}:${side.host}:${server.port}`;
      const socat = new Program('socat', ['-', target]);
      for (const text of ['one', 'two', 'drei äöü']) {
        socat.write(`${text}\n`);
        assert.equal(await socat.line(), text);
      }
    });

    it('echoes ours', async () => {
      const port = await startSocatEcho(side);
      const socket = await bound(side.address);
      const received = nextMessage(socket);
      socket.send('to socat', port, side.address);
      const { message, peer } = await received;
      assert.equal(message.toString(), 'to socat');
      assert.deepEqual(peer, {
        address: side.address,
        family: `IPv${side.version}`,
        port,
        size: message.length,
      });
    });

    it('echoes ours of more than 1,400 bytes to a connected socket', async () => {
      const port = await startSocatEcho(side);
      const socket = await connected(port, side.address);
      for (const size of [1401, 1500, 4000, 8000]) {
        const sent = randomBytes(size);
        const received = nextMessage(socket);
        socket.send(sent);
        const { message, peer } = await received;
        assert.ok(message.equals(sent), `${size} bytes came back changed`);
        assert.equal(peer.port, port);
      }
    });

    it('takes a burst in order', async () => {
      const socket = await bound(side.address);
      const port = await freePort(side.address);
      const from = `-u UDP${side.version}-RECV:${port},bind=${side.host},rcvbuf=1048576`;
      const socat = await startSocat(from, '-', /starting data transfer loop/);
      const lines = Array.from({ length: 200 }, (_, index) => `datagram ${index}`);
      for (const line of lines) socket.send(`${line}\n`, port, side.address);
      for (const line of lines)
        assert.equal((await socat.find(/^(?<line>datagram \d+)$/))['line'], line);
    });
  });
}
