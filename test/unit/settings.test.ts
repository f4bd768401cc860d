/** What a socket is made with, read from the options of a program. */
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import { readSettings } from '#volley/socket/create.js';

test('what no option says', () => {
  const { sendHighWaterMark, gso, gro, reuseAddr, reusePort, ipv6Only } = readSettings('udp4');
  assert.equal(sendHighWaterMark, 1024 * 1024);
  assert.deepEqual([gso, gro], [true, true]);
  assert.deepEqual([reuseAddr, reusePort, ipv6Only], [false, false, false]);
});

test('segmentation is switched off by false alone, each way by itself', () => {
  for (const name of ['gso', 'gro'] as const) {
    const other = name === 'gso' ? 'gro' : 'gso';
    assert.equal(readSettings({ type: 'udp4', [name]: false })[name], false);
    assert.equal(readSettings({ type: 'udp4', [name]: false })[other], true);
    for (const value of [undefined, null, 0, true])
      assert.equal(readSettings({ type: 'udp4', [name]: value })[name], true);
  }
});

test('a socket made with the same shares what it is made with', () => {
  const first = readSettings('udp4');
  assert.equal(readSettings({ type: 'udp4', reuseAddr: false }), first);
  const other = readSettings('udp6');
  assert.notEqual(other, first);
  assert.equal(readSettings('udp6'), other);
});

for (const [name, make] of [
  ['signal', () => new AbortController().signal],
  ['receiveBlockList', () => new BlockList()],
  ['sendBlockList', () => new BlockList()],
] as const) {
  test(`${name} of a socket is not kept for the next one`, () => {
    const options = { type: 'udp4', [name]: make() };
    const plain = readSettings('udp4');
    assert.notEqual(readSettings(options), readSettings(options));
    assert.equal(readSettings('udp4'), plain);
  });
}
