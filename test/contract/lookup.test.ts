import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { assertError, system } from '../support/errors.ts';
import {
  bound,
  call,
  DISCARD_PORT,
  drained,
  FAMILIES,
  type FamilyCase,
  listen,
  nextError,
  nextMessage,
  open,
  sent,
} from '../support/sockets.ts';
import { dgram } from '../support/target.ts';

type Answer = (error: Error | null, address?: unknown, family?: number) => void;
type Lookup = (hostname: string, family: unknown, answer: Answer) => void;

/** A socket whose lookup asks `lookup` for host names and answers literals with themselves. */
async function resolving(t: TestContext, wanted: FamilyCase, lookup: Lookup): Promise<Socket> {
  const socket: unknown = call(dgram, 'createSocket', {
    type: wanted.type,
    lookup: (hostname: string, family: unknown, answer: Answer) => {
      if (hostname === wanted.loopback) answer(null, hostname, wanted.family === 'IPv4' ? 4 : 6);
      else lookup(hostname, family, answer);
    },
  });
  assert.ok(socket instanceof dgram.Socket);
  const made = socket;
  t.after(() => {
    if (!isClosed(made)) made.close();
  });
  await listen(made, 0, wanted.loopback);
  return made;
}

function isClosed(socket: Socket): boolean {
  try {
    socket.address();
    return false;
  } catch (error) {
    return Reflect.get(Object(error), 'code') === 'ERR_SOCKET_DGRAM_NOT_RUNNING';
  }
}

for (const wanted of FAMILIES) {
  const { type, skip, loopback, other, family: words } = wanted;
  const family = words === 'IPv4' ? 4 : 6;
  const boom = Object.assign(new Error('boom'), { code: 'EBOOM' });

  test(`${type}: a lookup of one's own is asked for host names`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const asked: unknown[] = [];
    const socket = await resolving(t, wanted, function (this: unknown, hostname, number, answer) {
      asked.push([hostname, number]);
      setImmediate(answer, null, loopback, family);
    });
    const heard = nextMessage(receiver);
    const { port } = receiver.address();
    assert.deepEqual(await sent(socket, 'x', port, 'first.host'), { error: null, bytes: 1 });
    assert.equal((await heard).rinfo.address, loopback);
    await new Promise<void>((resolve) => socket.connect(port, 'second.host', resolve));
    assert.equal(socket.remoteAddress().address, loopback);
    assert.deepEqual(asked, [
      ['first.host', family],
      ['second.host', family],
    ]);
  });

  test(`${type}: a lookup of one's own is asked for addresses, too`, { skip }, async (t) => {
    const asked: unknown[] = [];
    const socket: unknown = call(dgram, 'createSocket', {
      type,
      lookup: (hostname: string, _family: unknown, answer: Answer) => {
        asked.push(hostname);
        answer(null, loopback, family);
      },
    });
    assert.ok(socket instanceof dgram.Socket);
    const made = socket;
    t.after(() => made.close());
    await listen(made, 0, loopback);
    assert.deepEqual(await sent(made, 'x', DISCARD_PORT, loopback), { error: null, bytes: 1 });
    await new Promise<void>((resolve) => made.connect(DISCARD_PORT, loopback, resolve));
    assert.deepEqual(asked, [loopback, loopback, loopback]);
  });

  test(`${type}: bind asks it too`, { skip }, async (t) => {
    const asked: unknown[] = [];
    const socket: unknown = call(dgram, 'createSocket', {
      type,
      lookup: (hostname: string, number: unknown, answer: Answer) => {
        asked.push([hostname, number]);
        setImmediate(answer, null, loopback, family);
      },
    });
    assert.ok(socket instanceof dgram.Socket);
    const made = socket;
    t.after(() => made.close());
    const listening = once(made, 'listening');
    made.bind(0, 'my.host');
    await listening;
    assert.equal(made.address().address, loopback);
    assert.deepEqual(asked, [['my.host', family]]);
  });

  test(`${type}: a lookup that answers at once`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await resolving(t, wanted, (_hostname, _family, answer) => {
      answer(null, loopback, family);
    });
    const heard = nextMessage(receiver);
    let returned = false;
    const done = new Promise<void>((resolve) => {
      socket.send('x', receiver.address().port, 'h', () => {
        assert.ok(returned);
        resolve();
      });
    });
    returned = true;
    await Promise.all([done, heard]);
    const connect = once(socket, 'connect');
    socket.connect(receiver.address().port, 'h');
    await connect;
  });

  test(`${type}: a lookup that fails: send`, { skip }, async (t) => {
    const socket = await resolving(t, wanted, (_hostname, _family, answer) => {
      setImmediate(answer, boom);
    });
    const { error } = await sent(socket, 'x', DISCARD_PORT, 'h');
    assert.equal(error, boom);
    assert.deepEqual(Object.keys(boom), ['code']);
    const failed = nextError(socket);
    socket.send('x', DISCARD_PORT, 'h');
    assert.equal(await failed, boom);
    await drained(socket, socket);
  });

  test(`${type}: a lookup that fails at once still tells after send`, { skip }, async (t) => {
    const socket = await resolving(t, wanted, (_hostname, _family, answer) => answer(boom));
    let returned = false;
    const told = new Promise<unknown>((resolve) => {
      socket.send('x', DISCARD_PORT, 'h', (error) => {
        assert.ok(returned);
        resolve(error);
      });
    });
    returned = true;
    assert.equal(await told, boom);
    const failed = nextError(socket);
    socket.send('x', DISCARD_PORT, 'h');
    assert.equal(await failed, boom);
  });

  test(`${type}: a lookup that fails: connect`, { skip }, async (t) => {
    const socket = await resolving(t, wanted, (_hostname, _family, answer) => {
      setImmediate(answer, boom);
    });
    const told = await new Promise<unknown>((resolve) => {
      call(socket, 'connect', DISCARD_PORT, 'h', resolve);
    });
    assert.equal(told, boom);
    const failed = nextError(socket);
    socket.connect(DISCARD_PORT, 'h');
    assert.equal(await failed, boom);
    await new Promise<void>((resolve) => socket.connect(DISCARD_PORT, loopback, resolve));
  });

  test(`${type}: a lookup that fails: bind`, { skip }, async (t) => {
    const socket = open(t, {
      type,
      lookup: (hostname, _options, answer) => {
        if (hostname === loopback) answer(null, loopback, family);
        else setImmediate(() => answer(boom, '', 0));
      },
    });
    const failed = nextError(socket);
    socket.bind(0, 'h');
    assert.equal(await failed, boom);
    await listen(socket, 0, loopback);
  });

  test(`${type}: a lookup that answers another family`, { skip }, async (t) => {
    const socket = await resolving(t, wanted, (_hostname, _family, answer) => {
      setImmediate(answer, null, other, family === 4 ? 6 : 4);
    });
    const { error } = await sent(socket, 'x', DISCARD_PORT, 'h');
    // The error names what the caller gave, not what the lookup made of it.
    assertError(error, system('send', 'EINVAL', 'h', DISCARD_PORT));
    const told = await new Promise<unknown>((resolve) => {
      call(socket, 'connect', DISCARD_PORT, 'h', resolve);
    });
    assertError(told, system('connect', 'EINVAL', 'h', DISCARD_PORT));
    await drained(socket, socket);
  });

  test(`${type}: bind to another family by lookup`, { skip }, async (t) => {
    const socket = open(t, {
      type,
      lookup: (_hostname, _options, answer) => answer(null, other, family === 4 ? 6 : 4),
    });
    const failed = nextError(socket);
    setImmediate(() => socket.bind(0, 'h'));
    assertError(await failed, system('bind', 'EINVAL', other));
  });

  test(`${type}: a lookup that answers what is no address`, { skip }, async (t) => {
    const socket = await resolving(t, wanted, (_hostname, _family, answer) => {
      setImmediate(answer, null, 'no address', family);
    });
    const { error } = await sent(socket, 'x', DISCARD_PORT, 'h');
    assertError(error, system('send', 'EINVAL', 'h', DISCARD_PORT));
    await drained(socket, socket);
  });

  test(`${type}: close while a lookup runs`, { skip }, async (t) => {
    const answers: (() => void)[] = [];
    const socket = await resolving(t, wanted, (_hostname, _family, answer) => {
      answers.push(() => answer(null, loopback, family));
    });
    const seen: string[] = [];
    for (const name of ['error', 'connect', 'close'] as const) {
      socket.on(name, () => seen.push(name));
    }
    socket.send('x', DISCARD_PORT, 'h', () => seen.push('send'));
    socket.connect(DISCARD_PORT, 'h', () => seen.push('connect callback'));
    assert.equal(answers.length, 2);
    socket.close();
    for (const answer of answers) answer();
    await drained(await bound(t, type), await bound(t, type));
    assert.deepEqual(seen, ['close']);
  });

  test(`${type}: a slow name does not hold up a fast one`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    let slow: (() => void) | undefined;
    const socket = await resolving(t, wanted, (hostname, _family, answer) => {
      if (hostname === 'fast') setImmediate(answer, null, loopback, family);
      else slow = () => answer(null, loopback, family);
    });
    const { port } = receiver.address();
    const first = nextMessage(receiver);
    socket.send('slow', port, 'slow');
    socket.send('fast', port, 'fast');
    assert.equal((await first).text, 'fast');
    const second = nextMessage(receiver);
    slow?.();
    assert.equal((await second).text, 'slow');
  });
}

const underscore = FAMILIES.find(({ type }) => type === 'udp6');

test('a lookup may answer a scope that isIP does not know', {
  skip: underscore?.skip,
}, async (t) => {
  assert.ok(underscore);
  const receiver = await bound(t, 'udp6');
  const answers = ['::1%', '::1%no_interface', '::1%no interface'];
  for (const answer of answers) {
    const socket = await resolving(t, underscore, (_hostname, _family, done) => done(null, answer));
    const heard = nextMessage(receiver);
    const { error, bytes } = await sent(socket, 'x', receiver.address().port, 'h');
    assert.deepEqual([answer, error, bytes], [answer, null, 1]);
    await heard;
  }
});
