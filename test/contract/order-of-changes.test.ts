/** What a program does to a socket concerns what it sends afterwards, and nothing that it sent before. */
import assert from 'node:assert/strict';
import type { SocketOptions } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { run } from '../support/process.ts';
import {
  bound,
  call,
  collect,
  connected,
  FAMILIES,
  nextMessage,
  open,
  sent,
} from '../support/sockets.ts';

/** Volley keeps 1,024 datagrams together. */
const MORE_THAN_A_SLAB = 1500;

for (const { type, skip, loopback } of FAMILIES) {
  test(`${type}: disconnecting after sending`, { skip }, async (t) => {
    const peer = await bound(t, type);
    const other = await bound(t, type);
    const socket = await connected(t, type, peer.address().port);
    const first = collect(peer, 2);
    const second = nextMessage(other);
    const done = [sent(socket, 'a'), sent(socket, 'b')];
    socket.disconnect();
    done.push(sent(socket, 'c', other.address().port, loopback));
    assert.deepEqual(
      (await first).map(({ text }) => text),
      ['a', 'b'],
    );
    assert.equal((await second).text, 'c');
    for (const { error, bytes } of await Promise.all(done))
      assert.deepEqual([error, bytes], [null, 1]);
  });

  test(`${type}: connecting to another peer after sending`, { skip }, async (t) => {
    const peer = await bound(t, type);
    const other = await bound(t, type);
    const socket = await connected(t, type, peer.address().port);
    const first = nextMessage(peer);
    const second = nextMessage(other);
    const done = sent(socket, 'a');
    socket.disconnect();
    socket.connect(other.address().port, loopback);
    await once(socket, 'connect');
    socket.send('b');
    assert.equal((await first).text, 'a');
    assert.equal((await second).text, 'b');
    assert.deepEqual(await done, { error: null, bytes: 1 });
  });

  test(`${type}: more than a slab holds, then another peer`, { skip }, async (t) => {
    const peer = await bound(t, { type, recvBufferSize: 4 << 20 });
    const other = await bound(t, { type, recvBufferSize: 4 << 20 });
    const socket = await connected(t, type, peer.address().port);
    const strays = new Set<string>();
    other.on('message', (message) => strays.add(String(message)));
    const done = Array.from({ length: MORE_THAN_A_SLAB }, (_, index) => sent(socket, `${index}`));
    socket.disconnect();
    socket.connect(other.address().port, loopback);
    await once(socket, 'connect');
    const last = nextMessage(other);
    socket.send('last');
    await last;
    const outcomes = await Promise.all(done);
    assert.deepEqual([...strays], ['last']);
    assert.ok(outcomes.every(({ error }) => error === null));
  });

  test(`${type}: more than a slab holds, then close`, { skip }, async (t) => {
    const peer = await bound(t, type);
    const socket = await connected(t, type, peer.address().port);
    const done = Array.from({ length: MORE_THAN_A_SLAB }, (_, index) => sent(socket, `${index}`));
    socket.close();
    const outcomes = await Promise.all(done);
    assert.ok(outcomes.every(({ error }) => error === null));
  });

  test(`${type}: a peer set while a name is resolved`, { skip }, async (t) => {
    const peer = await bound(t, type);
    let answer = (): void => {};
    const lookup: SocketOptions['lookup'] = (host, _options, callback) => {
      const reply = (): void => callback(null, loopback, 0);
      if (host === 'slow.test') answer = reply;
      else reply();
    };
    const socket = await bound(t, { type, lookup });
    const result = sent(socket, 'x', peer.address().port, 'slow.test');
    socket.connect(peer.address().port, loopback);
    await once(socket, 'connect');
    answer();
    const { error } = await result;
    assert.equal(error?.message, `send EISCONN slow.test:${peer.address().port}`);
  });

  test(`${type}: a connect callback runs although the socket is closed`, { skip }, async (t) => {
    const peer = await bound(t, type);
    const socket = await bound(t, type);
    const calls: string[] = [];
    socket.on('close', () => calls.push('close'));
    socket.connect(peer.address().port, loopback, () => calls.push('connect'));
    // One tick for the lookup of the address; in the next, the callback is under way.
    process.nextTick(() => socket.close());
    await once(socket, 'close');
    assert.deepEqual(calls, ['connect', 'close']);
  });

  test(`${type}: a callback in the last place of the longest form, connected`, {
    skip,
  }, async (t) => {
    const peer = await bound(t, type);
    const socket = await connected(t, type, peer.address().port);
    const message = nextMessage(peer);
    const result = await new Promise<unknown[]>((resolve) => {
      call(socket, 'send', 'abc', 1, 2, undefined, undefined, (...values: unknown[]) =>
        resolve(values),
      );
    });
    assert.deepEqual(result, [null, 2]);
    assert.equal((await message).text, 'bc');
  });

  test(`${type}: a view whose memory was taken away is an empty datagram`, { skip }, async (t) => {
    const peer = await bound(t, type);
    const socket = await connected(t, type, peer.address().port);
    const view = new Uint8Array(8);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    const message = nextMessage(peer);
    assert.deepEqual(await sent(socket, view), { error: null, bytes: 0 });
    assert.equal((await message).text, '');
  });

  test(`${type}: bind errors show the port as it was given`, { skip }, async (t) => {
    const holder = await bound(t, type);
    const { port } = holder.address();
    for (const given of [port, port + 0x1_0000]) {
      const socket = open(t, type);
      const failed = once(socket, 'error');
      socket.bind(given, loopback);
      const [error] = await failed;
      assert.equal(error.message, `bind EADDRINUSE ${loopback}:${given}`);
      assert.equal(error.port, given);
    }
  });

  test(`${type}: what is sent in 'exit' listeners arrives`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const messages = collect(receiver, 3);
    const { code, stderr } = await run('exit.mjs', {
      arguments: [type, `${receiver.address().port}`],
    });
    assert.equal(code, 0, stderr);
    const texts = (await messages).map(({ text }) => text);
    assert.deepEqual(texts, ['before', 'early listener', 'late listener']);
  });
}
