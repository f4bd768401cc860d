/** Why `connectSync` failed, where the driver learns it within the call and where it does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSocket } from 'volley';
import { assertError, system } from '../support/errors.ts';
import { DISCARD_PORT, shut, thrownBy } from '../support/sockets.ts';
import { nodeMajor, target } from '../support/target.ts';

const BROADCAST = '255.255.255.255';

/** Until `node:dgram` had a `connectSync` of its own. */
const late = target === 'builtin' && nodeMajor < 24;

test('connectSync to broadcast, without permission', (t) => {
  const socket = createSocket('udp4');
  t.after(() => shut(socket));
  const error = thrownBy(() => socket.connectSync(DISCARD_PORT, BROADCAST));
  if (!late) {
    assertError(error, system('connect', 'EACCES', BROADCAST, DISCARD_PORT));
    return;
  }
  assert.ok(error instanceof Error);
  assert.deepEqual({ ...error }, { code: 'ERR_VOLLEY_DRIVER', syscall: 'connect' });
  assert.equal(
    error.message,
    `connect to ${BROADCAST}:${DISCARD_PORT} failed, and node:dgram of Node ${process.version} ` +
      'does not say why in time: use connect(), a newer Node, or the native driver',
  );
});
