import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  bound,
  closed,
  collect,
  drained,
  FAMILIES,
  listen,
  nextMessage,
  open,
} from '../support/sockets.ts';

for (const { type, skip, loopback, family, any } of FAMILIES) {
  test(`${type}: 'message' has the payload and where it is from`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const seen = new Promise<unknown[]>((resolve) => {
      receiver.on('message', function (this: unknown, ...arguments_: unknown[]) {
        resolve([this, ...arguments_]);
      });
    });
    sender.send('payload', receiver.address().port, loopback);
    const [self, message, rinfo, ...rest] = await seen;
    assert.equal(self, receiver);
    assert.equal(rest.length, 0);
    assert.ok(Buffer.isBuffer(message));
    assert.equal(message.toString(), 'payload');
    assert.deepEqual(rinfo, { address: loopback, family, port: sender.address().port, size: 7 });
    assert.deepEqual(Object.keys(Object(rinfo)), ['address', 'family', 'port', 'size']);
    assert.equal(Object.getPrototypeOf(rinfo), Object.prototype);
  });

  test(`${type}: a loop of once(socket, 'message') sees every datagram`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const count = 200;
    for (let index = 0; index < count; index += 1) {
      sender.send(String(index), receiver.address().port, loopback);
    }
    for (let index = 0; index < count; index += 1) {
      const [message] = await once(receiver, 'message');
      assert.equal(String(message), String(index));
    }
  });

  test(`${type}: ticks and promise jobs run between two messages`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const seen: string[] = [];
    receiver.on('message', (message) => {
      seen.push(`message ${message}`);
      process.nextTick(() => seen.push(`tick ${message}`));
      Promise.resolve().then(() => seen.push(`job ${message}`));
    });
    for (const text of ['1', '2', '3']) sender.send(text, receiver.address().port, loopback);
    await drained(sender, receiver);
    const expected = ['1', '2', '3'].flatMap((n) => [`message ${n}`, `tick ${n}`, `job ${n}`]);
    assert.deepEqual(seen.slice(0, 9), expected);
  });

  test(`${type}: kept messages stay what they were`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const all = collect(receiver, 50);
    for (let index = 0; index < 50; index += 1) {
      sender.send(Buffer.alloc(100 + index, index), receiver.address().port, loopback);
    }
    for (const [index, { payload, rinfo }] of (await all).entries()) {
      assert.deepEqual(payload, Buffer.alloc(100 + index, index));
      assert.equal(rinfo.size, 100 + index);
      payload.fill(0xff);
    }
  });

  test(`${type}: empty datagrams arrive as empty messages`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const all = collect(receiver, 3);
    sender.send('', receiver.address().port, loopback);
    sender.send([], receiver.address().port, loopback);
    sender.send('end', receiver.address().port, loopback);
    assert.deepEqual(
      (await all).map(({ payload, rinfo }) => [payload.length, rinfo.size]),
      [
        [0, 0],
        [0, 0],
        [3, 3],
      ],
    );
  });

  test(`${type}: several senders keep their own address and order`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const senders = [await bound(t, type), await bound(t, type), await bound(t, type)];
    const all = collect(receiver, 30);
    for (let index = 0; index < 10; index += 1) {
      for (const sender of senders) {
        sender.send(String(index), receiver.address().port, loopback);
      }
    }
    const received = await all;
    for (const sender of senders) {
      const own = received.filter(({ rinfo }) => rinfo.port === sender.address().port);
      assert.deepEqual(
        own.map(({ text }) => text),
        Array.from({ length: 10 }, (_, index) => String(index)),
      );
    }
  });

  test(`${type}: a socket can send to itself and answer`, { skip }, async (t) => {
    const server = open(t, type, (message, rinfo) => {
      server.send(`re: ${message}`, rinfo.port, rinfo.address);
    });
    await listen(server, 0, any);
    const client = await bound(t, type);
    const answer = nextMessage(client);
    client.send('question', server.address().port, loopback);
    assert.equal((await answer).text, 're: question');
  });

  test(`${type}: a socket without listeners drops messages and goes on`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    sender.send('nobody hears', receiver.address().port, loopback);
    await drained(sender, receiver);
    const heard = nextMessage(receiver);
    sender.send('heard', receiver.address().port, loopback);
    assert.equal((await heard).text, 'heard');
  });

  test(`${type}: listeners added and removed between messages`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const seen: string[] = [];
    const second = (message: Buffer): void => {
      seen.push(`second ${message}`);
    };
    receiver.once('message', (message) => {
      seen.push(`once ${message}`);
      receiver.on('message', second);
    });
    sender.send('1', receiver.address().port, loopback);
    sender.send('2', receiver.address().port, loopback);
    await drained(sender, receiver);
    assert.deepEqual(seen.slice(0, 2), ['once 1', 'second 2']);
  });

  test(`${type}: after close() no message comes`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const { port } = receiver.address();
    let heard = 0;
    receiver.on('message', () => {
      heard += 1;
    });
    for (let index = 0; index < 5; index += 1) sender.send('x', port, loopback);
    const other = await bound(t, type);
    await closed(receiver);
    const after = heard;
    await drained(sender, other);
    assert.equal(heard, after);
  });
}
