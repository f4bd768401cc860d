import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import { assertError, type ErrorShape } from '../support/errors.ts';
import {
  bound,
  call,
  DISCARD_PORT,
  drained,
  FAMILIES,
  nextError,
  nextMessage,
  open,
  sent,
  thrownBy,
} from '../support/sockets.ts';
import { lacks } from '../support/target.ts';

function blocked(address: string): ErrorShape {
  return {
    code: 'ERR_IP_BLOCKED',
    message: `IP(${address}) is blocked by net.BlockList`,
  };
}

for (const { type, skip: noFamily, loopback, any, family } of FAMILIES) {
  const skip = noFamily || lacks('blockLists');
  const list = new BlockList();
  list.addAddress(loopback, family === 'IPv4' ? 'ipv4' : 'ipv6');

  test(`${type}: sendBlockList refuses send, with callback`, { skip }, async (t) => {
    const socket = await bound(t, { type, sendBlockList: list });
    const { error, bytes } = await sent(socket, 'x', DISCARD_PORT, loopback);
    assertError(error, blocked(loopback));
    assert.equal(bytes, undefined);
    await drained(await bound(t, type), socket);
  });

  test(`${type}: sendBlockList drops send without callback`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, { type, sendBlockList: list });
    let events = 0;
    socket.on('error', () => {
      events += 1;
    });
    const heard = nextMessage(receiver);
    socket.send('blocked', receiver.address().port, loopback);
    await drained(await bound(t, type), receiver);
    assert.match((await heard).text, /^sentinel/);
    assert.equal(events, 0);
  });

  test(`${type}: sendBlockList refuses connect`, { skip }, async (t) => {
    const socket = await bound(t, { type, sendBlockList: list });
    const told = await new Promise<unknown>((resolve) => {
      call(socket, 'connect', DISCARD_PORT, loopback, resolve);
    });
    assertError(told, blocked(loopback));
    const failed = nextError(socket);
    socket.connect(DISCARD_PORT, loopback);
    assertError(await failed, blocked(loopback));
  });

  test(`${type}: sendBlockList refuses connectSync`, {
    skip: skip || lacks('connectSync'),
  }, async (t) => {
    const socket = await bound(t, { type, sendBlockList: list });
    assertError(
      thrownBy(() => socket.connectSync(DISCARD_PORT, loopback)),
      blocked(loopback),
    );
  });

  test(`${type}: sendBlockList looks at what a lookup answers`, { skip }, async (t) => {
    const socket = open(t, {
      type,
      sendBlockList: list,
      lookup: (hostname, _options, answer) => {
        answer(null, hostname === 'h' ? loopback : any, family === 'IPv4' ? 4 : 6);
      },
    });
    const { error } = await sent(socket, 'x', DISCARD_PORT, 'h');
    assertError(error, blocked(loopback));
  });

  test(`${type}: receiveBlockList drops what arrives`, { skip }, async (t) => {
    const receiver = await bound(t, { type, receiveBlockList: list });
    let heard = 0;
    receiver.on('message', () => {
      heard += 1;
    });
    const sender = await bound(t, type);
    assert.deepEqual(await sent(sender, 'x', receiver.address().port, loopback), {
      error: null,
      bytes: 1,
    });
    await drained(sender, await bound(t, type));
    assert.equal(heard, 0);
  });
}

const skip = lacks('blockLists');

test('udp4: block lists tell addresses apart', { skip }, async (t) => {
  const list = new BlockList();
  list.addAddress('127.0.0.2');
  list.addSubnet('127.0.1.0', 24);
  const receiver = await bound(t, { type: 'udp4', receiveBlockList: list }, '0.0.0.0');
  const heard: string[] = [];
  receiver.on('message', (_message, { address }) => heard.push(address));
  for (const address of ['127.0.0.2', '127.0.1.9']) {
    const sender = await bound(t, 'udp4', address);
    await sent(sender, 'x', receiver.address().port, '127.0.0.1');
  }
  await drained(await bound(t, 'udp4'), receiver, '127.0.0.1');
  assert.deepEqual(heard, ['127.0.0.1']);

  const socket = await bound(t, { type: 'udp4', sendBlockList: list });
  assertError((await sent(socket, 'x', DISCARD_PORT, '127.0.1.7')).error, blocked('127.0.1.7'));
  assert.equal((await sent(socket, 'x', DISCARD_PORT, '127.0.0.1')).error, null);
});

test('a list may grow later', { skip }, async (t) => {
  const list = new BlockList();
  const socket = await bound(t, { type: 'udp4', sendBlockList: list });
  assert.equal((await sent(socket, 'x', DISCARD_PORT, '127.0.0.4')).error, null);
  list.addAddress('127.0.0.4');
  assertError((await sent(socket, 'x', DISCARD_PORT, '127.0.0.4')).error, blocked('127.0.0.4'));
});

const noSix = FAMILIES[1]?.skip ?? false;
test('udp6: lists of IPv4 meet mapped addresses', { skip: skip || noSix }, async (t) => {
  const list = new BlockList();
  list.addAddress('127.0.0.3');
  const socket = await bound(t, { type: 'udp6', sendBlockList: list }, '::');
  const mapped = '::ffff:127.0.0.3';
  assertError((await sent(socket, 'x', DISCARD_PORT, mapped)).error, blocked(mapped));
  const receiver = await bound(t, { type: 'udp6', receiveBlockList: list }, '::');
  const heard: string[] = [];
  receiver.on('message', (_message, { address }) => heard.push(address));
  const { port } = receiver.address();
  await sent(await bound(t, 'udp4', '127.0.0.3'), 'x', port, '127.0.0.1');
  await drained(await bound(t, 'udp4'), receiver, '127.0.0.1');
  assert.deepEqual(heard, ['::ffff:127.0.0.1']);
});
