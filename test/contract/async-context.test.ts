import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook, executionAsyncId } from 'node:async_hooks';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  bound,
  call,
  DISCARD_PORT,
  drained,
  FAMILIES,
  open,
  sent,
  UNRESOLVABLE,
} from '../support/sockets.ts';
import { nodeMajor, target } from '../support/target.ts';

for (const { type, skip, loopback, other } of FAMILIES) {
  test(`${type}: events run in the context of what caused them`, { skip }, async (t) => {
    const storage = new AsyncLocalStorage<string>();
    const seen: Record<string, string | undefined> = {};
    const note = (name: string) => () => {
      seen[name] = storage.getStore();
    };
    const socket = storage.run('create', () => open(t, type));
    storage.run('on', () => {
      for (const name of ['listening', 'connect', 'close', 'message']) socket.on(name, note(name));
    });
    storage.run('bind', () => socket.bind(0, loopback, note('bind callback')));
    await once(socket, 'listening');
    const sender = await bound(t, type);
    const { port } = socket.address();
    const arrived = once(socket, 'message');
    storage.run('send', () => sender.send('x', port, loopback, note('send callback')));
    await arrived;
    const connect = once(socket, 'connect');
    storage.run('connect', () => socket.connect(DISCARD_PORT, loopback, note('connect callback')));
    await connect;
    const close = once(socket, 'close');
    storage.run('close call', () => socket.close(note('close callback')));
    await close;
    assert.deepEqual(seen, {
      listening: 'bind',
      'bind callback': 'bind',
      message: 'create',
      'send callback': 'send',
      connect: 'connect',
      'connect callback': 'connect',
      close: 'close call',
      'close callback': 'close call',
    });
  });

  test(`${type}: a datagram that leaves at once is no resource of async_hooks`, {
    skip: skip || (target === 'builtin' && 'node:dgram tells later that a datagram has left'),
  }, async (t) => {
    const socket = await bound(t, type);
    const types: string[] = [];
    const hook = createHook({ init: (_id, name) => types.push(name) }).enable();
    await sent(socket, 'x', DISCARD_PORT, loopback);
    hook.disable();
    assert.ok(!types.includes('UDPSENDWRAP'), types.join());
  });

  test(`${type}: each callback of send runs in the context of its send`, { skip }, async (t) => {
    const storage = new AsyncLocalStorage<string>();
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const seen: unknown[] = [];
    const ways: [string, unknown[]][] = [
      ['plain', ['x', port, loopback]],
      ['second', ['x', port, loopback]],
      ['too large', [Buffer.alloc(70_000), port, loopback]],
      ['other family', ['x', port, other]],
      ['last', ['x', port, loopback]],
    ];
    for (const [name, arguments_] of ways) {
      storage.run(name, () => {
        call(socket, 'send', ...arguments_, (error: unknown) => {
          seen.push([name, storage.getStore(), error === null]);
        });
      });
    }
    await drained(socket, receiver);
    assert.deepEqual(
      seen,
      ways.map(([name]) => [name, name, name !== 'too large' && name !== 'other family']),
    );
  });

  test(`${type}: the same for lookups that fail`, { skip }, async (t) => {
    const storage = new AsyncLocalStorage<string>();
    const socket = await bound(t, type);
    const told = (name: string, method: string, ...arguments_: unknown[]): Promise<unknown> =>
      storage.run(name, () => {
        return new Promise((resolve) => {
          call(socket, method, ...arguments_, () => resolve(storage.getStore()));
        });
      });
    assert.equal(await told('a', 'send', 'x', DISCARD_PORT, UNRESOLVABLE), 'a');
    assert.equal(await told('b', 'connect', DISCARD_PORT, UNRESOLVABLE), 'b');
  });

  // On older lines AsyncLocalStorage itself writes an entered context into the async resource.
  const leaks = nodeMajor < 24 && `enterWith outlives the handler on Node ${nodeMajor}`;
  test(`${type}: a context entered in a handler ends with it`, {
    skip: skip || leaks,
  }, async (t) => {
    const storage = new AsyncLocalStorage<string>();
    const receiver = storage.run('create', () => open(t, type));
    const listening = once(receiver, 'listening');
    receiver.bind(0, loopback);
    await listening;
    const sender = await bound(t, type);
    const seen: unknown[] = [];
    receiver.on('message', (message) => {
      const before = storage.getStore();
      storage.enterWith(`entered ${message}`);
      process.nextTick(() => seen.push([String(message), before, storage.getStore()]));
    });
    for (const text of ['1', '2', '3']) sender.send(text, receiver.address().port, loopback);
    await drained(sender, receiver);
    assert.deepEqual(
      seen.slice(0, 3),
      ['1', '2', '3'].map((text) => [text, 'create', `entered ${text}`]),
    );
  });

  test(`${type}: handlers share one async resource that names the socket`, { skip }, async (t) => {
    const types = new Map<number, string>();
    const hook = createHook({ init: (id, name) => types.set(id, name) }).enable();
    t.after(() => hook.disable());
    const socket = open(t, type);
    const own = [...types].filter(([, name]) => name === 'UDPWRAP');
    assert.equal(own.length, 1);
    const [[resource] = []] = own;
    const listening = once(socket, 'listening');
    socket.bind(0, loopback);
    await listening;
    const seen: number[] = [];
    socket.on('message', () => seen.push(executionAsyncId()));
    const sender = await bound(t, type);
    for (const text of ['1', '2']) sender.send(text, socket.address().port, loopback);
    await drained(sender, socket);
    assert.deepEqual(seen.slice(0, 2), [resource, resource]);
  });
}
