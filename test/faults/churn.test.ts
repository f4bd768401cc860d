import assert from 'node:assert/strict';
import { it } from 'node:test';
import { full, verdict } from './support.ts';

const SOCKETS = 10_000;
const rounds = full ? 100 : 10;

/** In bytes, for what allocators keep: 330 bytes a socket in the short form, 33 in the long. */
const MOST_GROWTH = 32 << 20;

it(`opens, uses and closes ${SOCKETS} sockets ${rounds} times without growing`, async () => {
  const { leaked, grown } = await verdict('churn', {
    args: [`${rounds}`, `${SOCKETS}`],
    // V8 lets its young generation grow with the load, by more than any leak here: pin it.
    flags: ['--expose-gc', '--max-semi-space-size=1'],
  });
  assert.equal(leaked, 0, 'file descriptors');
  assert.ok(Number(grown) < MOST_GROWTH, `${Number(grown) >> 20} MiB more`);
});
