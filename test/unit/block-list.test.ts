/** Which addresses a block list blocks. */
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import { isBlocked } from '#volley/socket/block-list.js';

test('addresses of both families, wherever their scope', () => {
  const list = new BlockList();
  list.addAddress('192.0.2.1');
  list.addAddress('fe80::1', 'ipv6');
  // The last two are no addresses to net.isIPv6, but a lookup may answer them.
  for (const address of ['192.0.2.1', 'fe80::1', 'fe80::1%lo', 'fe80::1%br_lan', 'fe80::1%'])
    assert.equal(isBlocked(list, address), true, address);
  for (const address of ['192.0.2.2', 'fe80::2', 'fe80::2%lo'])
    assert.equal(isBlocked(list, address), false, address);
});
