import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { type TestContext, test } from 'node:test';
import { shaped, system } from '../support/errors.ts';
import { run } from '../support/process.ts';
import {
  bound,
  call,
  closed,
  drained,
  FAMILIES,
  listen,
  nextMessage,
  open,
  sent,
} from '../support/sockets.ts';

interface Case {
  type: 'udp4' | 'udp6';
  skip: string | false;
  /** What names the loopback interface to the membership calls. */
  interface: string;
  loopback: string;
  any: string;
  group(): string;
  /** A group of the source-specific range, 232/8 and ff3x::/32 (RFC 4607). */
  sourceGroup(): string;
}

const word = (): string => randomInt(1, 0xffff).toString(16);

const CASES: Case[] = [
  {
    type: 'udp4',
    skip: false,
    interface: '127.0.0.1',
    loopback: '127.0.0.1',
    any: '0.0.0.0',
    group: () => `239.255.${randomInt(256)}.${randomInt(1, 255)}`,
    sourceGroup: () => `232.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`,
  },
  {
    type: 'udp6',
    skip: FAMILIES[1]?.skip ?? false,
    interface: '::%lo',
    loopback: '::1',
    any: '::',
    group: () => `ff02::${word()}:${word()}`,
    sourceGroup: () => `ff32::${word()}:${word()}`,
  },
];

/** A receiver on all addresses and a sender whose multicast leaves on loopback. */
async function pair(t: TestContext, wanted: Case): Promise<{ receiver: Socket; sender: Socket }> {
  const receiver = await bound(t, wanted.type, wanted.any);
  const sender = await bound(t, wanted.type);
  sender.setMulticastInterface(wanted.interface);
  return { receiver, sender };
}

/** Why multicast cannot be sent to `group` here, or undefined. */
async function unreachable(sender: Socket, group: string): Promise<string | undefined> {
  const { error } = await sent(sender, 'probe', 9, group);
  return error === null
    ? undefined
    : `no multicast on loopback here: ${error.message.split(' ')[1]}`;
}

for (const wanted of CASES) {
  const { type, skip } = wanted;

  test(`${type}: a member hears the group, others do not`, { skip }, async (t) => {
    const { receiver, sender } = await pair(t, wanted);
    const group = wanted.group();
    const missing = await unreachable(sender, group);
    if (missing !== undefined) return t.skip(missing);
    const heard: string[] = [];
    receiver.on('message', (message) => heard.push(String(message)));
    const { port } = receiver.address();
    sender.send('before', port, group);
    await drained(sender, receiver);
    assert.equal(receiver.addMembership(group, wanted.interface), undefined);
    sender.send('member', port, group);
    await drained(sender, receiver);
    assert.equal(receiver.dropMembership(group, wanted.interface), undefined);
    sender.send('after', port, group);
    await drained(sender, receiver);
    assert.deepEqual(
      heard.filter((text) => !text.startsWith('sentinel')),
      ['member'],
    );
  });

  test(`${type}: two members hear one datagram`, { skip }, async (t) => {
    const { receiver, sender } = await pair(t, wanted);
    const group = wanted.group();
    const missing = await unreachable(sender, group);
    if (missing !== undefined) return t.skip(missing);
    const options = { type, reuseAddr: true };
    await closed(receiver);
    const first = await bound(t, options, wanted.any);
    const { port } = first.address();
    const second = open(t, options);
    await listen(second, port, wanted.any);
    const both = Promise.all(
      [first, second].map((socket) => {
        socket.addMembership(group, wanted.interface);
        return nextMessage(socket);
      }),
    );
    sender.send('both', port, group);
    for (const { text, rinfo } of await both) {
      assert.equal(text, 'both');
      assert.equal(rinfo.port, sender.address().port);
    }
  });

  test(`${type}: memberships are joined and left once`, { skip }, async (t) => {
    const { receiver } = await pair(t, wanted);
    const group = wanted.group();
    receiver.addMembership(group, wanted.interface);
    assert.throws(
      () => receiver.addMembership(group, wanted.interface),
      shaped(system('addMembership', 'EADDRINUSE')),
    );
    receiver.dropMembership(group, wanted.interface);
    assert.throws(
      () => receiver.dropMembership(group, wanted.interface),
      shaped(system('dropMembership', 'EADDRNOTAVAIL')),
    );
    await drained(receiver, receiver, wanted.loopback);
  });

  test(`${type}: what is no group`, { skip }, async (t) => {
    const { receiver } = await pair(t, wanted);
    for (const group of [wanted.loopback, 'no address']) {
      assert.throws(
        () => receiver.addMembership(group),
        shaped(system('addMembership', 'EINVAL')),
        group,
      );
    }
    assert.throws(
      () => receiver.addMembership(wanted.group(), 'no interface'),
      shaped(system('addMembership', 'EINVAL')),
    );
    await drained(receiver, receiver, wanted.loopback);
  });

  test(`${type}: addMembership binds an unbound socket`, { skip }, async (t) => {
    const socket = open(t, type);
    socket.addMembership(wanted.group(), wanted.interface);
    const { address, port } = socket.address();
    assert.equal(address, wanted.any);
    assert.ok(port > 0);
    const other = open(t, type);
    other.addSourceSpecificMembership(wanted.loopback, wanted.sourceGroup(), wanted.interface);
    assert.equal(other.address().address, wanted.any);
  });

  test(`${type}: a source-specific member hears one source`, { skip }, async (t) => {
    const { receiver, sender } = await pair(t, wanted);
    const group = wanted.sourceGroup();
    const missing = await unreachable(sender, group);
    if (missing !== undefined) return t.skip(missing);
    const { port } = receiver.address();
    const heard: string[] = [];
    receiver.on('message', (message) => heard.push(String(message)));
    const join = [wanted.loopback, group, wanted.interface] as const;
    assert.equal(receiver.addSourceSpecificMembership(...join), undefined);
    sender.send('source', port, group);
    if (type === 'udp4') {
      const stranger = await bound(t, type, '127.0.0.9');
      stranger.setMulticastInterface(wanted.interface);
      stranger.send('stranger', port, group);
    }
    await drained(sender, receiver);
    assert.equal(receiver.dropSourceSpecificMembership(...join), undefined);
    sender.send('after', port, group);
    await drained(sender, receiver);
    assert.deepEqual(
      heard.filter((text) => !text.startsWith('sentinel')),
      ['source'],
    );
  });

  test(`${type}: source-specific memberships that are wrong`, { skip }, async (t) => {
    const { receiver } = await pair(t, wanted);
    const group = wanted.sourceGroup();
    const { loopback } = wanted;
    const other = type === 'udp4' ? '::1' : '127.0.0.1';
    for (const method of ['addSourceSpecificMembership', 'dropSourceSpecificMembership'] as const) {
      const invalid = shaped(system(method, 'EINVAL'));
      assert.throws(() => receiver[method](other, group), invalid);
      assert.throws(() => receiver[method]('no address', group), invalid);
      assert.throws(() => receiver[method](loopback, loopback), invalid);
      assert.throws(() => receiver[method](loopback, group, 'no interface'), invalid);
    }
    await drained(receiver, receiver, loopback);
  });
}

for (const method of ['addMembership', 'dropMembership'] as const) {
  test(`udp4: ${method} takes null for no interface`, async (t) => {
    const socket = await bound(t, 'udp4');
    // Whatever becomes of it here, as without a route: both are the same.
    const outcome = (...more: unknown[]): unknown =>
      catchingCode(() => call(socket, method, '239.255.66.6', ...more));
    const expected = outcome();
    if (method === 'addMembership' && expected === undefined) socket.dropMembership('239.255.66.6');
    assert.equal(outcome(null), expected);
  });
}

function catchingCode(body: () => unknown): unknown {
  try {
    body();
    return undefined;
  } catch (error) {
    return Reflect.get(Object(error), 'code');
  }
}

test('udp4: an interface that does not exist', async (t) => {
  const socket = await bound(t, 'udp4');
  const group = CASES[0]?.group() ?? '';
  assert.throws(
    () => socket.addMembership(group, '203.0.113.1'),
    shaped(system('addMembership', 'ENODEV')),
  );
  assert.throws(
    () => socket.addSourceSpecificMembership('127.0.0.1', '232.1.1.1', '203.0.113.1'),
    shaped(system('addSourceSpecificMembership', 'ENODEV')),
  );
});

for (const { type, skip } of CASES) {
  test(`${type}: multicast on a virtual link, in a namespace`, { skip }, async (t) => {
    const script = [
      'ip link set lo up',
      'ip link add v0 type veth peer name v1',
      'ip link set v0 up',
      'ip link set v1 up',
      'ip addr add 10.77.0.1/24 dev v0',
      'ip -6 addr add fd77::1/64 dev v0 nodad',
      'exec "$@"',
    ].join(' && ');
    const prefix = ['unshare', '--net', '--', 'sh', '-c', script, 'sh'];
    const probe = await run('nothing.mjs', { prefix }).catch(() => undefined);
    if (probe?.code !== 0) return t.skip('this machine lets the test make no veth pair');
    const { lines, stderr, code } = await run('multicast-link.mjs', { prefix, arguments: [type] });
    const scopes = type === 'udp4' ? ['224.0.0', '239.255.0'] : ['ff01', 'ff02', 'ff05', 'scoped'];
    assert.deepEqual(lines, [...scopes, 'loopback on again', 'source', 'done'], stderr);
    assert.equal(code, 0);
  });
}
