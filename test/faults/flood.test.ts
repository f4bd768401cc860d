import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { alone, verdict } from './support.ts';

const COUNT = 1_000_000;
const SIZE = 200;

/** In bytes: less than the payloads of all that are sent, which alone come to 191 MiB. */
const MOST_GROWTH = 128 << 20;

/** A network namespace of its own keeps other programs' datagrams out of the kernel's counter. */
const wrapper = alone();

function mayUnshare(): boolean {
  const [command = '', ...args] = [...wrapper, 'true'];
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

it('sends a million datagrams of one turn, without callbacks, in bounded memory', async (t) => {
  const counted = mayUnshare();
  if (!counted) t.diagnostic('no network namespace: what left is not counted');
  const { sent, reported, left, grown } = await verdict('flood', {
    args: [`${COUNT}`, `${SIZE}`],
    wrapper: counted ? wrapper : [],
    // The kernel counts a segmented send once, so that every datagram must go by itself here.
    environment: { VOLLEY_GSO: '0' },
  });
  assert.equal(left, 0);
  if (counted) assert.equal(Number(sent) + Number(reported), COUNT);
  assert.ok(Number(grown) < MOST_GROWTH, `${Number(grown) >> 20} MiB more`);
});
