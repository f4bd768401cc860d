import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { it } from 'node:test';
import { run } from './support.ts';

/** Two minutes, if you have them: 120. */
const seconds = Number(process.env['VOLLEY_TEST_THREADS_SECONDS'] ?? 5);

/** Set to repeat a run; moments still differ. */
const seed = process.env['VOLLEY_TEST_SEED'] ?? String(randomInt(2 ** 32));

/** In bytes; twenty environments at a time leave the allocator with more or less of what they had. */
const MOST_GROWTH = 96 << 20;

it(`survives ${seconds} seconds of twenty threads that end at random moments`, async () => {
  const { stdout, ...outcome } = await run('threads', {
    args: [`${seconds}`, seed],
    flags: ['--expose-gc'],
  });
  const how = `VOLLEY_TEST_SEED=${seed}\n${stdout}`;
  assert.deepEqual(outcome, { code: 0, signal: null, stderr: '' }, how);
  const { threads, sockets, datagrams, before, left, grown } = JSON.parse(stdout);
  assert.ok(threads >= 40 && sockets > 0 && datagrams > 0, how);
  assert.deepEqual(left, before, `descriptors and handles of libuv; ${how}`);
  assert.ok(grown < MOST_GROWTH, `${grown >> 20} MiB more; ${how}`);
});
