/** `'messages'`: who is told, when, and what handlers may do. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { BlockList } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type MessageBatch, Socket } from 'volley';
import { drained, FAMILIES, turn } from '../support/sockets.ts';
import { bound, collectBatches, contents, numbered, open, texts } from './support.ts';

/** Has exceptions of handlers gathered instead of ending the test. */
function gatherExceptions(t: TestContext): unknown[] {
  const caught: unknown[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => caught.push(error));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  return caught;
}

/**
 * Resolves when all that `sender` sent before has been delivered, whoever hears it: the kernel has it when
 * `other` gets what is sent last, and both are polled in the same turn.
 */
async function passed(sender: Socket, other: Socket): Promise<void> {
  await drained(sender, other);
  await turn();
}

for (const { type, skip, loopback, family, any } of FAMILIES) {
  for (const gro of [true, false]) {
    test(`${type}, gro ${gro}: 'messages' and 'message' both get everything`, {
      skip,
    }, async (t) => {
      const receiver = await bound(t, { type, gro });
      const sender = await bound(t, type);
      const seen: string[] = [];
      receiver.on('message', (message) => seen.push(`one ${message}`));
      receiver.on('messages', (batch) => {
        for (const [message] of batch) seen.push(`all ${message}`);
      });
      sender.sendMany(numbered(100), receiver.address().port, loopback);
      await drained(sender, receiver);
      const of = (mark: string): string[] =>
        seen.filter((text) => text.startsWith(mark)).map((text) => text.slice(4));
      assert.deepEqual(of('one ').slice(0, 100), numbered(100));
      assert.deepEqual(of('all ').slice(0, 100), numbered(100));
      for (const text of numbered(100)) {
        assert.ok(seen.indexOf(`all ${text}`) < seen.indexOf(`one ${text}`), text);
      }
    });
  }

  test(`${type}: nothing is emitted as 'message' where only 'messages' is heard`, {
    skip,
  }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const emitted: unknown[] = [];
    const emit = receiver.emit;
    receiver.emit = function (this: typeof receiver, ...given: Parameters<typeof emit>) {
      emitted.push(given[0]);
      return Reflect.apply(emit, this, given);
    };
    const batched = collectBatches(receiver, 50);
    sender.sendMany(numbered(50), receiver.address().port, loopback);
    await batched;
    await turn();
    assert.deepEqual([...new Set(emitted)], ['messages']);
  });

  test(`${type}: without listeners of 'messages' none is emitted`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const emitted = new Set<unknown>();
    const emit = receiver.emit;
    receiver.emit = function (this: typeof receiver, ...given: Parameters<typeof emit>) {
      emitted.add(given[0]);
      return Reflect.apply(emit, this, given);
    };
    sender.sendMany(numbered(5), receiver.address().port, loopback);
    await drained(sender, receiver);
    assert.deepEqual([...emitted], ['message']);
  });

  test(`${type}: listeners get the socket as this, and one batch`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const told = new Promise<unknown[]>((resolve) => {
      receiver.on('messages', function (this: unknown, ...given: unknown[]) {
        resolve([this, ...given]);
      });
    });
    sender.send('x', receiver.address().port, loopback);
    const [self, batch, ...rest] = await told;
    assert.equal(self, receiver);
    assert.equal(Reflect.get(Object(batch), 'length'), 1);
    assert.equal(rest.length, 0);
  });

  test(`${type}: listeners come and go while datagrams come`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const { port } = receiver.address();
    const heard: string[] = [];
    const onMessage = (message: Buffer): void => {
      heard.push(`one ${message}`);
    };
    const onMessages = (batch: MessageBatch): void => {
      for (const [message] of batch) heard.push(`all ${message}`);
    };
    const other = await bound(t, type);
    const round = async (text: string): Promise<void> => {
      sender.send(text, port, loopback);
      await passed(sender, other);
    };
    receiver.on('message', onMessage);
    await round('1');
    receiver.on('messages', onMessages);
    await round('2');
    receiver.off('message', onMessage);
    await round('3');
    receiver.off('messages', onMessages);
    await round('4');
    receiver.once('messages', onMessages);
    await round('5');
    await round('6');
    assert.deepEqual(heard, ['one 1', 'all 2', 'one 2', 'all 3', 'all 5']);
  });

  test(`${type}: a listener that leaves in the middle of a batch misses the rest`, {
    skip,
  }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const heard: string[] = [];
    const batches = collectBatches(receiver, 30);
    const onMessage = (message: Buffer): void => {
      heard.push(message.toString());
      if (heard.length === 3) receiver.off('message', onMessage);
    };
    receiver.on('message', onMessage);
    sender.sendMany(numbered(30), receiver.address().port, loopback);
    assert.deepEqual(texts(await batches), numbered(30));
    await turn();
    assert.deepEqual(heard, numbered(3));
  });

  test(`${type}: receiveBlockList leaves out what it blocks`, { skip }, async (t) => {
    const blocked = type === 'udp4' ? '127.0.0.2' : '::ffff:127.0.0.2';
    const receiveBlockList = new BlockList();
    receiveBlockList.addAddress('127.0.0.2');
    const receiver = await bound(t, { type, receiveBlockList }, any);
    const { port } = receiver.address();
    const allowed = await bound(t, type, loopback);
    const refused = await bound(t, 'udp4', '127.0.0.2');
    const heard: [string, string][] = [];
    receiver.on('messages', (batch) => {
      assert.ok(batch.length > 0);
      for (const [index, [message, source]] of [...batch].entries()) {
        assert.equal(batch.payload(index).toString(), message.toString());
        assert.equal(batch.address(index), source.address);
        assert.equal(batch.size(index), message.length);
        heard.push([message.toString(), source.address]);
      }
      assert.throws(() => batch.payload(batch.length), { code: 'ERR_OUT_OF_RANGE' });
    });
    for (const text of numbered(20)) {
      refused.send(`no ${text}`, port, '127.0.0.1');
      allowed.send(text, port, loopback);
    }
    await drained(allowed, receiver, loopback);
    const expected = numbered(20).map((text) => [text, loopback]);
    assert.deepEqual(heard.slice(0, 20), expected);
    assert.ok(!heard.some(([, address]) => address === blocked));
  });

  test(`${type}: a batch of nothing but blocked datagrams is none`, { skip }, async (t) => {
    const receiveBlockList = new BlockList();
    receiveBlockList.addAddress(loopback, family === 'IPv4' ? 'ipv4' : 'ipv6');
    const receiver = await bound(t, { type, receiveBlockList });
    const sender = await bound(t, type);
    receiver.on('messages', () => assert.fail('a batch came'));
    sender.sendMany(numbered(10), receiver.address().port, loopback);
    await drained(sender, await bound(t, type));
    await turn();
  });

  for (const both of [false, true]) {
    const along = both ? ", with 'message' heard as well" : '';
    test(`${type}: closing in the handler ends it${along}`, { skip }, async (t) => {
      const receiver = await bound(t, type);
      const sender = await bound(t, type);
      const { port } = receiver.address();
      let batches = 0;
      receiver.on('messages', (batch) => {
        batches += 1;
        assert.ok(batch.length >= 1);
        receiver.close();
        // What came is still there.
        assert.equal(batch.payload(0).toString(), '000000');
      });
      if (both) receiver.on('message', () => assert.fail('a message came after close()'));
      const closing = once(receiver, 'close');
      sender.sendMany(numbered(100), port, loopback);
      await closing;
      const other = await bound(t, type);
      await drained(sender, other);
      assert.equal(batches, 1);
      // Others go on as before: their datagrams leave when the tick ends.
      const heard = collectBatches(other, 1);
      sender.send('after', other.address().port, loopback);
      assert.deepEqual(texts(await heard), ['after']);
    });

    test(`${type}: throwing in the handler loses nothing${along}`, { skip }, async (t) => {
      const receiver = await bound(t, type);
      const sender = await bound(t, type);
      const { port } = receiver.address();
      const caught = gatherExceptions(t);
      const heard: string[] = [];
      const single: string[] = [];
      let batches = 0;
      receiver.on('messages', (batch) => {
        batches += 1;
        for (const [message] of batch) heard.push(message.toString());
        throw new Error('thrown in the handler');
      });
      if (both) receiver.on('message', (message) => single.push(message.toString()));
      const other = await bound(t, type);
      for (let round = 0; round < 5; round += 1) {
        sender.sendMany(numbered(10, round * 10), port, loopback);
        await passed(sender, other);
      }
      assert.deepEqual(heard, numbered(50));
      if (both) assert.deepEqual(single, numbered(50));
      assert.equal(caught.length, batches);
      for (const error of caught) {
        assert.ok(error instanceof Error);
        assert.equal(error.message, 'thrown in the handler');
      }
    });
  }

  test(`${type}: handlers run in the async context of the socket`, { skip }, async (t) => {
    const storage = new AsyncLocalStorage<string>();
    const receiver = storage.run('create', () => open(t, type));
    const listening = once(receiver, 'listening');
    receiver.bind(0, loopback);
    await listening;
    const sender = await bound(t, type);
    const seen = new Promise<unknown>((resolve) => {
      storage.run('on', () => receiver.on('messages', () => resolve(storage.getStore())));
    });
    storage.run('send', () => sender.send('x', receiver.address().port, loopback));
    assert.equal(await seen, 'create');
  });

  test(`${type}: ticks and promise jobs run between two batches`, { skip }, async (t) => {
    const receiver = await bound(t, { type, recvBufferSize: 1 << 20 });
    const sender = await bound(t, type);
    const seen: string[] = [];
    let batches = 0;
    let heard = 0;
    receiver.on('messages', (batch) => {
      batches += 1;
      heard += batch.length;
      const mark = batches;
      seen.push(`batch ${mark}`);
      process.nextTick(() => seen.push(`tick ${mark}`));
      Promise.resolve().then(() => seen.push(`job ${mark}`));
    });
    // Of growing size, so that none are merged, and more than one batch holds.
    const payloads = numbered(150).map((text, index) => text.padEnd(6 + index, '.'));
    sender.sendMany(payloads, receiver.address().port, loopback);
    await drained(sender, receiver);
    await turn();
    assert.equal(heard, 151);
    assert.ok(batches > 1);
    const expected = Array.from({ length: batches }, (_, index) => index + 1);
    assert.deepEqual(
      seen,
      expected.flatMap((mark) => [`batch ${mark}`, `tick ${mark}`, `job ${mark}`]),
    );
  });

  test(`${type}: a loop of once(socket, 'messages') misses no batch`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const payloads = numbered(150).map((text, index) => text.padEnd(6 + index, '.'));
    sender.sendMany(payloads, receiver.address().port, loopback);
    const heard: string[] = [];
    while (heard.length < 150) {
      const [batch]: MessageBatch[] = await once(receiver, 'messages');
      heard.push(...texts(batch ? [batch] : []));
    }
    assert.deepEqual(heard, payloads);
  });

  test(`${type}: classes of one's own hear batches too`, { skip }, async (t) => {
    class Counting extends Socket {
      count = 0;
      constructor() {
        super(type);
        this.on('messages', (batch) => {
          this.count += batch.length;
        });
      }
    }
    const receiver = new Counting();
    t.after(() => receiver.close());
    const listening = once(receiver, 'listening');
    receiver.bind(0, loopback);
    await listening;
    const sender = await bound(t, type);
    const batches = collectBatches(receiver, 10);
    sender.sendMany(numbered(10), receiver.address().port, loopback);
    assert.equal(contents(await batches).length, 10);
    assert.equal(receiver.count, 10);
  });
}
