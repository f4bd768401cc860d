/** Corners that random calls and programs found, see test/property and test/model. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import { holdDescriptor } from '../support/descriptor.ts';
import {
  ALREADY_BOUND,
  assertError,
  IS_CONNECTED,
  readingOfNull,
  shaped,
} from '../support/errors.ts';
import { catching } from '../support/sides.ts';
import {
  bound,
  call,
  connected,
  DISCARD_PORT,
  drained,
  listen,
  nextError,
  nextMessage,
  open,
  sent,
  turn,
} from '../support/sockets.ts';
import { lacks, nodeMajor, olderReference, target } from '../support/target.ts';

const older = target === 'node' && nodeMajor < 24 && `not so in node:dgram of Node ${nodeMajor}`;

/** A lookup that answers within the call. */
const now = (_host: string, _family: unknown, answer: (...args: [null, string, number]) => void) =>
  answer(null, '127.0.0.1', 4);

class Pretending extends Uint8Array {
  override get length(): number {
    return 1;
  }
}

class Overstating extends Uint8Array {
  override get length(): number {
    return 5;
  }
}

const detach = <View extends ArrayBufferView>(view: View): View => {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
};

for (const [name, view, bytes] of [
  ['whose length getter says less', new Pretending([4, 5, 6]), [4, 5, 6]],
  ['whose length getter says more', new Overstating([4, 5, 6]), [4, 5, 6]],
  [
    'with a length of its own',
    Object.defineProperty(Buffer.from([1, 2]), 'length', { value: 1 }),
    [1, 2],
  ],
  ['of a detached buffer', detach(new Uint8Array(4)), []],
  ['of two bytes an element and a detached buffer', detach(new Uint16Array(4)), []],
  ['without a prototype', Object.setPrototypeOf(new Uint8Array([1, 2]), null), [1, 2]],
] satisfies [string, unknown, number[]][]) {
  test(`a view ${name} is sent with the bytes it has`, async (t) => {
    const receiver = await bound(t, 'udp4');
    const sender = await bound(t, 'udp4');
    const arrived = nextMessage(receiver);
    const { error, bytes: count } = await sent(sender, view, receiver.address().port, '127.0.0.1');
    assert.equal(error, null);
    assert.equal(count, bytes.length);
    assert.deepEqual([...(await arrived).payload], bytes);
  });
}

test('an address with an empty scope is a name', async (t) => {
  const socket = await bound(t, 'udp6', '::1');
  const { error } = await sent(socket, 'x', DISCARD_PORT, '::1%');
  assert.equal(Reflect.get(Object(error), 'syscall'), 'getaddrinfo');
});

test('bind takes what reads as an address', { skip: older }, async (t) => {
  const socket = open(t, 'udp4');
  await listen(socket, { port: 0, address: ['127.0.0.1'] });
  assert.equal(socket.address().address, '127.0.0.1');
});

test('a port that is no number at all is told when binding begins', async (t) => {
  const socket = open(t, 'udp4');
  const caught: unknown[] = [];
  await catching(
    (error) => caught.push(error),
    async () => {
      call(socket, 'bind', { port: 1n, address: '127.0.0.1' });
      await turn();
    },
  );
  assert.equal(caught.length, 1);
  assert.ok(caught[0] instanceof TypeError);
});

test('bind that throws for a listener leaves the socket bound', (t) => {
  const socket = open(t, { type: 'udp4', lookup: now });
  const fail = (): void => {
    throw new RangeError('listener');
  };
  assert.throws(() => socket.bind(0, '127.0.0.1', fail), RangeError);
  assert.throws(() => socket.bind(0), shaped(ALREADY_BOUND));
  assert.equal(socket.address().address, '127.0.0.1');
});

test('send on a socket that is closed while it is bound for it', async (t) => {
  const socket = open(t, { type: 'udp4', lookup: now });
  socket.on('listening', () => socket.close());
  assert.throws(() => socket.send('x', DISCARD_PORT, '127.0.0.1'), readingOfNull('lookup'));
  await once(socket, 'close');
});

test('connect on a socket that is closed while it is bound for it', async (t) => {
  const socket = open(t, { type: 'udp4', lookup: now });
  socket.on('listening', () => socket.close());
  assert.throws(() => socket.connect(DISCARD_PORT, '127.0.0.1'), readingOfNull('lookup'));
  await once(socket, 'close');
});

test('connect waits for a socket that is slow to be bound', async (t) => {
  const socket = open(t, { type: 'udp4', lookup: lateFor('localhost') });
  const events: string[] = [];
  socket.on('listening', () => events.push('listening'));
  socket.bind(0, 'localhost');
  await new Promise<void>((resolve) => socket.connect(DISCARD_PORT, '127.0.0.1', resolve));
  assert.deepEqual(events, ['listening']);
  assert.equal(socket.remoteAddress().port, DISCARD_PORT);
});

test('what waits to be bound is dropped where binding fails', async (t) => {
  const receiver = await bound(t, 'udp4');
  const { port } = receiver.address();
  const heard: string[] = [];
  receiver.on('message', (message) => heard.push(String(message)));
  const socket = open(t, 'udp4');
  const failed = nextError(socket);
  socket.bind(0, '203.0.113.1');
  socket.send('dropped', port, '127.0.0.1', () => heard.push('callback'));
  await failed;
  assert.equal(socket.listenerCount('listening'), 0);
  await listen(socket, 0, '127.0.0.1');
  await sent(socket, 'sent', port, '127.0.0.1');
  await drained(socket, receiver);
  assert.equal(heard.length, 2);
  assert.equal(heard[0], 'sent');
});

test('a Buffer without its memory has no bytes in a list either', {
  skip: target === 'node' && olderReference,
}, async (t) => {
  const receiver = await bound(t, 'udp4');
  const sender = await bound(t, 'udp4');
  const arrived = nextMessage(receiver);
  const list = ['a', detach(Buffer.alloc(4)), 'b'];
  const outcome = await sent(sender, list, receiver.address().port, '127.0.0.1');
  assert.deepEqual(outcome, { error: null, bytes: 2 });
  assert.equal((await arrived).text, 'ab');
});

test('what waited to be bound is read anew where the socket was connected', async (t) => {
  const receiver = await bound(t, 'udp4');
  const { port } = receiver.address();
  const socket = open(t, { type: 'udp4', lookup: lateFor('localhost') });
  const caught: unknown[] = [];
  const arrived = nextMessage(receiver);
  await catching(
    (error) => caught.push(error),
    async () => {
      socket.bind(0, 'localhost', () => socket.connect(port, '127.0.0.1'));
      socket.send('without a callback', DISCARD_PORT, '127.0.0.1');
      socket.send('with a callback', DISCARD_PORT, '127.0.0.1', () => caught.push('called'));
      assert.equal((await arrived).text, 'without a callback');
    },
  );
  assert.equal(caught.length, 1);
  assertError(caught[0], IS_CONNECTED);
});

/** A lookup that answers within the call, but for one name a turn later. */
function lateFor(name: string): typeof now {
  return (host, family, answer) => {
    if (host === name) setImmediate(now, host, family, answer);
    else now(host, family, answer);
  };
}

test('a blocked address is told before a peer', { skip: lacks('blockLists') }, async (t) => {
  const sendBlockList = new BlockList();
  sendBlockList.addAddress('127.0.0.66');
  const lookup: typeof now = (host, _family, answer) => setImmediate(() => answer(null, host, 4));
  const socket = open(t, { type: 'udp4', lookup, sendBlockList });
  await listen(socket, 0, '127.0.0.1');
  const outcome = sent(socket, 'x', DISCARD_PORT, '127.0.0.66');
  socket.connect(DISCARD_PORT, '127.0.0.1');
  assertError((await outcome).error, {
    code: 'ERR_IP_BLOCKED',
    message: 'IP(127.0.0.66) is blocked by net.BlockList',
  });
});

test('a name that is resolved when there is a peer cannot be sent to', async (t) => {
  const socket = open(t, { type: 'udp4', lookup: lateFor('late.test') });
  await listen(socket, 0, '127.0.0.1');
  const outcome = sent(socket, 'x', DISCARD_PORT, 'late.test');
  socket.connect(DISCARD_PORT, '127.0.0.1');
  const { error } = await outcome;
  assert.equal(Reflect.get(Object(error), 'code'), 'EISCONN');
});

test('a descriptor that another socket reads from is not taken over', async (t) => {
  const { fd } = await holdDescriptor(t, 'udp4', '127.0.0.1');
  const socket = open(t, 'udp4');
  assert.throws(() => socket.bind({ fd }), { code: 'EEXIST', syscall: 'open' });
});

test('a datagram that is too long is none that the peer could have refused', async (t) => {
  const socket = await connected(t, 'udp4', DISCARD_PORT);
  const outcomes = await Promise.all([
    sent(socket, Buffer.alloc(70_000)),
    sent(socket, 'first'),
    sent(socket, 'other'),
  ]);
  const codes = outcomes.map(({ error }) => Reflect.get(Object(error), 'code'));
  assert.deepEqual(codes, ['EMSGSIZE', undefined, 'ECONNREFUSED']);
});

for (const method of ['addMembership', 'dropMembership']) {
  test(`${method} asks once what a group is as a text`, (t) => {
    let asked = 0;
    const group = {
      toString() {
        asked += 1;
        return '127.0.0.1';
      },
    };
    const socket = open(t, 'udp4');
    assert.throws(() => call(socket, method, group, '127.0.0.1'), { syscall: method });
    assert.equal(asked, 1);
  });
}

test('an error of bind shows the port as it was given', async (t) => {
  const { port } = (await bound(t, 'udp4')).address();
  for (const given of [port, String(port), port + 0x1_0000]) {
    const socket = open(t, 'udp4');
    const failed = nextError(socket);
    call(socket, 'bind', given, '127.0.0.1');
    const error = Object(await failed);
    assert.equal(error.port, given);
    assert.equal(error.message, `bind EADDRINUSE 127.0.0.1:${given}`);
  }
});
