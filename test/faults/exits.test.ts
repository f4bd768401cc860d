/** `process.exit()` in each kind of handler, with datagrams and sends under way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run, verdict } from './support.ts';

const KINDS = [
  ...['message', 'messages', 'send callback', 'sendMany callback', 'error', 'send error'],
  ...['listening', 'connect', 'close', 'close callback', 'lookup', 'drain', 'abort'],
  ...['abort listener', 'nextTick', 'promise job', 'immediate', 'uncaughtException'],
];

describe('process.exit() amid traffic', () => {
  for (const kind of KINDS) {
    it(`ends the process with its code: ${kind}`, async () => {
      assert.deepEqual(await run('exits', { args: [kind] }), {
        ...{ code: 7, signal: null },
        ...{ stdout: '', stderr: '' },
      });
    });
  }

  it('ends a worker thread with its code, and not the process', async () => {
    const expected = Object.fromEntries(KINDS.map((kind) => [kind, 7]));
    assert.deepEqual(await verdict('exits'), expected);
  });
});
