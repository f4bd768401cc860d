import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../support/process.ts';
import { closed, FAMILIES, listen, open } from '../support/sockets.ts';

/** Each fixture case ends by itself, or is ended by its own timer and says so. */
const CASES: [string, string[]][] = [
  ['bound', ['kept']],
  ['created', ['ended']],
  ['unref', ['ended']],
  ['unref-before-bind', ['ended']],
  ['unref-twice', ['ended']],
  ['unref-ref', ['kept']],
  ['ref', ['kept']],
  ['unref-hears', ['message', 'ended']],
  ['connected', ['kept']],
  ['closed', ['ended']],
  ['send', ['kept']],
  ['unref-send', ['sent', 'ended']],
];

for (const { type, skip } of FAMILIES) {
  for (const [name, expected] of CASES) {
    test(`${type}: keeps the process running: ${name}`, { skip }, async () => {
      const { lines, code, stderr } = await run('reference.mjs', { arguments: [name, type] });
      assert.deepEqual(lines, expected, stderr);
      assert.equal(code, 0);
    });
  }

  test(`${type}: ref and unref return the socket, in every state`, { skip }, async (t) => {
    const socket = open(t, type);
    assert.equal(socket.unref(), socket);
    assert.equal(socket.ref(), socket);
    await listen(socket, 0);
    assert.equal(socket.unref().unref(), socket);
    assert.equal(socket.ref().ref(), socket);
    await closed(socket);
    assert.equal(socket.unref(), socket);
    assert.equal(socket.ref(), socket);
  });
}
