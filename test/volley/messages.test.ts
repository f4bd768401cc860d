/** `'messages'`: what a batch holds. */
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import type { MessageBatch, RemoteInfo, Socket } from 'volley';
import { call, collect, drained, FAMILIES } from '../support/sockets.ts';
import { bound, collectBatches, contents, noSegmentation, numbered, texts } from './support.ts';

/** Where messages are merged on arrival and where they are not, the same is to be seen. */
const COALESCING = [true, false] as const;

/** Sizes in bytes, with neighbours that may leave as one message, and tails that are shorter. */
const SIZES = [
  ...[64, 64, 64, 63, 64, 65, 65, 1, 0, 0, 1, 1, 1, 1200, 1200, 1200, 1199, 0, 1200],
  ...[9000, 9000, 100, 40_000, 3, 3, 3, 2],
];

function payloads(seed: number): Buffer[] {
  return SIZES.map((size, index) => Buffer.alloc(size, (seed * 37 + index) & 0xff));
}

for (const { type, skip, loopback, family, any } of FAMILIES) {
  test(`${type}: a block list that blocks none adds none`, { skip }, async (t) => {
    const receiver = await bound(t, { type, receiveBlockList: new BlockList() });
    const sender = await bound(t, type);
    let heard = 0;
    receiver.on('messages', ({ length }) => {
      heard += length;
    });
    const arrived = collect(receiver, 3);
    sender.sendMany(numbered(3), receiver.address().port, loopback);
    await arrived;
    assert.equal(heard, 3);
  });

  for (const gro of COALESCING) {
    const words = `${type}, gro ${gro}`;
    const options = { type, gro, recvBufferSize: 1 << 20 };

    test(`${words}: payloads and sources are what was sent`, { skip }, async (t) => {
      const receiver = await bound(t, options);
      const senders = [await bound(t, type), await bound(t, type), await bound(t, type)];
      const { port } = receiver.address();
      const batched = collectBatches(receiver, 3 * SIZES.length);
      for (const [seed, sender] of senders.entries()) {
        sender.sendMany(payloads(seed), port, loopback);
      }
      const all = contents(await batched);
      assert.equal(all.length, 3 * SIZES.length);
      for (const [seed, sender] of senders.entries()) {
        const own = all.filter(([, source]) => source.port === sender.address().port);
        assert.deepEqual(
          own.map(([message]) => message),
          payloads(seed),
        );
        for (const [message, source] of own) {
          assert.deepEqual(source, {
            address: loopback,
            family,
            port: sender.address().port,
            size: message.length,
          });
        }
      }
    });

    test(`${words}: every method says the same of a datagram`, { skip }, async (t) => {
      const receiver = await bound(t, options);
      const sender = await bound(t, type);
      const batched = collectBatches(receiver, SIZES.length);
      sender.sendMany(payloads(0), receiver.address().port, loopback);
      for (const batch of await batched) assertCoherent(batch);
    });

    test(`${words}: many sources on many addresses`, { skip }, async (t) => {
      const receiver = await bound(t, options, any);
      const { port } = receiver.address();
      const addresses =
        type === 'udp4' ? numbered(5).map((_, index) => `127.0.0.${index + 1}`) : ['::1', '::1'];
      const senders = await Promise.all(addresses.map((address) => bound(t, type, address)));
      const rounds = 10;
      const batched = collectBatches(receiver, senders.length * rounds);
      for (const text of numbered(rounds)) {
        for (const sender of senders) sender.send(text, port, loopback);
      }
      const all = contents(await batched);
      for (const [index, sender] of senders.entries()) {
        const own = all.filter(([, source]) => source.port === sender.address().port);
        assert.deepEqual(
          own.map(([message]) => message.toString()),
          numbered(rounds),
        );
        for (const [, source] of own) assert.equal(source.address, addresses[index]);
      }
    });

    test(`${words}: batches stay what they were`, { skip }, async (t) => {
      const receiver = await bound(t, options);
      const sender = await bound(t, type);
      const { port } = receiver.address();
      const kept: { batch: MessageBatch; then: [Buffer, RemoteInfo][] }[] = [];
      const seen: Buffer[] = [];
      receiver.on('messages', (batch) => {
        const then = [...batch].map(([message, source]): [Buffer, RemoteInfo] => {
          return [Buffer.from(message), { ...source }];
        });
        kept.push({ batch, then });
        seen.push(...then.map(([message]) => message));
      });
      const rounds = 100;
      for (let round = 0; round < rounds; round += 1) {
        sender.sendMany(payloads(round), port, loopback);
        // As many different destinations and payloads in between, so that records are written anew.
        sender.sendMany(numbered(10, round * 10), port, loopback);
        await drained(sender, receiver);
      }
      const expected = (round: number): Buffer[] => [
        ...payloads(round),
        ...numbered(10, round * 10).map((text) => Buffer.from(text)),
      ];
      const sent = Array.from({ length: rounds }, (_, round) => expected(round)).flat();
      const heard = seen.filter((message) => !message.toString().startsWith('sentinel'));
      assert.ok(heard.length >= 3_000);
      assert.deepEqual(heard, sent);
      for (const { batch, then } of kept) assert.deepEqual([...batch], then);
    });
  }

  test(`${type}: a batch holds what was merged and what was not`, {
    skip: skip || noSegmentation,
  }, async (t) => {
    const { merged, single } = await largestBatches(t, type, loopback);
    // One call takes 64 messages of the kernel; only merged ones hold more than 64 datagrams.
    assert.ok(merged > 64, `${merged} of 200 datagrams in the largest batch`);
    assert.ok(single <= 64, `${single} of 200 datagrams in the largest batch`);
  });

  test(`${type}: a batch can be gone through again, and by several at once`, {
    skip,
  }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const batched = collectBatches(receiver, 20);
    sender.sendMany(numbered(20), receiver.address().port, loopback);
    for (const batch of await batched) {
      const first = [...batch];
      const [one, other] = [batch[Symbol.iterator](), batch[Symbol.iterator]()];
      for (const expected of first) {
        assert.deepEqual(one.next().value, expected);
        assert.deepEqual(other.next().value, expected);
      }
      assert.equal(one.next().done, true);
      const [[head] = []] = batch;
      assert.deepEqual(head, first[0]?.[0]);
    }
  });

  test(`${type}: places that are none throw`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const batched = collectBatches(receiver, 3);
    sender.sendMany(numbered(3), receiver.address().port, loopback);
    for (const batch of await batched) {
      for (const method of ['payload', 'offset', 'size', 'address', 'family', 'port', 'source']) {
        for (const place of [-1, batch.length, 2 ** 32, 0.5, Number.NaN, '0', undefined, null]) {
          assert.throws(() => call(batch, method, place), {
            name: 'RangeError',
            code: 'ERR_OUT_OF_RANGE',
            message: `The value of "index" is out of range. It must be >= 0 && < ${batch.length}. Received ${place}`,
          });
        }
      }
    }
  });

  test(`${type}: a batch is answered by what it holds`, { skip }, async (t) => {
    const server = await bound(t, type);
    const client = await bound(t, type);
    server.on('messages', (batch) => {
      const all = [...batch];
      server.sendMany(
        all.map(([message]) => message),
        all.map(([, source]) => source),
      );
    });
    const heard = collect(client, 30);
    client.sendMany(numbered(30), server.address().port, loopback);
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      numbered(30),
    );
  });

  test(`${type}: payloads are views of the batch's bytes`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const sender = await bound(t, type);
    const batched = collectBatches(receiver, 10);
    sender.sendMany(numbered(10), receiver.address().port, loopback);
    const batches = await batched;
    assert.deepEqual(texts(batches), numbered(10));
    for (const batch of batches) {
      batch.bytes.fill('!');
      for (const [message] of batch) assert.equal(message.toString(), '!!!!!!');
      assert.deepEqual(
        batch.bytes.length,
        numbered(batch.length).reduce((sum, text) => sum + text.length, 0),
      );
    }
  });
}

/** The two ways to a datagram, the iterator and the methods, tell the same. */
function assertCoherent(batch: MessageBatch): void {
  const all = [...batch];
  assert.equal(all.length, batch.length);
  assert.ok(batch.length >= 1);
  let end = 0;
  for (const [index, [message, source]] of all.entries()) {
    assert.deepEqual(batch.payload(index), message);
    assert.deepEqual(batch.source(index), source);
    assert.deepEqual(Object.keys(source), ['address', 'family', 'port', 'size']);
    assert.equal(batch.size(index), message.length);
    assert.equal(batch.address(index), source.address);
    assert.equal(batch.family(index), source.family);
    assert.equal(batch.port(index), source.port);
    assert.equal(batch.offset(index), end);
    end += message.length;
    assert.ok(batch.bytes.subarray(batch.offset(index), end).equals(message));
  }
  assert.equal(end, batch.bytes.length);
}

/** The most datagrams in one batch, where they are merged and where they are not. */
async function largestBatches(
  t: Parameters<typeof bound>[0],
  type: 'udp4' | 'udp6',
  loopback: string,
): Promise<{ merged: number; single: number }> {
  const sender = await bound(t, type);
  const largest = async (receiver: Socket): Promise<number> => {
    const batched = collectBatches(receiver, 200);
    sender.sendMany(numbered(200), receiver.address().port, loopback);
    const batches = await batched;
    assert.deepEqual(texts(batches), numbered(200));
    return Math.max(...batches.map(({ length }) => length));
  };
  return {
    merged: await largest(await bound(t, type)),
    single: await largest(await bound(t, { type, gro: false })),
  };
}
