import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  ALREADY_BOUND,
  assertError,
  IS_CONNECTED,
  NOT_CONNECTED,
  NOT_RUNNING,
  shaped,
  system,
} from '../support/errors.ts';
import {
  bound,
  closed,
  DISCARD_PORT,
  drained,
  FAMILIES,
  nextMessage,
  open,
  retrying,
  thrownBy,
  turn,
} from '../support/sockets.ts';
import { lacks } from '../support/target.ts';

const missing = lacks('bindSync', 'connectSync');

for (const { type, skip: noFamily, loopback, any, other, nonlocal, family } of FAMILIES) {
  const skip = noFamily || missing;

  test(`${type}: bindSync() returns the address at once`, { skip }, async (t) => {
    const socket = open(t, type);
    const result = socket.bindSync();
    assert.equal(result.address, any);
    assert.equal(result.family, family);
    assert.deepEqual(result, socket.address());
    assert.deepEqual(Object.keys(result), ['address', 'family', 'port']);
    await once(socket, 'listening');
  });

  test(
    `${type}: bindSync({port, address})`,
    { skip },
    retrying(async (t) => {
      const first = open(t, type);
      const { port } = first.bindSync({ address: loopback });
      await closed(first);
      assert.deepEqual(open(t, type).bindSync({ port, address: loopback }), {
        address: loopback,
        family,
        port,
      });
    }),
  );

  test(`${type}: 'listening' comes after bindSync, in the next tick`, { skip }, async (t) => {
    const socket = open(t, type);
    const seen: string[] = [];
    socket.on('listening', () => seen.push('listening'));
    socket.bindSync({ address: loopback });
    process.nextTick(() => seen.push('tick'));
    seen.push('same turn');
    await turn();
    assert.deepEqual(seen, ['same turn', 'listening', 'tick']);
  });

  test(`${type}: bindSync twice, while binding, and bind after it`, { skip }, async (t) => {
    const socket = open(t, type);
    socket.bindSync();
    assert.throws(() => socket.bindSync(), shaped(ALREADY_BOUND));
    assert.throws(() => socket.bind(), shaped(ALREADY_BOUND));
    const binding = open(t, type);
    binding.bind(0);
    assert.throws(() => binding.bindSync(), shaped(ALREADY_BOUND));
    await once(binding, 'listening');
  });

  test(`${type}: bindSync throws system errors, and can be tried again`, { skip }, async (t) => {
    const taken = await bound(t, type);
    const { port } = taken.address();
    const socket = open(t, type);
    let events = 0;
    socket.on('error', () => {
      events += 1;
    });
    assertError(
      thrownBy(() => socket.bindSync({ port, address: loopback })),
      system('bind', 'EADDRINUSE', loopback, port),
    );
    assertError(
      thrownBy(() => socket.bindSync({ address: nonlocal })),
      system('bind', 'EADDRNOTAVAIL', nonlocal),
    );
    assertError(
      thrownBy(() => socket.bindSync({ address: other })),
      system('bind', 'EINVAL', other),
    );
    assert.equal(open(t, type).bindSync({ address: loopback }).address, loopback);
    await turn();
    assert.equal(events, 0);
  });

  test(`${type}: bindSync, then close in the same turn: no 'listening'`, { skip }, async (t) => {
    const socket = open(t, type);
    const seen: string[] = [];
    socket.on('listening', () => seen.push('listening'));
    socket.on('close', () => seen.push('close'));
    socket.bindSync();
    socket.close();
    await turn();
    assert.deepEqual(seen, ['close']);
  });

  test(`${type}: connectSync, then close in the same turn: no 'connect'`, { skip }, async (t) => {
    const socket = open(t, type);
    const seen: string[] = [];
    socket.on('connect', () => seen.push('connect'));
    socket.on('close', () => seen.push('close'));
    socket.connectSync(DISCARD_PORT);
    socket.close();
    await turn();
    assert.deepEqual(seen, ['close']);
  });

  test(`${type}: bindSync on a closed socket`, { skip }, async (t) => {
    const socket = open(t, type);
    await closed(socket);
    assert.throws(() => socket.bindSync(), shaped(NOT_RUNNING));
    assert.throws(() => socket.connectSync(DISCARD_PORT), shaped(NOT_RUNNING));
  });

  test(`${type}: a socket bound at once receives after 'listening'`, { skip }, async (t) => {
    const socket = open(t, type);
    const { port } = socket.bindSync({ address: loopback });
    const seen: string[] = [];
    socket.on('listening', () => seen.push('listening'));
    socket.on('message', () => seen.push('message'));
    const sender = open(t, type);
    sender.bindSync({ address: loopback });
    sender.send('x', port, loopback);
    await once(socket, 'message');
    assert.deepEqual(seen, ['listening', 'message']);
  });

  test(`${type}: connectSync binds and connects at once`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = open(t, type);
    const seen: string[] = [];
    socket.on('listening', () => seen.push('listening'));
    socket.on('connect', () => seen.push('connect'));
    assert.equal(socket.connectSync(port), undefined);
    assert.deepEqual(socket.remoteAddress(), { address: loopback, family, port });
    assert.equal(socket.address().address, loopback);
    seen.push('same turn');
    const heard = nextMessage(receiver);
    socket.send('hi');
    assert.equal((await heard).rinfo.port, socket.address().port);
    assert.deepEqual(seen, ['same turn', 'listening', 'connect']);
  });

  test(`${type}: connectSync(port, address) on a bound socket`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const { port } = receiver.address();
    const socket = await bound(t, type);
    socket.connectSync(port, loopback);
    const heard = nextMessage(receiver);
    socket.send('hi');
    await heard;
    assert.throws(() => socket.connectSync(port), shaped(IS_CONNECTED));
    assert.throws(() => socket.connect(port), shaped(IS_CONNECTED));
    socket.disconnect();
    assert.throws(() => socket.disconnect(), shaped(NOT_CONNECTED));
    socket.connectSync(port, loopback);
    assert.equal(socket.remoteAddress().port, port);
  });

  test(`${type}: connectSync while binding or connecting`, { skip }, async (t) => {
    const binding = open(t, type);
    binding.bind(0);
    assert.throws(() => binding.connectSync(DISCARD_PORT), shaped(ALREADY_BOUND));
    await once(binding, 'listening');
    const connecting = open(t, type);
    connecting.connect(DISCARD_PORT);
    assert.throws(() => connecting.connectSync(DISCARD_PORT), shaped(IS_CONNECTED));
    await once(connecting, 'connect');
  });

  test(`${type}: connectSync to the other family throws`, { skip }, (t) => {
    const socket = open(t, type);
    assertError(
      thrownBy(() => socket.connectSync(DISCARD_PORT, other)),
      system('connect', 'EINVAL', other, DISCARD_PORT),
    );
    socket.connectSync(DISCARD_PORT, loopback);
    assert.equal(socket.remoteAddress().port, DISCARD_PORT);
  });
}

test('sends go out between bindSync and listening', { skip: missing }, async (t) => {
  const receiver = await bound(t, 'udp4');
  const socket = open(t, 'udp4');
  socket.bindSync({ address: '127.0.0.1' });
  const heard = nextMessage(receiver);
  socket.send('x', receiver.address().port, '127.0.0.1');
  assert.equal((await heard).text, 'x');
  await drained(socket, receiver);
});
