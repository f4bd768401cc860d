/** Groups: what leaves as one message (UDP_SEGMENT) and what comes as one (UDP_GRO). */
import assert from 'node:assert/strict';
import { release } from 'node:os';
import { afterEach, test } from 'node:test';
import { corruptsSegments } from '#volley/drivers/linux/offload.js';
import {
  addon,
  bound,
  closeAll,
  errno,
  FAMILIES,
  localEndpoint,
  offerGroups,
  receiving,
  TestSocket,
} from './support.js';

afterEach(closeAll);

/** Its place in INTEGER_OPTIONS. */
const RECEIVE_BUFFER_SIZE = 4;

/** Datagrams of `size` characters that begin with their numbers. */
const numbered = (count: number, size: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `${from + index} `.padEnd(size, 'x'));

/** A socket that takes a port over. */
function receivingOn(port: number): TestSocket {
  const socket = new TestSocket(4);
  assert.equal(addon.bind(socket, '127.0.0.1', port, 0), 0);
  assert.equal(addon.startReceiving(socket), 0);
  return socket;
}

const usable = addon.supportsSegmentation() && !corruptsSegments(release());
const skip = usable ? false : 'this kernel does not know UDP_SEGMENT, or gets it wrong';

for (const family of FAMILIES) {
  test(`IPv${family}: a group arrives as the datagrams it is made of`, { skip }, async () => {
    const sender = bound(family);
    const receiver = receiving(family);
    const groups = [
      numbered(64, 1000),
      [...numbered(9, 500, 64), 'short tail'],
      ['alone'],
      numbered(2, 30_000),
    ];
    assert.equal(offerGroups(sender, groups, localEndpoint(receiver)), 64 + 10 + 1 + 2);
    await receiver.until(() => receiver.arrivals.length === 77);
    assert.deepEqual(receiver.texts, groups.flat());
    assert.deepEqual(new Set(receiver.merged), new Set([1]), 'nothing is merged unasked');
    const { port } = localEndpoint(sender);
    assert(receiver.arrivals.every((arrival) => arrival.port === port));
  });

  test(`IPv${family}: what the kernel merged is told with its segment size`, { skip }, async () => {
    const sender = bound(family);
    const receiver = receiving(family, true);
    const groups = [numbered(64, 1000), [...numbered(9, 500, 64), 'short tail'], ['alone'], ['']];
    assert.equal(offerGroups(sender, groups, localEndpoint(receiver)), 64 + 10 + 1 + 1);
    await receiver.until(() => receiver.arrivals.length === 76);
    assert.deepEqual(receiver.texts, groups.flat());
    assert.deepEqual(receiver.merged, [64, 10, 1, 1]);
  });

  test(`IPv${family}: merged messages of several sources keep apart`, { skip }, async () => {
    const senders = Array.from({ length: 8 }, () => bound(family));
    const receiver = receiving(family, true);
    const to = localEndpoint(receiver);
    for (let round = 0; round < 4; round++) {
      for (const [index, sender] of senders.entries()) {
        assert.equal(offerGroups(sender, [numbered(index + 1, 50, round * 10)], to), index + 1);
      }
    }
    await receiver.until(() => receiver.arrivals.length === 4 * 36);
    for (const [index, sender] of senders.entries()) {
      const { port } = localEndpoint(sender);
      const texts = receiver.arrivals.filter((each) => each.port === port).map(({ text }) => text);
      const expected = [0, 1, 2, 3].flatMap((round) => numbered(index + 1, 50, round * 10));
      assert.deepEqual(texts, expected);
    }
  });

  test(`IPv${family}: the largest group and the smallest datagrams`, { skip }, async () => {
    const sender = bound(family);
    const receiver = receiving(family, true);
    /* Merged as it is, it takes a slot of the scratch whole. */
    const groups = [numbered(5, 13_080), Array<string>(64).fill('x')];
    assert.equal(offerGroups(sender, groups, localEndpoint(receiver)), 69);
    await receiver.until(() => receiver.arrivals.length === 69);
    assert.deepEqual(receiver.texts, groups.flat());
    assert.deepEqual(receiver.merged, [5, 64]);
  });
}

test('a batch of many groups and single ones keeps its order', { skip }, async () => {
  const sender = bound(4);
  const receiver = receiving(4, true);
  assert.equal(addon.setOption(receiver, RECEIVE_BUFFER_SIZE, 212_992), 0);
  const groups = Array.from({ length: 128 }, (_, index) => numbered((index % 4) + 1, 20, index));
  const total = groups.flat().length;
  assert.equal(offerGroups(sender, groups, localEndpoint(receiver)), total);
  await receiver.until(() => receiver.arrivals.length === total);
  assert.deepEqual(receiver.texts, groups.flat());
});

test('a datagram too long between groups is the only one to fail', { skip }, async () => {
  const sender = bound(4);
  const receiver = receiving(4);
  const to = localEndpoint(receiver);
  const before = numbered(5, 100);
  const tooLong = ['x'.repeat(65_508)];
  const after = numbered(5, 100, 5);
  assert.equal(offerGroups(sender, [before, tooLong, after], to), 5, 'what left before it');
  assert.equal(offerGroups(sender, [tooLong, after], to), errno('EMSGSIZE'));
  assert.equal(offerGroups(sender, [after], to), 5);
  await receiver.until(() => receiver.arrivals.length === 10);
  assert.deepEqual(receiver.texts, [...before, ...after]);
  assert.deepEqual(sender.refused, [], 'it tells nothing of groups');
});

test('a group whose datagrams each are too long is none of the kernel: each fails', {
  skip,
}, () => {
  const sender = bound(4);
  const to = localEndpoint(bound(4));
  const group = numbered(2, 65_508);
  assert.equal(offerGroups(sender, [group], to), errno('EMSGSIZE'));
  assert.deepEqual(sender.refused, [], 'none of them left, so segmentation is not to blame');
});

test('a group the kernel does not take goes one by one, and is told of once', {
  skip,
}, async () => {
  /* Over 64 KiB together, which no message may be, but each of them fits. */
  const sender = bound(4);
  const receiver = receiving(4);
  const to = localEndpoint(receiver);
  const first = numbered(2, 1000);
  const refused = numbered(3, 30_000);
  const last = numbered(2, 1000, 2);
  const given = [first, refused, last];
  let left = 0;
  for (let call = 0; call < 3 && left < 7; call++) {
    const rest = given.slice(left < 2 ? 0 : left < 5 ? 1 : 2);
    const result = offerGroups(sender, rest, to);
    assert(result > 0, `errno ${result}`);
    left += result;
  }
  await receiver.until(() => receiver.arrivals.length === 7);
  assert.deepEqual(receiver.texts, given.flat());
  assert.deepEqual(sender.refused, [1], 'its place in what was given');
});

test('refusals of a connected socket meet one datagram each, in groups too', { skip }, () => {
  const socket = bound(4);
  const nobody = bound(4);
  const { address, port } = localEndpoint(nobody);
  addon.close(nobody);
  assert.equal(addon.connect(socket, address, port), 0);
  const groups = [numbered(4, 10), numbered(4, 10, 4), numbered(4, 10, 8)];
  const refused = errno('ECONNREFUSED');
  const results: number[] = [];
  /* As the send queue does it: the one that failed is out, the others are offered again. */
  let rest = groups.flat();
  for (let call = 0; call < 20 && rest.length > 0; call++) {
    const size = Math.ceil(rest.length / 3);
    const cut = [rest.slice(0, size), rest.slice(size, 2 * size), rest.slice(2 * size)];
    const result = offerGroups(
      socket,
      cut.filter((group) => group.length > 0),
      undefined,
    );
    results.push(result);
    rest = rest.slice(Math.max(result, 1));
  }
  assert.equal(rest.length, 0);
  const errors = results.filter((result) => result < 0);
  assert(errors.length > 0, 'nobody listened');
  assert.deepEqual(new Set(errors), new Set([refused]));
  /* The refusal of one group is there before the next is sent: they alternate. */
  for (const [index, result] of results.entries()) {
    assert.equal(result > 0, index % 2 === 0, `${results}`);
  }
  assert.deepEqual(socket.refused, [], 'nothing is held against segmentation');
});

test('a kept refusal is told before a group leaves, and costs none of its others', {
  skip,
}, async () => {
  const socket = bound(4);
  const nobody = bound(4);
  const { address, port } = localEndpoint(nobody);
  addon.close(nobody);
  assert.equal(addon.connect(socket, address, port), 0);
  assert.equal(offerGroups(socket, [numbered(3, 10), numbered(3, 10, 3)]), 3);
  assert.equal(offerGroups(socket, [numbered(3, 10, 3)]), errno('ECONNREFUSED'));
  const receiver = receivingOn(port);
  assert.equal(offerGroups(socket, [numbered(2, 10, 4)]), 2);
  await receiver.until(() => receiver.arrivals.length === 2);
  assert.deepEqual(receiver.texts, numbered(2, 10, 4));
});
