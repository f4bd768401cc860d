import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { RECORD, RECORD_WORDS } from '#volley/drivers/linux/addon.js';
import {
  addon,
  bound,
  closeAll,
  errno,
  FAMILIES,
  localEndpoint,
  offer,
  receiving,
  TestSocket,
} from './support.js';

afterEach(closeAll);

function parse(family: 4 | 6, text: string): { result: number; words: Uint32Array } {
  const words = new Uint32Array(RECORD_WORDS);
  return { result: addon.parseAddress(family, text, words), words };
}

const bytesOf = (words: Uint32Array): string =>
  Buffer.from(words.buffer, RECORD.address * 4, 16).toString('hex');

test('IPv4 text fills a record in network byte order', () => {
  const { result, words } = parse(4, '192.0.2.1');
  assert.equal(result, 0);
  assert.equal(words[RECORD.family], 4);
  assert.equal(bytesOf(words), `c0000201${'0'.repeat(24)}`);
  assert.equal(addon.formatAddress(words, 0), '192.0.2.1');
});

test('IPv6 text fills a record, with scope id', () => {
  const { result, words } = parse(6, 'fe80::1:2%lo');
  assert.equal(result, 0);
  assert.equal(words[RECORD.family], 6);
  assert.equal(words[RECORD.scope], 1, 'lo is the first interface of Linux');
  assert.equal(bytesOf(words), 'fe800000000000000000000000010002');
  assert.equal(addon.formatAddress(words, 0), 'fe80::1:2%lo');
  assert.equal(parse(6, 'fe80::1%1').words[RECORD.scope], 1);
});

test('an interface that does not exist gives scope 0, as the reference has it', () => {
  for (const text of ['fe80::1%no-such', 'fe80::1%', 'fe80::1%4294967295', 'fe80::1%0x1']) {
    const { result, words } = parse(6, text);
    assert.equal(result, 0, text);
    assert.equal(words[RECORD.scope], 0, text);
    assert.equal(addon.formatAddress(words, 0), 'fe80::1');
  }
});

test('only link-local text carries its interface', () => {
  const { words } = parse(6, '::1%lo');
  assert.equal(words[RECORD.scope], 1);
  assert.equal(addon.formatAddress(words, 0), '::1');
});

test('malformed text is EINVAL', () => {
  for (const text of ['', '1.2.3', '01.2.3.4', '1.2.3.4 ', 'a.b.c.d', '::1', '256.1.1.1']) {
    assert.equal(parse(4, text).result, errno('EINVAL'), text);
  }
  for (const text of ['', '1.2.3.4', ':', '::g', '1:2:3:4:5:6:7:8:9', '%lo']) {
    assert.equal(parse(6, text).result, errno('EINVAL'), text);
  }
});

test('a record without address has no text', () => {
  assert.equal(addon.formatAddress(new Uint32Array(RECORD_WORDS), 0), '');
});

test('parsing leaves length and port of the record alone', () => {
  const words = new Uint32Array(RECORD_WORDS).fill(7);
  assert.equal(addon.parseAddress(4, '192.0.2.1', words), 0);
  assert.deepEqual([...words.subarray(0, 4)], [7, 7, 4, 0]);
});

for (const family of FAMILIES) {
  test(`IPv${family}: source, sizes and order of a batch`, async () => {
    const receiver = receiving(family);
    const sender = bound(family);
    const source = localEndpoint(sender);
    const payloads = ['a', '', 'three', 'x'.repeat(1400), '', 'last'];
    assert.equal(offer(sender, payloads, localEndpoint(receiver)), payloads.length);
    await receiver.until(() => receiver.arrivals.length === payloads.length);
    assert.deepEqual(receiver.batchSizes, [payloads.length]);
    payloads.forEach((text, index) => {
      assert.deepEqual(receiver.arrivals[index], {
        text,
        size: text.length,
        family,
        address: source.address,
        port: source.port,
      });
    });
    addon.close(sender);
    addon.close(receiver);
  });

  test(`IPv${family}: the largest datagram fits a slot`, async () => {
    const receiver = receiving(family);
    const largest = family === 4 ? 65507 : 65527;
    const sender = bound(family);
    assert.equal(
      offer(sender, ['x'.repeat(largest + 1)], localEndpoint(receiver)),
      errno('EMSGSIZE'),
    );
    assert.equal(offer(sender, ['y'.repeat(largest)], localEndpoint(receiver)), 1);
    await receiver.until(() => receiver.arrivals.length === 1);
    assert.equal(receiver.texts[0], 'y'.repeat(largest));
    addon.close(sender);
    addon.close(receiver);
  });
}

test('bytes are read from the offset on', async () => {
  const receiver = receiving(4);
  const sender = bound(4);
  const { address, port } = localEndpoint(receiver);
  const probe = offer(sender, ['first'], { address, family: 'IPv4', port });
  assert.equal(probe, 1);
  assert.equal(addon.send(sender, Buffer.from('__again'), 2, 1), 1, 'the record is still there');
  assert.throws(() => addon.send(sender, Buffer.from('__again'), 3, 1), RangeError);
  await receiver.until(() => receiver.arrivals.length === 2);
  assert.deepEqual(receiver.texts, ['first', 'again']);
  addon.close(sender);
  addon.close(receiver);
});

test('the destination is what the record says: IPv4 on a dual-stack socket', async (context) => {
  if (!FAMILIES.includes(6)) {
    context.skip('no IPv6 on this machine');
    return;
  }
  const receiver = receiving(4);
  const sender = new TestSocket(6);
  assert.equal(addon.bind(sender, '::', 0, 0), 0);
  assert.equal(offer(sender, ['x'], localEndpoint(receiver)), 1);
  await receiver.until(() => receiver.arrivals.length === 1);
  assert.equal(receiver.arrivals[0]?.port, localEndpoint(sender).port);
  addon.close(sender);
  addon.close(receiver);
});

test('a dual-stack socket sees IPv4 sources as mapped addresses', async (context) => {
  if (!FAMILIES.includes(6)) {
    context.skip('no IPv6 on this machine');
    return;
  }
  const receiver = new TestSocket(6);
  assert.equal(addon.bind(receiver, '::', 0, 0), 0);
  assert.equal(addon.startReceiving(receiver), 0);
  const sender = bound(4);
  const { port } = localEndpoint(receiver);
  assert.equal(offer(sender, ['x'], { address: '127.0.0.1', family: 'IPv4', port }), 1);
  await receiver.until(() => receiver.arrivals.length === 1);
  assert.equal(receiver.arrivals[0]?.address, '::ffff:127.0.0.1');
  assert.equal(receiver.arrivals[0]?.family, 6);
  addon.close(sender);
  addon.close(receiver);
});
