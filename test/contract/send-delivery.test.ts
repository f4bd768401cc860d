import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ALREADY_BOUND, shaped } from '../support/errors.ts';
import {
  bound,
  call,
  collect,
  connected,
  DISCARD_PORT,
  drained,
  FAMILIES,
  nextMessage,
  open,
  sent,
  turn,
} from '../support/sockets.ts';

const UNICODE = 'añ€😀z';
const view = new DataView(Uint8Array.from([0, 1, 2, 3, 4, 5]).buffer, 2, 3);

/** What is given before the port, and the payload in hexadecimal that it makes. */
const MESSAGES: [string, unknown[], string][] = [
  ['string', ['abc'], '616263'],
  ['multi-byte string', [UNICODE], '61c3b1e282acf09f98807a'],
  ['empty string', [''], ''],
  ['Buffer', [Buffer.from('abc')], '616263'],
  ['empty Buffer', [Buffer.alloc(0)], ''],
  ['Uint8Array', [Uint8Array.of(1, 2)], '0102'],
  ['Uint16Array', [Uint16Array.of(1, 2)], '01000200'],
  ['BigInt64Array', [BigInt64Array.of(1n)], '0100000000000000'],
  ['Float64Array', [Float64Array.of(1)], '000000000000f03f'],
  ['subarray', [Uint32Array.of(1, 2, 3).subarray(1)], '0200000003000000'],
  ['shared memory', [new Uint8Array(new SharedArrayBuffer(2))], '0000'],
  ['DataView', [view], '020304'],
  ['array', [['a', Buffer.from('b'), Uint8Array.of(99), view]], '616263020304'],
  ['empty array', [[]], ''],
  ['array of empties', [['', Buffer.alloc(0)]], ''],
];

/** The same with offset and length, which need a port behind them where not connected. */
const SLICES: [string, unknown[], string][] = [
  ['Buffer, offset, length', [Buffer.from('abcd'), 1, 2], '6263'],
  ['Buffer, its end, 0', [Buffer.from('abc'), 3, 0], ''],
  ['string, 0, 0', ['abc', 0, 0], ''],
  ['multi-byte string, bytes', [UNICODE, 1, 5], 'c3b1e282ac'],
  ['DataView, offset, length', [view, 1, 1], '03'],
  ['Uint32Array, bytes', [Uint32Array.of(1, 2), 1, 4], '00000002'],
  ['fractions are cut', [Buffer.from('abcd'), 1.7, 2.7], '6263'],
];

for (const { type, skip, loopback, any, family } of FAMILIES) {
  for (const [words, head, hexadecimal] of [...MESSAGES, ...SLICES]) {
    test(`${type}: send(${words})`, { skip }, async (t) => {
      const receiver = await bound(t, type);
      const { port } = receiver.address();
      const socket = await bound(t, type);
      const size = hexadecimal.length / 2;
      const tails = [
        [port],
        [port, loopback],
        [port, () => {}],
        [port, loopback, undefined],
        [String(port), loopback, () => {}],
      ];
      for (const tail of tails) {
        const heard = nextMessage(receiver);
        assert.equal(call(socket, 'send', ...head, ...tail), undefined);
        assert.equal((await heard).payload.toString('hex'), hexadecimal);
      }
      assert.deepEqual(await sent(socket, ...head, port, loopback), { error: null, bytes: size });
    });

    test(`${type}: send(${words}), connected`, { skip }, async (t) => {
      const receiver = await bound(t, type);
      const socket = await connected(t, type, receiver.address().port);
      const heard = collect(receiver, 2);
      assert.equal(call(socket, 'send', ...head), undefined);
      assert.deepEqual(await sent(socket, ...head), {
        error: null,
        bytes: hexadecimal.length / 2,
      });
      for (const { payload } of await heard) {
        assert.equal(payload.toString('hex'), hexadecimal);
      }
    });
  }

  test(`${type}: offset and length as text, where a port follows`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const heard = nextMessage(receiver);
    call(socket, 'send', Buffer.from('abcd'), '1', '2', receiver.address().port, loopback);
    assert.equal((await heard).text, 'bc');
  });

  test(`${type}: a nullish address is loopback`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    for (const address of [undefined, null, '']) {
      const heard = nextMessage(receiver);
      call(socket, 'send', 'x', receiver.address().port, address);
      assert.equal((await heard).rinfo.address, loopback);
    }
  });

  test(`${type}: sendto(msg, offset, length, port, address, callback)`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const heard = nextMessage(receiver);
    const bytes = await new Promise<unknown>((resolve, reject) => {
      const { port } = receiver.address();
      call(socket, 'sendto', Buffer.from('abcd'), 1, 2, port, loopback, (...result: unknown[]) => {
        if (result[0] === null) resolve(result[1]);
        else reject(result[0]);
      });
    });
    assert.equal(bytes, 2);
    assert.equal((await heard).text, 'bc');
  });

  test(`${type}: send binds an unbound socket`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = open(t, type);
    const seen: string[] = [];
    socket.on('listening', () => seen.push('listening'));
    const heard = nextMessage(receiver);
    socket.send('x', receiver.address().port, loopback, () => seen.push('callback'));
    assert.throws(() => socket.bind(), shaped(ALREADY_BOUND));
    assert.throws(() => socket.address(), { code: 'EBADF' });
    assert.equal((await heard).rinfo.port, socket.address().port);
    assert.equal(socket.address().address, any);
    assert.equal(socket.address().family, family);
    assert.deepEqual(seen, ['listening', 'callback']);
  });

  test(`${type}: callbacks come in order, after send, before setImmediate`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = await bound(t, type);
    const seen: string[] = [];
    for (const text of ['1', '2', '3']) {
      socket.send(text, port, loopback, function (this: unknown, ...arguments_: unknown[]) {
        assert.equal(this, undefined);
        assert.deepEqual(arguments_, [null, 1]);
        seen.push(text);
      });
      seen.push(`returned ${text}`);
    }
    await turn();
    assert.deepEqual(seen, ['returned 1', 'returned 2', 'returned 3', '1', '2', '3']);
  });

  test(`${type}: connected callbacks come in order too`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await connected(t, type, receiver.address().port);
    const seen: string[] = [];
    for (const text of ['1', '2', '3']) {
      socket.send(text, () => seen.push(text));
      seen.push(`returned ${text}`);
    }
    await turn();
    assert.deepEqual(seen, ['returned 1', 'returned 2', 'returned 3', '1', '2', '3']);
  });

  test(`${type}: a buffer may change once the callback was called`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = await bound(t, type);
    const buffer = Buffer.from('before');
    const heard = nextMessage(receiver);
    await sent(socket, buffer, port, loopback);
    buffer.fill('x');
    assert.equal((await heard).text, 'before');
  });

  test(`${type}: a list may change once send returned`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const list = ['one', 'two'];
    const heard = nextMessage(receiver);
    socket.send(list, receiver.address().port, loopback);
    list.length = 0;
    assert.equal((await heard).text, 'onetwo');
  });

  test(`${type}: sends inside handlers leave in order`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = open(t, type);
    const heard = collect(receiver, 3);
    socket.on('listening', () => {
      socket.send('listening', port, loopback, () => {
        socket.send('callback', port, loopback);
      });
    });
    socket.send('queued', port, loopback);
    const texts = (await heard).map(({ text }) => text);
    assert.deepEqual(texts.toSorted(), ['callback', 'listening', 'queued']);
    assert.ok(texts.indexOf('listening') < texts.indexOf('callback'));
  });

  test(`${type}: many destinations in one turn`, { skip }, async (t) => {
    const receivers = [await bound(t, type), await bound(t, type), await bound(t, type)];
    const socket = await bound(t, type);
    const all = receivers.map((receiver) => collect(receiver, 20));
    for (let index = 0; index < 60; index += 1) {
      const receiver = receivers[index % 3];
      socket.send(String(index), receiver?.address().port ?? DISCARD_PORT, loopback);
    }
    for (const [offset, each] of all.entries()) {
      const expected = Array.from({ length: 20 }, (_, index) => String(index * 3 + offset));
      assert.deepEqual(
        (await each).map(({ text }) => text),
        expected,
      );
    }
  });

  test(`${type}: equal sizes and a shorter tail stay single datagrams`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const sizes = [100, 100, 100, 40, 100, 0, 100, 1400, 1400, 1, 9000];
    const heard = collect(receiver, sizes.length);
    for (const size of sizes) {
      socket.send(Buffer.alloc(size, size % 251), receiver.address().port, loopback);
    }
    assert.deepEqual(
      (await heard).map(({ payload }) => payload.length),
      sizes,
    );
  });
}

test('udp6: an IPv4-mapped destination', { skip: FAMILIES[1]?.skip ?? false }, async (t) => {
  const receiver = await bound(t, 'udp4');
  const socket = await bound(t, 'udp6', '::');
  const heard = nextMessage(receiver);
  socket.send('mapped', receiver.address().port, '::ffff:127.0.0.1');
  assert.equal((await heard).rinfo.address, '127.0.0.1');
});

test('udp4: send to a host name', async (t) => {
  const receiver = await bound(t, 'udp4');
  const socket = await bound(t, 'udp4');
  const heard = once(receiver, 'message');
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  const { port } = receiver.address();
  assert.deepEqual(await sent(socket, 'x', port, 'localhost'), { error: null, bytes: 1 });
  // DNS lookups delay the time to send for at least one turn of the event loop.
  assert.equal(turned, true);
  await heard;
  await drained(socket, receiver);
});
