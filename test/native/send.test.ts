import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Endpoint } from '#volley/driver.js';
import { MAXIMUM_BATCH, RECORD, RECORD_WORDS } from '#volley/drivers/linux/addon.js';
import {
  addon,
  bound,
  closeAll,
  errno,
  FAMILIES,
  localEndpoint,
  offer,
  receiving,
  sendRecords,
} from './support.js';

afterEach(closeAll);

function unusedEndpoint(): Endpoint {
  const socket = bound(4);
  const endpoint = localEndpoint(socket);
  addon.close(socket);
  return endpoint;
}

test('a batch of the largest size leaves in one call', () => {
  const sender = bound(4);
  const receiver = bound(4);
  const payloads = Array.from({ length: MAXIMUM_BATCH }, () => 'x');
  assert.equal(offer(sender, payloads, localEndpoint(receiver)), MAXIMUM_BATCH);
  addon.close(sender);
  addon.close(receiver);
});

for (const family of FAMILIES) {
  test(`IPv${family}: a datagram that fails does not take its neighbours along`, async () => {
    const receiver = receiving(family);
    const sender = bound(family);
    const to = localEndpoint(receiver);
    const tooLarge = 'x'.repeat(65536);
    assert.equal(offer(sender, ['a', 'b', tooLarge, 'c'], to), 2, 'what left before it');
    assert.equal(offer(sender, [tooLarge, 'c'], to), errno('EMSGSIZE'), 'then its errno');
    assert.equal(offer(sender, ['c'], to), 1);
    await receiver.until(() => receiver.arrivals.length === 3);
    assert.deepEqual(receiver.texts, ['a', 'b', 'c']);
    addon.close(sender);
    addon.close(receiver);
  });
}

test('neighbours may go to different destinations', async () => {
  const sender = bound(4);
  const receivers = [receiving(4), receiving(4)];
  const record = new Uint32Array(RECORD_WORDS);
  assert.equal(addon.parseAddress(4, '127.0.0.1', record), 0);
  record[RECORD.length] = 1;
  for (let index = 0; index < 6; index++) {
    const receiver = receivers[index % 2];
    assert(receiver);
    record[RECORD.port] = localEndpoint(receiver).port;
    sendRecords.set(record, index * RECORD_WORDS);
  }
  assert.equal(addon.send(sender, Buffer.from('abcdef'), 0, 6), 6);
  for (const receiver of receivers) {
    await receiver.until(() => receiver.arrivals.length === 3);
  }
  assert.deepEqual(
    receivers.map((receiver) => receiver.texts.join('')),
    ['ace', 'bdf'],
  );
  for (const socket of [sender, ...receivers]) {
    addon.close(socket);
  }
});

test('on a connected socket each refusal meets the datagram that asks next', () => {
  const socket = bound(4);
  const nobody = unusedEndpoint();
  assert.equal(addon.connect(socket, nobody.address, nobody.port), 0);
  /* Over loopback the refusal of one datagram is there before the next one is sent. */
  const results: number[] = [];
  let left = 5;
  for (let call = 0; call < 10 && left > 0; call++) {
    const result = offer(socket, Array<string>(left).fill('x'));
    results.push(result);
    left -= Math.max(result, 1);
  }
  const refused = errno('ECONNREFUSED');
  assert.deepEqual(results, [1, refused, 1, refused, 1], 'no refusal is swallowed');
  addon.close(socket);
});

test('a refusal kept for the next datagram is forgotten with the peer', () => {
  const socket = bound(4);
  const nobody = unusedEndpoint();
  assert.equal(addon.connect(socket, nobody.address, nobody.port), 0);
  assert.equal(offer(socket, ['x', 'y']), 1);
  assert.equal(addon.disconnect(socket), 0);
  const receiver = bound(4);
  assert.equal(offer(socket, ['z'], localEndpoint(receiver)), 1);
  addon.close(socket);
  addon.close(receiver);
});

test('broadcast is refused by the kernel until the option is on', () => {
  const sender = bound(4);
  const everyone: Endpoint = { address: '127.255.255.255', family: 'IPv4', port: 9 };
  assert.equal(offer(sender, ['x'], everyone), errno('EACCES'));
  assert.equal(addon.setOption(sender, 3, 1), 0);
  assert.equal(offer(sender, ['x'], everyone), 1);
  addon.close(sender);
});
