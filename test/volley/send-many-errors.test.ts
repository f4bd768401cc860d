/** What goes wrong in a `sendMany`: thrown before anything is sent, or told of each datagram. */
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import type { SendManyError, Socket } from 'volley';
import {
  assertError,
  connectedSend,
  type ErrorShape,
  IS_CONNECTED,
  shaped,
  system,
} from '../support/errors.ts';
import { call, collect, DISCARD_PORT, drained, FAMILIES, sent, turn } from '../support/sockets.ts';
import { bound, connected, numbered, open, sentMany } from './support.ts';

const NO_PAYLOADS =
  'The "payloads" argument must be an instance of Array or an object with bytes. Received';

const TOO_LARGE = Buffer.alloc(70_000);

/** Asserts which datagrams failed, and how: each as `send` puts it, and with its place. */
function assertNotSent(
  error: SendManyError | null,
  accepted: number,
  failures: readonly [number, ErrorShape][],
): void {
  const [[, first] = []] = failures;
  assertError(error, {
    code: 'ERR_VOLLEY_NOT_SENT',
    message: `${failures.length} of ${accepted} datagrams were not sent. The first of them: ${first?.message}`,
    keys: ['code', 'errors'],
  });
  assert.deepEqual(
    error?.errors.map(({ index }) => index),
    failures.map(([index]) => index),
  );
  for (const [place, [, shape]] of failures.entries()) {
    const keys = shape.keys ?? keysOf(shape);
    assertError(error?.errors[place], { ...shape, keys: [...keys, 'index'] });
  }
}

function keysOf(shape: ErrorShape): string[] {
  return ['errno', 'code', 'syscall', 'address', 'port'].filter((key) => key in shape);
}

for (const { type, skip, loopback, other, any, family } of FAMILIES) {
  const refused: [string, unknown[], string, string][] = [
    [
      'payloads are no array',
      ['text', 9],
      'ERR_INVALID_ARG_TYPE',
      `${NO_PAYLOADS} type string ('text')`,
    ],
    ['payloads are a Buffer', [Buffer.from('a'), 9], 'ERR_INVALID_ARG_TYPE', `${NO_PAYLOADS} an`],
    ['payloads are null', [null, 9], 'ERR_INVALID_ARG_TYPE', `${NO_PAYLOADS} null`],
    ['payloads are undefined', [undefined, 9], 'ERR_INVALID_ARG_TYPE', `${NO_PAYLOADS} undefined`],
    ['payloads are missing', [], 'ERR_SOCKET_BAD_PORT', 'Port should be > 0'],
    ['a payload is a number', [['a', 1], 9], 'ERR_INVALID_ARG_TYPE', '"payloads[1]"'],
    ['a payload is null', [['a', null], 9], 'ERR_INVALID_ARG_TYPE', '"payloads[1]"'],
    ['a payload is an array', [['a', ['b']], 9], 'ERR_INVALID_ARG_TYPE', '"payloads[1]"'],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    ['a payload is missing', [['a', , 'b'], 9], 'ERR_INVALID_ARG_TYPE', '"payloads[1]"'],
    [
      'the one payload is a number',
      [5, [{ port: 9 }]],
      'ERR_INVALID_ARG_TYPE',
      `${NO_PAYLOADS} type`,
    ],
    ['the port is missing', [['a']], 'ERR_SOCKET_BAD_PORT', 'Port should be > 0'],
    ['the port is 0', [['a'], 0], 'ERR_SOCKET_BAD_PORT', 'Port should be > 0'],
    ['the port is negative', [['a'], -1], 'ERR_SOCKET_BAD_PORT', 'Port should be > 0'],
    ['the port is too large', [['a'], 65_536], 'ERR_SOCKET_BAD_PORT', 'Port should be > 0'],
    ['the port is a function', [['a'], () => {}], 'ERR_SOCKET_BAD_PORT', 'Port should be > 0'],
    [
      'the address is a number',
      [['a'], 9, 5],
      'ERR_INVALID_ARG_TYPE',
      '"address" argument must be of type string',
    ],
    [
      'a destination is null',
      [['a'], [null]],
      'ERR_INVALID_ARG_TYPE',
      '"destinations[0]" argument must be of type object',
    ],
    ['a destination is a port', [['a'], [9]], 'ERR_INVALID_ARG_TYPE', '"destinations[0]"'],
    [
      'a destination is missing',
      [
        ['a', 'b', 'c'],
        // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
        [{ port: 9 }, , { port: 9 }],
      ],
      'ERR_INVALID_ARG_TYPE',
      '"destinations[1]"',
    ],
    ['a destination has no port', [['a'], [{}]], 'ERR_SOCKET_BAD_PORT', 'Port should be > 0'],
    [
      "a destination's address is a number",
      [['a'], [{ port: 9, address: 5 }]],
      'ERR_INVALID_ARG_TYPE',
      '"destinations[0].address" property must be of type string',
    ],
    [
      'there are fewer destinations than payloads',
      [['a', 'b'], [{ port: 9 }]],
      'ERR_INVALID_ARG_VALUE',
      "'destinations.length' must be as many as there are payloads (2). Received 1",
    ],
    [
      'there are more destinations than payloads',
      [[], [{ port: 9 }]],
      'ERR_INVALID_ARG_VALUE',
      "'destinations.length' must be as many as there are payloads (0). Received 1",
    ],
  ];
  for (const [words, given, code, named] of refused) {
    test(`${type}: throws, and neither sends nor binds, where ${words}`, { skip }, async (t) => {
      const socket = open(t, type);
      const uncalled = (): void => assert.fail('the callback was called');
      for (const callback of [[], [uncalled]]) {
        assert.throws(
          () => call(socket, 'sendMany', ...given, ...callback),
          (error) => error instanceof Error && refusal(error, code, named),
        );
      }
      assert.throws(() => socket.address(), { code: 'EBADF' });
      assert.equal(socket.getSendQueueCount(), 0);
      await turn();
    });
  }

  test(`${type}: throws for the last payload before the first is sent`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    assert.throws(() => call(socket, 'sendMany', [...numbered(2_000), 1], port, loopback));
    assert.throws(() => call(socket, 'sendMany', ['a', 'b'], [{ port }, { port: 0 }]));
    assert.equal(socket.getSendQueueCount(), 0);
    receiver.on('message', (message) => assert.match(String(message), /^sentinel/));
    await drained(socket, receiver);
  });

  test(`${type}: a connected socket takes neither port nor destinations`, { skip }, async (t) => {
    const socket = await connected(t, type, (await bound(t, type)).address().port);
    for (const rest of [[9], [9, loopback], [[{ port: 9 }]], [undefined, loopback]]) {
      assert.throws(() => call(socket, 'sendMany', ['a'], ...rest), shaped(IS_CONNECTED));
    }
    assert.equal(socket.getSendQueueCount(), 0);
  });

  test(`${type}: too large, among healthy ones of one size`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const healthy = numbered(10);
    const heard = collect(receiver, 10);
    const payloads = [
      ...[TOO_LARGE, ...healthy.slice(0, 4), TOO_LARGE, TOO_LARGE],
      ...[...healthy.slice(4), TOO_LARGE],
    ];
    const { accepted, error, sent } = await sentMany(socket, payloads, port, loopback);
    assert.deepEqual([accepted, sent], [14, 10]);
    const shape = system('send', 'EMSGSIZE', loopback, port);
    assertNotSent(
      error,
      14,
      [0, 5, 6, 13].map((index) => [index, shape]),
    );
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      healthy,
    );
  });

  test(`${type}: too large for some of many peers`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const destinations = [9, 10, 11].map((port) => ({ port, address: loopback }));
    const { error, sent } = await sentMany(socket, ['a', TOO_LARGE, TOO_LARGE], destinations);
    assert.equal(sent, 1);
    assertNotSent(error, 3, [
      [1, system('send', 'EMSGSIZE', loopback, 10)],
      [2, system('send', 'EMSGSIZE', loopback, 11)],
    ]);
  });

  test(`${type}: a datagram's error is what send says of it`, { skip }, async (t) => {
    const socket = await bound(t, type);
    for (const rest of [[DISCARD_PORT, loopback], [DISCARD_PORT], [DISCARD_PORT, other]]) {
      const alone = await sent(socket, TOO_LARGE, ...rest);
      const { error } = await sentMany(socket, [TOO_LARGE], ...rest);
      assert.ok(alone.error && error?.errors[0]);
      const { index, ...inVolley } = Object.assign({}, error.errors[0]);
      assert.equal(index, 0);
      assert.deepEqual(inVolley, Object.assign({}, alone.error));
      assert.equal(error.errors[0].message, alone.error.message);
    }
  });

  test(`${type}: addresses that nothing can be sent to`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const heard = collect(receiver, 3);
    const addresses = [loopback, other, loopback, 'localhost', 'nonsense', loopback];
    const destinations = addresses.map((address) => ({ port, address }));
    const { accepted, error, sent } = await sentMany(socket, numbered(6), destinations);
    assert.deepEqual([accepted, sent], [6, 3]);
    assertNotSent(error, 6, [
      [1, system('send', 'EINVAL', other, port)],
      [3, system('send', 'EINVAL', 'localhost', port)],
      [4, system('send', 'EINVAL', 'nonsense', port)],
    ]);
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      ['000000', '000002', '000005'],
    );
  });

  test(`${type}: none can be sent`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const { accepted, error, sent } = await sentMany(socket, numbered(3), DISCARD_PORT, 'nowhere');
    assert.deepEqual([accepted, sent], [3, 0]);
    const shape = system('send', 'EINVAL', 'nowhere', DISCARD_PORT);
    assertNotSent(
      error,
      3,
      [0, 1, 2].map((index) => [index, shape]),
    );
    assert.equal(new Set(error?.errors).size, 3);
  });

  test(`${type}: sendBlockList, along with other errors`, { skip }, async (t) => {
    const sendBlockList = new BlockList();
    const blocked = type === 'udp4' ? '127.0.0.9' : '2001:db8::9';
    sendBlockList.addAddress(blocked, family === 'IPv4' ? 'ipv4' : 'ipv6');
    const receiver = await bound(t, type);
    const socket = await bound(t, { type, sendBlockList });
    const { port } = receiver.address();
    const heard = collect(receiver, 2);
    const addresses = [loopback, blocked, loopback, blocked, loopback];
    const payloads = ['a', 'b', TOO_LARGE, 'd', 'e'];
    const destinations = addresses.map((address) => ({ port, address }));
    const { error, sent } = await sentMany(socket, payloads, destinations);
    assert.equal(sent, 2);
    const shape: ErrorShape = {
      code: 'ERR_IP_BLOCKED',
      message: `IP(${blocked}) is blocked by net.BlockList`,
    };
    assertNotSent(error, 5, [
      [1, shape],
      [2, system('send', 'EMSGSIZE', loopback, port)],
      [3, shape],
    ]);
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      ['a', 'e'],
    );
  });

  test(`${type}: sendBlockList, without a callback`, { skip }, async (t) => {
    const sendBlockList = new BlockList();
    const address = type === 'udp4' ? '127.0.0.9' : '2001:db8::9';
    sendBlockList.addAddress(address, family === 'IPv4' ? 'ipv4' : 'ipv6');
    const receiver = await bound(t, type);
    const socket = await bound(t, { type, sendBlockList });
    const { port } = receiver.address();
    const heard = collect(receiver, 1);
    const destinations = [address, loopback].map((each) => ({ port, address: each }));
    assert.equal(socket.sendMany(['a', 'b'], destinations), 2);
    assert.equal((await heard)[0]?.text, 'b');
  });

  test(`${type}: without a callback, failures are dropped and nothing else`, {
    skip,
  }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    socket.on('error', (error) => assert.fail(error));
    const heard = collect(receiver, 3);
    assert.equal(socket.sendMany(['a', TOO_LARGE, 'b'], port, loopback), 3);
    assert.equal(
      socket.sendMany(
        ['x', 'c'],
        [
          { port, address: other },
          { port, address: loopback },
        ],
      ),
      2,
    );
    assert.deepEqual(
      (await heard).map(({ text }) => text),
      ['a', 'b', 'c'],
    );
    await drained(socket, receiver);
  });

  test(`${type}: connected, too large: the error names no peer`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await connected(t, type, receiver.address().port);
    const heard = collect(receiver, 2);
    const { error, sent } = await sentMany(socket, ['a', TOO_LARGE, 'b']);
    assert.equal(sent, 2);
    assertNotSent(error, 3, [[1, connectedSend('EMSGSIZE')]]);
    assert.equal((await heard).length, 2);
  });

  for (const [words, payloads] of [
    ['of one size', numbered(20)],
    ['of growing size', numbered(20).map((text, index) => text.repeat(index + 1))],
  ] as const) {
    test(`${type}: connection refused, datagrams ${words}`, { skip }, async (t) => {
      const socket = await connected(t, type, DISCARD_PORT);
      socket.on('error', () => {}); // What a refusal is where no send is there to be told.
      const error = await refusedVolley(socket, payloads);
      for (const failure of error.errors) {
        const { keys = [], ...shape } = connectedSend('ECONNREFUSED');
        assertError(failure, { ...shape, keys: [...keys, 'index'] });
      }
      const indexes = error.errors.map(({ index }) => index);
      assert.deepEqual(
        indexes,
        [...new Set(indexes)].sort((one, another) => one - another),
      );
      socket.disconnect();
      const { port } = (await bound(t, type)).address();
      // One refusal may still be pending: the kernel keeps the last one for the next call.
      await sentMany(socket, ['x'], port, loopback);
      assert.equal((await sentMany(socket, ['x'], port, loopback)).sent, 1);
    });
  }

  test(`${type}: to all interfaces' address goes to this machine, as by send`, {
    skip,
  }, async (t) => {
    const receiver = await bound(t, type, any);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const [alone, many] = await Promise.all([
      sent(socket, 'x', port, any),
      sentMany(socket, ['x'], port, any),
    ]);
    assert.equal(alone.error === null, many.error === null);
  });
}

function refusal(error: Error, code: string, named: string): boolean {
  assert.equal(Reflect.get(error, 'code'), code);
  assert.ok(error.message.includes(named), error.message);
  return true;
}

/**
 * Sends until some are refused: the refusal comes as an ICMP message, to whichever send is next, or
 * to the poll of the socket in between.
 */
async function refusedVolley(socket: Socket, payloads: readonly string[]): Promise<SendManyError> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const { accepted, error, sent } = await sentMany(socket, payloads);
    assert.equal(accepted, payloads.length);
    assert.equal(sent + (error?.errors.length ?? 0), accepted);
    if (error) return error;
  }
  throw new Error('1,000 volleys to a port where nobody listens were not refused');
}
