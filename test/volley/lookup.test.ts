/** A lookup that answers what is no address: node:dgram hands it on to the system. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as volley from 'volley';
import { assertError, type ErrorShape } from '../support/errors.ts';
import { call, DISCARD_PORT, listen, nextError, sent, shut } from '../support/sockets.ts';

const WRONG: ErrorShape = {
  class: TypeError,
  name: 'TypeError',
  code: 'ERR_INVALID_ARG_TYPE',
  message:
    'The "address" argument must be of type string, as the lookup answers it. Received type number (4)',
};

for (const [name, fail] of [
  ['bind', (socket) => fails(socket, 'bind', 0, 'wrong.test')],
  ['connect', (socket) => fails(socket, 'connect', DISCARD_PORT, 'wrong.test')],
  ['send', (socket) => fails(socket, 'send', 'x', DISCARD_PORT, 'wrong.test')],
  ['send with a callback', async (socket) => (await sent(socket, 'x', 9, 'wrong.test')).error],
] satisfies [string, (socket: volley.Socket) => Promise<unknown>][]) {
  test(`a lookup that answers a number: ${name}`, async (t) => {
    const socket: unknown = call(volley, 'createSocket', { type: 'udp4', lookup: answering });
    assert.ok(socket instanceof volley.Socket);
    t.after(() => shut(socket));
    if (name !== 'bind') await listen(socket, 0, '127.0.0.1');
    assertError(await fail(socket), WRONG);
  });
}

function fails(socket: volley.Socket, method: string, ...given: unknown[]): Promise<unknown> {
  const failed = nextError(socket);
  call(socket, method, ...given);
  return failed;
}

/** Answers addresses with themselves, and names with a number. */
function answering(host: string, _family: unknown, answer: (...args: unknown[]) => void): void {
  setImmediate(answer, null, host === 'wrong.test' ? 4 : host, 4);
}
