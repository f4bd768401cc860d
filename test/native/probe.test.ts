import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { addon, errno } from './support.ts';

const FEATURES = [
  'ipv4',
  'ipv6',
  'segmentation',
  'merging',
  'sendmmsg',
  'recvmmsg',
  'packetInformation',
  'nanosecondTimestamps',
  'timestamping',
  'portSharing',
];

test('tries each feature: 0, or the errno of the kernel', () => {
  const results = addon.probe();
  assert.deepEqual(Object.keys(results), FEATURES);
  const known = [0, errno('EPERM'), errno('ENOSYS'), errno('ENOPROTOOPT'), errno('EAFNOSUPPORT')];
  for (const [feature, result] of Object.entries(results)) {
    assert.ok([...known, errno('EADDRNOTAVAIL')].includes(result), `${feature}: ${result}`);
  }
  // These three have been there for as long as any kernel that Node runs on.
  assert.equal(results.sendmmsg, 0);
  assert.equal(results.recvmmsg, 0);
  assert.equal(results.packetInformation, 0);
});

test('agrees with what the addon asks for itself', () => {
  assert.equal(addon.probe().segmentation === 0, addon.supportsSegmentation());
});

test('leaves no descriptor open', () => {
  addon.probe();
  const before = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 20; round += 1) addon.probe();
  assert.equal(readdirSync('/proc/self/fd').length, before);
});
