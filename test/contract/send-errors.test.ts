import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';
import { test } from 'node:test';
import {
  assertError,
  connectedSend,
  type ErrorShape,
  notFound,
  system,
} from '../support/errors.ts';
import { run } from '../support/process.ts';
import {
  bound,
  connected,
  DISCARD_PORT,
  drained,
  FAMILIES,
  nextError,
  nextMessage,
  open,
  sent,
  turn,
  UNRESOLVABLE,
} from '../support/sockets.ts';

/** Each error reaches its own callback, with one argument, and the socket goes on. */
async function assertFails(
  socket: Socket,
  arguments_: unknown[],
  expected: ErrorShape,
): Promise<void> {
  let events = 0;
  const onError = (): void => {
    events += 1;
  };
  socket.on('error', onError);
  const { error, bytes } = await sent(socket, ...arguments_);
  assertError(error, expected);
  assert.equal(bytes, undefined);
  await turn();
  assert.equal(events, 0);
  socket.off('error', onError);
}

for (const { type, skip, loopback, other, maximumPayload } of FAMILIES) {
  test(`${type}: the largest datagram goes, one byte more does not`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = await bound(t, type);
    const heard = nextMessage(receiver);
    const largest = Buffer.alloc(maximumPayload, 'volley');
    assert.deepEqual(await sent(socket, largest, port, loopback), {
      error: null,
      bytes: maximumPayload,
    });
    assert.ok((await heard).payload.equals(largest));
    await assertFails(
      socket,
      [Buffer.alloc(maximumPayload + 1), port, loopback],
      system('send', 'EMSGSIZE', loopback, port),
    );
    await drained(socket, receiver);
  });

  test(`${type}: 65,507 bytes go`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await connected(t, type, receiver.address().port);
    const heard = nextMessage(receiver);
    assert.deepEqual(await sent(socket, Buffer.alloc(65_507)), { error: null, bytes: 65_507 });
    assert.equal((await heard).payload.length, 65_507);
  });

  test(`${type}: far too large, as buffer, list and string`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const expected = system('send', 'EMSGSIZE', loopback, DISCARD_PORT);
    const half = Buffer.alloc(50_000);
    await assertFails(socket, [Buffer.alloc(1 << 20), DISCARD_PORT, loopback], expected);
    await assertFails(socket, [[half, half], DISCARD_PORT, loopback], expected);
    await assertFails(socket, ['x'.repeat(70_000), DISCARD_PORT, loopback], expected);
  });

  test(`${type}: connected, too large: the error names no peer`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await connected(t, type, receiver.address().port);
    await assertFails(socket, [Buffer.alloc(70_000)], connectedSend('EMSGSIZE'));
    const heard = nextMessage(receiver);
    socket.send('next');
    assert.equal((await heard).text, 'next');
  });

  test(`${type}: a failing datagram between healthy ones`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = await bound(t, type);
    const results = await Promise.all([
      sent(socket, 'a', port, loopback),
      sent(socket, Buffer.alloc(70_000), port, loopback),
      sent(socket, 'b', port, loopback),
      sent(socket, 'x', port, other),
      sent(socket, 'c', port, loopback),
      drained(socket, receiver),
    ]);
    assert.deepEqual(
      results.map((each) => (each === undefined ? 'drained' : (each.bytes ?? 'error'))),
      [1, 'error', 1, 'error', 1, 'drained'],
    );
    assertError(results[1].error, system('send', 'EMSGSIZE', loopback, port));
    assertError(results[3].error, system('send', 'EINVAL', other, port));
  });

  test(`${type}: a destination of the other family`, { skip }, async (t) => {
    const socket = await bound(t, type);
    await assertFails(
      socket,
      ['x', DISCARD_PORT, other],
      system('send', 'EINVAL', other, DISCARD_PORT),
    );
  });

  // The contract says that such an error is emitted; the reference emits only those of lookups.
  test(`${type}: a system error without callback is not emitted`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    let events = 0;
    socket.on('error', () => {
      events += 1;
    });
    socket.send(Buffer.alloc(70_000), receiver.address().port, loopback);
    await drained(socket, receiver);
    assert.equal(events, 0);
  });

  test(`${type}: a name that does not resolve, with callback`, { skip }, async (t) => {
    const socket = await bound(t, type);
    await assertFails(socket, ['x', DISCARD_PORT, UNRESOLVABLE], notFound(UNRESOLVABLE));
    await drained(socket, socket);
  });

  test(`${type}: a name that does not resolve, without callback`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const failed = nextError(socket);
    socket.send('x', DISCARD_PORT, UNRESOLVABLE);
    assertError(await failed, notFound(UNRESOLVABLE));
    await drained(socket, socket);
  });

  test(`${type}: connection refused reaches a lone send as an event`, { skip }, async (t) => {
    const socket = await connected(t, type, DISCARD_PORT);
    const failed = nextError(socket);
    const { error, bytes } = await sent(socket, 'x');
    assert.equal(error, null);
    assert.equal(bytes, 1);
    assertError(await failed, system('recvmsg', 'ECONNREFUSED'));
    socket.disconnect();
    await drained(socket, await bound(t, type));
  });

  test(`${type}: where nobody listens, sends of one tick succeed and fail in turn`, {
    skip,
  }, async (t) => {
    const socket = await connected(t, type, DISCARD_PORT);
    // The refusal of a datagram may come too late for the next send, and is an event then.
    let told = 0;
    socket.on('error', () => {
      told += 1;
    });
    const results = await Promise.all(Array.from({ length: 12 }, () => sent(socket, 'x')));
    const failed = results.map(({ error }) => error !== null);
    assert.equal(failed[0], false);
    assert.ok(
      failed.every((now, index) => !now || failed[index - 1] === false),
      'a datagram that did not leave was refused',
    );
    assert.ok(failed.filter(Boolean).length + told >= 5, `${failed}, and ${told} events`);
    socket.disconnect();
    await drained(socket, await bound(t, type));
  });

  test(`${type}: connection refused is told once, to a send or as an event`, {
    skip,
  }, async (t) => {
    const socket = await connected(t, type, DISCARD_PORT);
    const results: unknown[] = [];
    const told = new Promise<unknown>((resolve) => {
      socket.on('error', resolve);
      for (let index = 0; index < 2; index += 1) {
        socket.send('x', (error) => {
          results.push(error);
          if (error !== null) resolve(error);
        });
      }
    });
    const error = await told;
    assert.equal(results[0], null);
    assertError(
      error,
      error === results[1] ? connectedSend('ECONNREFUSED') : system('recvmsg', 'ECONNREFUSED'),
    );
    socket.disconnect();
    await drained(socket, await bound(t, type));
  });

  test(`${type}: an unconnected socket does not hear of refusals`, { skip }, async (t) => {
    const socket = await bound(t, type);
    let events = 0;
    socket.on('error', () => {
      events += 1;
    });
    for (let index = 0; index < 3; index += 1) {
      assert.deepEqual(await sent(socket, 'x', DISCARD_PORT, loopback), { error: null, bytes: 1 });
    }
    await drained(socket, socket);
    assert.equal(events, 0);
  });
}

test('udp4: broadcast without permission', async (t) => {
  const socket = await bound(t, 'udp4');
  await assertFails(
    socket,
    ['x', DISCARD_PORT, '127.255.255.255'],
    system('send', 'EACCES', '127.255.255.255', DISCARD_PORT),
  );
});

test('udp4: bound to loopback, sending elsewhere', async (t) => {
  const socket = await bound(t, 'udp4');
  await assertFails(
    socket,
    ['x', DISCARD_PORT, '192.0.2.77'],
    system('send', 'EINVAL', '192.0.2.77', DISCARD_PORT),
  );
});

test('implicit bind and an error in the first send', async (t) => {
  const socket = open(t, 'udp4');
  const { error } = await sent(socket, Buffer.alloc(70_000), DISCARD_PORT, '127.0.0.1');
  assertError(error, system('send', 'EMSGSIZE', '127.0.0.1', DISCARD_PORT));
});

test('network unreachable meets the callback', async (t) => {
  // A network namespace of its own has no route at all, network_namespaces(7).
  const prefix = ['unshare', '--net', '--'];
  const probe = await run('nothing.mjs', { prefix }).catch(() => undefined);
  if (probe?.code !== 0) {
    t.skip('this machine does not let the test make a network namespace');
    return;
  }
  const { lines, stderr } = await run('unreachable.mjs', { prefix });
  assert.equal(lines.length, 2, stderr);
  assert.deepEqual(lines[0], [
    'udp4',
    'send ENETUNREACH 203.0.113.1:9',
    -101,
    'send',
    '203.0.113.1',
    9,
  ]);
  // Without any address to send from, Linux has EADDRNOTAVAIL for IPv6.
  assert.match(
    JSON.stringify(lines[1]),
    /^\["udp6","send (ENETUNREACH|EADDRNOTAVAIL) 2001:db8::1:9",-(101|99),"send","2001:db8::1",9\]$/,
  );
});

for (const name of ['bind', 'connect', 'send', 'lookup', 'refused']) {
  test(`an error nobody listens for is uncaught: ${name}`, async () => {
    const { code, lines, stderr } = await run('uncaught.mjs', { arguments: [name] });
    const expected = {
      bind: ['bind EADDRNOTAVAIL 203.0.113.1', true],
      connect: [`getaddrinfo ENOTFOUND ${UNRESOLVABLE}`, true],
      send: ['thrown in the callback of send', true],
      lookup: [`getaddrinfo ENOTFOUND ${UNRESOLVABLE}`, true],
      refused: ['recvmsg ECONNREFUSED', true],
    }[name];
    assert.deepEqual(lines, [expected], stderr);
    assert.equal(code, 0);
  });
}
