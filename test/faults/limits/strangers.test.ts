/**
 * Floods from and to more addresses than any cache should keep (sources are spoofed at random): each datagram is
 * attributed and answered right, and memory stays as it is.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { missing } from '../../real/support.ts';
import { alone, full } from '../support.ts';
import { verdict } from './support.ts';

/** A cache that keeps a hundred bytes for each would show in the short form, too. */
const COUNT = full ? 1_000_000 : 20_000;

/** In bytes. */
const MOST_HEAP = 2 << 20;
const MOST_RESIDENT = 32 << 20;

const flags = ['--expose-gc', '--max-semi-space-size=1'];

/** Addresses by the million, local ones; and a small MTU, so that large datagrams go only one by one. */
const wrapper = alone('ip link set lo mtu 1500', 'ip -6 route add local fd99::/64 dev lo');

function assertFlat({ heap, resident }: Record<string, unknown>): void {
  assert.ok(Number(heap) < MOST_HEAP, `${heap} bytes more on the heap`);
  assert.ok(Number(resident) < MOST_RESIDENT, `${resident} bytes more resident`);
}

const noNamespace = spawnSync(wrapper[0] ?? '', [...wrapper.slice(1), 'true']).status !== 0;

describe(`${COUNT} addresses`, { skip: noNamespace && 'no network namespace' }, () => {
  for (const version of [4, 6]) {
    it(`each of which asks once, are answered (IPv${version})`, {
      skip: missing('python3', 'python3'),
    }, async () => {
      const args = [`${version}`, `${COUNT}`];
      const result = await verdict('strangers', { args, flags, wrapper });
      const { received, misattributed, answered, wrong } = result;
      assert.deepEqual(
        { received, misattributed, answered, wrong },
        { received: COUNT, misattributed: 0, answered: COUNT, wrong: 0 },
      );
      assertFlat(result);
    });
  }

  for (const [how, count] of [
    ['texts', COUNT],
    ['names', COUNT],
    // Each is three system calls, as nothing of what was learnt helps with the next one.
    ['refused', full ? COUNT / 5 : COUNT],
  ] as const) {
    it(`${count} of which are sent to once (${how})`, async () => {
      const result = await verdict('destinations', { args: [how, `${count}`], flags, wrapper });
      assert.deepEqual([result['left'], result['errors']], [count, {}]);
      assertFlat(result);
    });
  }
});
