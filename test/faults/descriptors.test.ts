import assert from 'node:assert/strict';
import { it } from 'node:test';
import { verdict } from './support.ts';

it('reports that there is no descriptor left, leaks none, and works again once one is free', async () => {
  const wrapper = ['sh', '-c', 'ulimit -n 60; exec "$@"', 'sh'];
  const { results, leaked } = await verdict('descriptors', { wrapper });
  assert.ok(Array.isArray(results));
  const [bind, send, later] = results;
  assert.equal(bind.code, 'EMFILE');
  assert.equal(bind.syscall, 'bind');
  assert.ok(bind.opened > 5, `${bind.opened} sockets`);
  assert.deepEqual(send, bind);
  assert.deepEqual(later, bind);
  assert.equal(leaked, 0);
});
