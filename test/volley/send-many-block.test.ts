/** `sendMany` of a block: payloads that lie end to end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertError, system } from '../support/errors.ts';
import { call, collect, drained, FAMILIES, turn } from '../support/sockets.ts';
import { bound, connected, open, sentMany } from './support.ts';

/** Bytes that differ from their neighbours, and from those of any other payload at the same place. */
function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
}

/** The payloads that a block stands for. */
function cut(bytes: Buffer, segmentSize: number): Buffer[] {
  const count = Math.ceil(bytes.length / segmentSize);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * segmentSize, (index + 1) * segmentSize),
  );
}

/** Lengths of blocks and of their segments, in bytes. */
const SHAPES = [
  [1, 1],
  [10, 1],
  [640, 64],
  [641, 64],
  [703, 64],
  [63, 64],
  [64, 65_507],
  [6_400, 64],
  [12_001, 1_200],
  [60_000, 9_000],
] as const;

const NO_PAYLOADS =
  'The "payloads" argument must be an instance of Array or an object with bytes. Received an instance of Object';

for (const { type, skip, loopback, maximumPayload } of FAMILIES) {
  for (const [length, segmentSize] of SHAPES) {
    test(`${type}: ${length} bytes in segments of ${segmentSize}, in every form`, {
      skip,
    }, async (t) => {
      const receiver = await bound(t, type);
      const socket = await bound(t, type);
      const { port } = receiver.address();
      const peer = await connected(t, type, port);
      const bytes = pattern(length);
      const expected = cut(bytes, segmentSize);
      const destinations = expected.map(() => ({ port, address: loopback }));
      for (const [from, rest] of [
        [socket, [port, loopback]],
        [socket, [destinations]],
        [peer, []],
      ] as const) {
        const heard = collect(receiver, expected.length);
        const { accepted, error, sent } = await sentMany(from, { bytes, segmentSize }, ...rest);
        assert.deepEqual([accepted, error, sent], [expected.length, null, expected.length]);
        assert.deepEqual(
          (await heard).map(({ payload }) => payload),
          expected,
        );
      }
    });
  }

  test(`${type}: a block of another kind of view`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const memory = pattern(64);
    const view = new DataView(memory.buffer, memory.byteOffset + 8, 20);
    const heard = collect(receiver, 3);
    socket.sendMany({ bytes: view, segmentSize: 8 }, receiver.address().port, loopback);
    memory.fill(0);
    assert.deepEqual(
      (await heard).map(({ payload }) => payload),
      cut(pattern(64).subarray(8, 28), 8),
    );
  });

  test(`${type}: an empty block is no datagram`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const block = { bytes: Buffer.alloc(0), segmentSize: 64 };
    const nothing = { accepted: 0, error: null, sent: 0 };
    assert.deepEqual(await sentMany(socket, block, port, loopback), nothing);
    assert.deepEqual(await sentMany(socket, block, []), nothing);
    receiver.on('message', (message) => assert.match(String(message), /^sentinel/));
    await drained(socket, receiver);
  });

  test(`${type}: in order with send and with lists, across slabs`, { skip }, async (t) => {
    const receiver = await bound(t, { type, recvBufferSize: 4 * 1024 * 1024 });
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const bytes = pattern(150_000);
    const expected: Buffer[] = [];
    const heard: Buffer[] = [];
    receiver.on('message', (message) => heard.push(message));
    for (const segmentSize of [1_200, 5_000, 64_000, 9_000]) {
      const block = { bytes, segmentSize };
      socket.send('before', port, loopback);
      assert.equal(socket.sendMany(block, port, loopback), Math.ceil(bytes.length / segmentSize));
      socket.sendMany(['between', bytes.subarray(0, 777)], port, loopback);
      assert.equal(socket.sendMany(block, port, loopback), Math.ceil(bytes.length / segmentSize));
      expected.push(Buffer.from('before'), ...cut(bytes, segmentSize));
      expected.push(Buffer.from('between'), bytes.subarray(0, 777), ...cut(bytes, segmentSize));
      await drained(socket, receiver);
      heard.pop(); // What `drained` sends.
    }
    assert.equal(heard.length, expected.length);
    for (const [index, payload] of expected.entries()) {
      assert.ok(heard[index]?.equals(payload), `datagram ${index}`);
    }
  });

  test(`${type}: segments that are too large fail, a shorter last one goes`, {
    skip: skip || (maximumPayload >= 65_527 && 'no segment is too large for udp6'),
  }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const heard = collect(receiver, 1);
    const block = { bytes: pattern(2 * 65_508 + 10), segmentSize: 65_508 };
    const { accepted, error, sent } = await sentMany(socket, block, port, loopback);
    assert.deepEqual([accepted, sent], [3, 1]);
    assert.deepEqual(
      error?.errors.map(({ index, code }) => [index, code]),
      [
        [0, 'EMSGSIZE'],
        [1, 'EMSGSIZE'],
      ],
    );
    const shape = system('send', 'EMSGSIZE', loopback, port);
    assertError(error?.errors[0], {
      ...shape,
      keys: ['errno', 'code', 'syscall', 'address', 'port', 'index'],
    });
    const [last] = await heard;
    assert.deepEqual(last?.payload, block.bytes.subarray(2 * 65_508));
  });

  const refused: [string, unknown, string, string][] = [
    ['an object with nothing', {}, 'ERR_INVALID_ARG_TYPE', NO_PAYLOADS],
    ['bytes that are text', { bytes: 'text', segmentSize: 1 }, 'ERR_INVALID_ARG_TYPE', NO_PAYLOADS],
    [
      'an ArrayBuffer',
      { bytes: new ArrayBuffer(8), segmentSize: 1 },
      'ERR_INVALID_ARG_TYPE',
      NO_PAYLOADS,
    ],
    [
      'no segment size',
      { bytes: Buffer.alloc(8) },
      'ERR_INVALID_ARG_TYPE',
      'The "payloads.segmentSize" property must be of type number. Received undefined',
    ],
    [
      'a segment size in text',
      { bytes: Buffer.alloc(8), segmentSize: '4' },
      'ERR_INVALID_ARG_TYPE',
      `The "payloads.segmentSize" property must be of type number. Received type string ('4')`,
    ],
    ...[0, -1, 1.5, 65_528, Number.NaN, Number.POSITIVE_INFINITY].map(
      (segmentSize): [string, unknown, string, string] => [
        `a segment size of ${segmentSize}`,
        { bytes: Buffer.alloc(8), segmentSize },
        'ERR_OUT_OF_RANGE',
        'The value of "payloads.segmentSize" is out of range. It must be an integer >= 1 && <= 65527.',
      ],
    ),
  ];
  for (const [words, block, code, message] of refused) {
    test(`${type}: throws for ${words}`, { skip }, async (t) => {
      const socket = open(t, type);
      const uncalled = (): void => assert.fail('the callback was called');
      for (const target of [9, [{ port: 9 }]]) {
        assert.throws(
          () => call(socket, 'sendMany', block, target, uncalled),
          (error) =>
            error instanceof Error &&
            Reflect.get(error, 'code') === code &&
            error.message.startsWith(message),
        );
      }
      assert.throws(() => socket.address(), { code: 'EBADF' });
      await turn();
    });
  }

  test(`${type}: a segment may be as large as a datagram can be`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const block = { bytes: Buffer.from('short'), segmentSize: 65_527 };
    const heard = collect(receiver, 1);
    assert.equal(socket.sendMany(block, receiver.address().port, loopback), 1);
    assert.equal((await heard)[0]?.text, 'short');
  });

  test(`${type}: destinations have to be as many as segments`, { skip }, async (t) => {
    const socket = open(t, type);
    const block = { bytes: Buffer.alloc(65), segmentSize: 64 };
    for (const count of [0, 1, 3]) {
      const destinations = Array.from({ length: count }, () => ({ port: 9 }));
      assert.throws(() => socket.sendMany(block, destinations), { code: 'ERR_INVALID_ARG_VALUE' });
    }
  });
}
