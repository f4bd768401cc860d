import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { full, run, verdict } from './support.ts';

const rounds = full ? 100 : 20;

/** In bytes; a worker's environment takes some 10 MiB, so one leaked in four would be seen. */
const MOST_GROWTH = 64 << 20;

describe('an environment that goes amid traffic', () => {
  // 'suspended': the workers' handlers are so slow that batches wait for later turns of the loop.
  for (const how of ['terminate', 'exit', 'suspended']) {
    it(`leaves nothing behind (worker threads, ${how})`, async () => {
      const { leaked, grown } = await verdict('teardown', { args: [`${rounds}`, how] });
      assert.equal(leaked, 0, 'file descriptors');
      assert.ok(Number(grown) < MOST_GROWTH, `${Number(grown) >> 20} MiB more`);
    });
  }

  it('may be the process, from a message handler', async () => {
    const { code, signal, stderr } = await run('exit');
    assert.deepEqual({ code, signal }, { code: 7, signal: null }, stderr);
    assert.equal(stderr, '');
  });
});
