/** Where descriptors run out in a cluster's worker, and under `volley doctor`. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../real/support.ts';
import { verdict } from './support.ts';

const run = promisify(execFile);
const limited = ['-c', 'ulimit -n 60; exec "$@"', 'sh'];

it('a shared socket is refused with EMFILE, and had once descriptors are free', async () => {
  const result = await verdict('cluster-descriptors', { wrapper: ['sh', ...limited] });
  assert.deepEqual(result, { message: 'bind EMFILE 127.0.0.1', code: 'EMFILE', again: 'works' });
});

it('volley doctor does with four', async () => {
  const exhaust = new URL('fixtures/exhausted.js', import.meta.url).href;
  const node = [process.execPath, '--import', exhaust, `${root}dist/cli/main.js`];
  const { stdout, stderr } = await run('sh', [...limited, ...node, 'doctor', '--json'], {
    env: { ...process.env, FREE_DESCRIPTORS: '4' },
  });
  assert.equal(stderr, '');
  const facts: { loopback: { roundTrip: string } } = JSON.parse(stdout);
  assert.equal(facts.loopback.roundTrip, 'ok');
});
