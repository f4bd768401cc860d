import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdDescriptor } from '../support/descriptor.ts';
import { run } from '../support/process.ts';
import { FAMILIES } from '../support/sockets.ts';

for (const { type, skip, loopback } of FAMILIES) {
  test(`${type}: bind({fd}) takes a socket that exists, at once`, { skip }, async (t) => {
    const { fd, port, release } = await holdDescriptor(t, type, loopback);
    const finished = run('adopt.mjs', {
      arguments: [type, String(port), loopback],
      descriptor: fd,
    });
    // The fixture has its copy; two readers would take each other's datagrams.
    release();
    const { lines, stderr, code } = await finished;
    assert.equal(code, 0, stderr);
    assert.deepEqual(lines, [
      ['listening', 'callback', 'returned', 'its address', 'tick'],
      ['to itself', true, true],
      'closed',
    ]);
  });
}
