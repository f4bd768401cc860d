/** The callback of `sendMany`: once, in its place, in its async context. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { once } from 'node:events';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { SendManyCallback } from 'volley';
import { call, DISCARD_PORT, drained, FAMILIES, turn } from '../support/sockets.ts';
import { bound, connected, notLinux, numbered, sentMany } from './support.ts';

for (const { type, skip, loopback } of FAMILIES) {
  const places: [string, (callback: SendManyCallback) => unknown[]][] = [
    ['behind the address', (callback) => [['a'], DISCARD_PORT, loopback, callback]],
    ['in place of the address', (callback) => [['a'], DISCARD_PORT, callback]],
    ['behind an address of undefined', (callback) => [['a'], DISCARD_PORT, undefined, callback]],
    ['behind destinations', (callback) => [['a'], [{ port: DISCARD_PORT }], callback]],
    ['behind one payload for all', (callback) => ['a', [{ port: DISCARD_PORT }], callback]],
  ];
  for (const [words, given] of places) {
    test(`${type}: the callback ${words} is called once, later`, { skip }, async (t) => {
      const socket = await bound(t, type);
      const calls: unknown[][] = [];
      const done = new Promise<void>((resolve) => {
        const callback = (...values: unknown[]): void => {
          calls.push(values);
          resolve();
        };
        assert.equal(call(socket, 'sendMany', ...given(callback)), 1);
      });
      assert.equal(calls.length, 0);
      await done;
      await drained(socket, await bound(t, type));
      assert.deepEqual(calls, [[null, 1]]);
    });
  }

  test(`${type}: datagrams that leave at once are no resource of async_hooks`, {
    skip: skip || notLinux,
  }, async (t) => {
    const socket = await bound(t, type);
    const types: string[] = [];
    const hook = createHook({ init: (_id, name) => types.push(name) }).enable();
    await sentMany(socket, ['a', 'b'], DISCARD_PORT, loopback);
    hook.disable();
    assert.ok(!types.includes('UDPSENDWRAP'), types.join());
  });

  test(`${type}: util.promisify makes a promise of it`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const sendMany: (...given: unknown[]) => Promise<unknown> = promisify(
      (...given: unknown[]): unknown => call(socket, 'sendMany', ...given),
    );
    assert.equal(await sendMany(['a', 'b'], DISCARD_PORT, loopback), 2);
    await assert.rejects(sendMany(['a', Buffer.alloc(70_000)], DISCARD_PORT, loopback), {
      code: 'ERR_VOLLEY_NOT_SENT',
    });
  });

  test(`${type}: on a connected socket, the callback is called once`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await connected(t, type, receiver.address().port);
    const calls: unknown[][] = [];
    socket.sendMany(numbered(3), (...values) => calls.push(values));
    const { accepted, error, sent } = await sentMany(socket, ['last']);
    assert.deepEqual([accepted, error, sent], [1, null, 1]);
    assert.deepEqual(calls, [[null, 3]]);
  });

  test(`${type}: what is no function is no callback`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    for (const value of [undefined, null, 0, false, 'text', {}]) {
      assert.equal(call(socket, 'sendMany', ['a'], port, loopback, value), 1);
      assert.equal(call(socket, 'sendMany', ['a'], [{ port }], value), 1);
    }
    await drained(socket, receiver);
  });

  test(`${type}: callbacks come in the order of the calls, with those of send`, {
    skip,
  }, async (t) => {
    const receiver = await bound(t, { type, recvBufferSize: 1 << 20 });
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const order: number[] = [];
    // The large ones together stay below the high-water mark, beyond which nothing is accepted.
    const rounds = 10;
    await new Promise<void>((resolve) => {
      for (let round = 0; round < rounds * 4; round += 4) {
        socket.send('x', port, loopback, () => order.push(round));
        socket.sendMany(numbered(3), port, loopback, () => order.push(round + 1));
        // Too large: reported in its turn all the same.
        socket.sendMany([Buffer.alloc(70_000)], port, loopback, (error) => {
          assert.ok(error);
          order.push(round + 2);
        });
        socket.sendMany([], port, loopback, () => {
          order.push(round + 3);
          if (order.length === rounds * 4) resolve();
        });
      }
    });
    assert.deepEqual(
      order,
      Array.from({ length: rounds * 4 }, (_, index) => index),
    );
  });

  test(`${type}: each callback runs in the async context of its call`, { skip }, async (t) => {
    const storage = new AsyncLocalStorage<string>();
    const socket = await bound(t, type);
    const { port } = (await bound(t, type)).address();
    const ways: [string, unknown[]][] = [
      ['plain', [['a', 'b'], port, loopback]],
      [
        'each',
        [
          ['a', 'b'],
          [{ port }, { port }],
        ],
      ],
      ['too large', [[Buffer.alloc(70_000)], port, loopback]],
      ['no address', [['a'], port, 'no address']],
      ['nothing', [[], port]],
      ['last', [['a'], port]],
    ];
    const seen: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        ways.map(([name, given]) =>
          storage.run(`${name} ${round}`, async () => {
            await new Promise<void>((resolve) => {
              call(socket, 'sendMany', ...given, () => {
                seen.push(storage.getStore());
                resolve();
              });
            });
          }),
        ),
      );
    }
    assert.deepEqual(
      seen,
      [0, 1, 2].flatMap((round) => ways.map(([name]) => `${name} ${round}`)),
    );
  });

  test(`${type}: in the callback, sending goes on`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const { port } = receiver.address();
    const heard: string[] = [];
    receiver.on('message', (message) => heard.push(String(message)));
    let rounds = 0;
    await new Promise<void>((resolve) => {
      const again: SendManyCallback = (error, sent) => {
        assert.equal(error, null);
        assert.equal(sent, 2);
        rounds += 1;
        if (rounds === 20) resolve();
        else socket.sendMany([`${rounds}`, `${rounds}`], port, loopback, again);
      };
      socket.sendMany(['0', '0'], port, loopback, again);
    });
    await drained(socket, receiver);
    assert.deepEqual(
      heard.slice(0, 40),
      Array.from({ length: 40 }, (_, index) => String(Math.floor(index / 2))),
    );
  });

  test(`${type}: being called back does not wait for the socket to be used again`, {
    skip,
  }, async (t) => {
    const socket = await bound(t, type);
    const { error, sent } = await sentMany(socket, numbered(10), DISCARD_PORT, loopback);
    assert.deepEqual([error, sent], [null, 10]);
    assert.equal(socket.getSendQueueCount(), 0);
    await turn();
    socket.close();
    await once(socket, 'close');
  });
}
