/** `'message'`, where datagrams come in volleys: the contract between two events stays node's. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { FAMILIES, turn } from '../support/sockets.ts';
import { bound, numbered } from './support.ts';

const COUNT = 200;

for (const { type, skip, loopback } of FAMILIES) {
  for (const gro of [true, false]) {
    const words = `${type}, gro ${gro}`;

    test(`${words}: ticks and promise jobs run between two messages`, { skip }, async (t) => {
      const receiver = await bound(t, { type, gro });
      const sender = await bound(t, type);
      const seen: string[] = [];
      const done = new Promise<void>((resolve) => {
        receiver.on('message', (message) => {
          const text = message.toString();
          seen.push(`message ${text}`);
          process.nextTick(() => {
            seen.push(`tick ${text}`);
            process.nextTick(() => seen.push(`its tick ${text}`));
            queueMicrotask(() => seen.push(`its job ${text}`));
          });
          void jobs(text);
          if (text === numbered(1, COUNT - 1).join()) setImmediate(resolve);
        });
      });
      const jobs = async (text: string): Promise<void> => {
        await undefined;
        seen.push(`job ${text}`);
        await undefined;
        seen.push(`another job ${text}`);
      };
      sender.sendMany(numbered(COUNT), receiver.address().port, loopback);
      await done;
      const steps = ['message', 'tick', 'its tick', 'job', 'its job', 'another job'];
      assert.deepEqual(
        seen,
        numbered(COUNT).flatMap((text) => steps.map((step) => `${step} ${text}`)),
      );
    });

    test(`${words}: a loop of once(socket, 'message') sees every datagram`, {
      skip,
    }, async (t) => {
      const receiver = await bound(t, { type, gro });
      const sender = await bound(t, type);
      sender.sendMany(numbered(COUNT), receiver.address().port, loopback);
      const heard: string[] = [];
      while (heard.length < COUNT) {
        const [message]: unknown[] = await once(receiver, 'message');
        heard.push(String(message));
      }
      assert.deepEqual(heard, numbered(COUNT));
    });

    test(`${words}: closing in a handler stops the rest of a volley`, { skip }, async (t) => {
      const receiver = await bound(t, { type, gro });
      const sender = await bound(t, type);
      const heard: string[] = [];
      receiver.on('message', (message) => {
        heard.push(message.toString());
        if (heard.length === 10) receiver.close();
      });
      const closing = once(receiver, 'close');
      sender.sendMany(numbered(COUNT), receiver.address().port, loopback);
      await closing;
      await turn();
      assert.deepEqual(heard, numbered(10));
    });

    test(`${words}: closing in a tick between two stops the rest, too`, { skip }, async (t) => {
      const receiver = await bound(t, { type, gro });
      const sender = await bound(t, type);
      const other = await bound(t, type);
      const heard: string[] = [];
      receiver.on('message', (message) => {
        heard.push(message.toString());
        // What a handler sends before its socket closes leaves all the same.
        if (heard.length === 10) {
          sender.send('reply', other.address().port, loopback);
          process.nextTick(() => receiver.close());
        }
      });
      const closing = once(receiver, 'close');
      const replied = once(other, 'message');
      sender.sendMany(numbered(COUNT), receiver.address().port, loopback);
      await closing;
      assert.equal(String((await replied)[0]), 'reply');
      await turn();
      assert.deepEqual(heard, numbered(10));
    });

    test(`${words}: messages of one volley are apart`, { skip }, async (t) => {
      const receiver = await bound(t, { type, gro });
      const sender = await bound(t, type);
      const payloads = numbered(COUNT).map((text, index) => (index % 7 === 6 ? 'end' : text));
      const kept: Buffer[] = [];
      const done = new Promise<void>((resolve) => {
        receiver.on('message', (message, source) => {
          assert.equal(message.toString(), payloads[kept.length]);
          assert.equal(source.size, message.length);
          assert.equal(source.port, sender.address().port);
          kept.push(message);
          message.fill('!');
          source.port = 0;
          if (kept.length === COUNT) resolve();
        });
      });
      sender.sendMany(payloads, receiver.address().port, loopback);
      await done;
      // Each was written to in its handler, and none changed another's length or bytes.
      assert.deepEqual(
        kept.map((message) => message.toString()),
        payloads.map((text) => '!'.repeat(text.length)),
      );
    });

    test(`${words}: replies from handlers, one at a time and in volleys`, { skip }, async (t) => {
      const server = await bound(t, { type, gro });
      const client = await bound(t, { type, gro });
      server.on('message', (message, { port, address }) => {
        server.send(`1 ${message}`, port, address);
        server.sendMany([`2 ${message}`, `3 ${message}`], port, address);
      });
      const heard: string[] = [];
      const done = new Promise<void>((resolve) => {
        client.on('message', (message) => {
          heard.push(message.toString());
          if (heard.length === 150) resolve();
        });
      });
      client.sendMany(numbered(50), server.address().port, loopback);
      await done;
      assert.deepEqual(
        heard,
        numbered(50).flatMap((text) => [`1 ${text}`, `2 ${text}`, `3 ${text}`]),
      );
    });
  }
}
