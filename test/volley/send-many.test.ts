/** `sendMany`: its forms, what arrives, and when. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Destination, RemoteInfo } from 'volley';
import { NOT_RUNNING, shaped } from '../support/errors.ts';
import { call, collect, drained, FAMILIES, turn } from '../support/sockets.ts';
import { bound, connected, numbered, open, sentMany } from './support.ts';

const view = new DataView(Uint8Array.from([0, 1, 2, 3, 4, 5]).buffer, 2, 3);
/** Payloads of all kinds, and what each is on the wire, in hexadecimal. */
const PAYLOADS: [unknown, string][] = [
  ['abc', '616263'],
  ['añ€😀', '61c3b1e282acf09f9880'],
  ['', ''],
  [Buffer.from('abc'), '616263'],
  [Buffer.alloc(0), ''],
  [Uint8Array.of(1, 2), '0102'],
  [Uint16Array.of(1, 2), '01000200'],
  [BigInt64Array.of(1n), '0100000000000000'],
  [Float64Array.of(1), '000000000000f03f'],
  [Uint32Array.of(1, 2, 3).subarray(1), '0200000003000000'],
  [new Uint8Array(new SharedArrayBuffer(2)), '0000'],
  [view, '020304'],
];

for (const { type, skip, loopback } of FAMILIES) {
  const addresses: [string, unknown[]][] = [
    ['an address', [loopback]],
    ['none', []],
    ['undefined', [undefined]],
    ['null', [null]],
    ['empty', ['']],
  ];
  for (const [words, rest] of addresses) {
    test(`${type}: to one, the address being ${words}`, { skip }, async (t) => {
      const receiver = await bound(t, type);
      const socket = await bound(t, type);
      const heard = collect(receiver, 3);
      const { port } = receiver.address();
      assert.equal(call(socket, 'sendMany', ['a', 'b', 'c'], port, ...rest), 3);
      assert.deepEqual(
        (await heard).map(({ text }) => text),
        ['a', 'b', 'c'],
      );
      assert.deepEqual(await sentMany(socket, ['d'], port, ...rest), {
        accepted: 1,
        error: null,
        sent: 1,
      });
    });
  }

  test(`${type}: payloads of all kinds, in every form`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const peer = await connected(t, type, port);
    const payloads = PAYLOADS.map(([payload]) => payload);
    const destinations = payloads.map(() => ({ port, address: loopback }));
    const expected = PAYLOADS.map(([, hexadecimal]) => hexadecimal);
    for (const [from, given] of [
      [socket, [payloads, port, loopback]],
      [socket, [payloads, destinations]],
      [peer, [payloads]],
    ] as const) {
      const heard = collect(receiver, expected.length);
      const { accepted, error, sent } = await sentMany(from, ...given);
      assert.deepEqual([accepted, error, sent], [expected.length, null, expected.length]);
      assert.deepEqual(
        (await heard).map(({ payload }) => payload.toString('hex')),
        expected,
      );
    }
  });

  for (const [payload, hexadecimal] of PAYLOADS) {
    const kind = Object.prototype.toString.call(payload).slice(8, -1);
    test(`${type}: one payload to all: ${kind} ${hexadecimal}`, { skip }, async (t) => {
      const receivers = [await bound(t, type), await bound(t, type), await bound(t, type)];
      const socket = await bound(t, type);
      const heard = Promise.all(receivers.map((receiver) => collect(receiver, 1)));
      // One by the default address.
      const destinations: Destination[] = receivers.map((receiver, index) =>
        index === 1 ? { port: receiver.address().port } : receiver.address(),
      );
      assert.equal((await sentMany(socket, payload, destinations)).sent, 3);
      for (const [first] of await heard) {
        assert.equal(first?.payload.toString('hex'), hexadecimal);
        assert.equal(first?.rinfo.port, socket.address().port);
      }
    });
  }

  test(`${type}: to each its own`, { skip }, async (t) => {
    const receivers = [await bound(t, type), await bound(t, type)];
    const socket = await bound(t, type);
    const count = 60;
    const ports = receivers.map((receiver) => receiver.address().port);
    const destinations = numbered(count).map((_, index) => ({
      port: ports[index % 3 === 0 ? 0 : 1] ?? 0,
      address: loopback,
    }));
    const heard = receivers.map((receiver, index) => collect(receiver, index === 0 ? 20 : 40));
    assert.equal(socket.sendMany(numbered(count), destinations), count);
    const [first = [], second = []] = (await Promise.all(heard)).map((all) =>
      all.map(({ text }) => text),
    );
    assert.deepEqual(
      first,
      numbered(count).filter((_, index) => index % 3 === 0),
    );
    assert.deepEqual(
      second,
      numbered(count).filter((_, index) => index % 3 !== 0),
    );
  });

  test(`${type}: what 'message' tells of a source is a destination`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const peers = [await bound(t, type), await bound(t, type)];
    const sources: RemoteInfo[] = [];
    for (const peer of peers) {
      const asked = collect(socket, 1);
      peer.send('?', socket.address().port, loopback);
      for (const { rinfo } of await asked) sources.push(rinfo);
    }
    const answers = Promise.all(peers.map((peer) => collect(peer, 1)));
    socket.sendMany(['first', 'second'], sources);
    assert.deepEqual(
      (await answers).map(([answer]) => answer?.text),
      ['first', 'second'],
    );
  });

  test(`${type}: none at all`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const peer = await connected(t, type, socket.address().port);
    const nothing = { accepted: 0, error: null, sent: 0 };
    assert.deepEqual(await sentMany(socket, [], 9), nothing);
    assert.deepEqual(await sentMany(socket, [], []), nothing);
    assert.deepEqual(await sentMany(socket, 'to nobody', []), nothing);
    assert.deepEqual(await sentMany(peer, []), nothing);
  });

  test(`${type}: payloads are copied at the call`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const heard = collect(receiver, 4);
    const payloads = [Buffer.from('one'), Buffer.from('two')];
    const destinations = [
      { port, address: loopback },
      { port, address: loopback },
    ];
    socket.sendMany(payloads, port, loopback);
    for (const payload of payloads) payload.fill('!');
    socket.sendMany(payloads, destinations);
    for (const payload of payloads) payload.fill('?');
    for (const destination of destinations) destination.port = 9;
    destinations.length = 0;
    payloads.length = 0;
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      ['one', 'two', '!!!', '!!!'],
    );
  });

  test(`${type}: in order with send`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const other = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const heard = collect(receiver, 100);
    const elsewhere = collect(other, 10);
    for (let round = 0; round < 100; round += 10) {
      socket.send(String(round).padStart(6, '0'), port, loopback);
      socket.sendMany(numbered(6, round + 1), port, loopback);
      socket.send('another', other.address().port, loopback);
      socket.sendMany([numbered(1, round + 7).join()], port);
      socket.send(numbered(1, round + 8), port, loopback);
      socket.sendMany(numbered(1, round + 9).join(), [{ port }]);
    }
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      numbered(100),
    );
    assert.equal((await elsewhere).length, 10);
  });

  test(`${type}: thousands in one call, of many sizes`, { skip }, async (t) => {
    const receiver = await bound(t, { type, recvBufferSize: 4 * 1024 * 1024 });
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const count = 3_000;
    const sizes = Array.from({ length: count }, (_, index) => [0, 1, 64, 64, 1200][index % 5] ?? 0);
    const payloads = sizes.map((size, index) => Buffer.alloc(size, index % 251));
    const heard: Buffer[] = [];
    receiver.on('messages', (batch) => {
      for (const [message] of batch) heard.push(message);
    });
    let next = 0;
    // In rounds that fit into the receive buffer, whatever it is here.
    while (next < count) {
      const round = payloads.slice(next, next + 100);
      const { accepted, error, sent } = await sentMany(socket, round, port, loopback);
      assert.deepEqual([accepted, error, sent], [round.length, null, round.length]);
      next += accepted;
      await drained(socket, receiver);
      heard.pop(); // What `drained` sends.
    }
    assert.equal(heard.length, count);
    assert.ok(payloads.every((payload, index) => heard[index]?.equals(payload)));
  });

  test(`${type}: from handlers of 'message' and 'messages'`, { skip }, async (t) => {
    const server = await bound(t, type);
    const client = await bound(t, type);
    server.on('message', (message, source) => {
      server.sendMany([`1 ${message}`, `2 ${message}`], source.port, source.address);
    });
    server.on('messages', (batch) => {
      const sources = [...batch].map(([, source]) => source);
      const answers = [...batch].map(([message]) => `all ${message}`);
      assert.equal(server.sendMany(answers, sources), batch.length);
    });
    const heard = collect(client, 60);
    client.sendMany(numbered(20), server.address().port, loopback);
    const answers = (await heard).map(({ text }) => text);
    const single = (mark: string): string[] =>
      answers.filter((text) => text.startsWith(mark)).map((text) => text.slice(mark.length));
    assert.deepEqual(single('1 '), numbered(20));
    assert.deepEqual(single('2 '), numbered(20));
    assert.deepEqual(single('all '), numbered(20));
  });

  test(`${type}: an unbound socket is bound first`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = open(t, type);
    const heard = collect(receiver, 2);
    const listening = once(socket, 'listening');
    assert.equal(socket.sendMany(['a', 'b'], receiver.address().port, loopback), 2);
    const { port } = socket.address();
    assert.ok(port > 0);
    await listening;
    assert.deepEqual(
      (await heard).map(({ text, rinfo }) => [text, rinfo.port]),
      [
        ['a', port],
        ['b', port],
      ],
    );
  });

  test(`${type}: a socket that is being bound accepts nothing until 'drain'`, {
    skip,
  }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = open(t, type);
    const events: string[] = [];
    socket.on('listening', () => events.push('listening'));
    socket.on('drain', () => events.push('drain'));
    const heard = collect(receiver, 2);
    // Names take a lookup, so that binding takes its time.
    socket.bind(0, type === 'udp4' ? 'localhost' : undefined);
    const drain = once(socket, 'drain');
    assert.deepEqual(await sentMany(socket, ['lost'], port, loopback), {
      accepted: 0,
      error: null,
      sent: 0,
    });
    assert.equal(socket.getSendQueueCount(), 0);
    await drain;
    assert.equal(socket.sendMany(['a', 'b'], port, loopback), 2);
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      ['a', 'b'],
    );
    assert.deepEqual(events, ['listening', 'drain']);
  });

  test(`${type}: closing right after sends what was accepted`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = await bound(t, type);
    const heard = collect(receiver, 50);
    const done = sentMany(socket, numbered(50), port, loopback);
    const closing = once(socket, 'close');
    socket.close();
    assert.deepEqual(await done, { accepted: 50, error: null, sent: 50 });
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      numbered(50),
    );
    await closing;
  });

  test(`${type}: a closed socket throws, and calls nobody back`, { skip }, async (t) => {
    const socket = await bound(t, type);
    socket.close();
    const uncalled = (): void => assert.fail('the callback was called');
    assert.throws(() => socket.sendMany(['x'], 9, loopback, uncalled), shaped(NOT_RUNNING));
    assert.throws(() => socket.sendMany([], 9, loopback, uncalled), shaped(NOT_RUNNING));
    await turn();
  });
}
