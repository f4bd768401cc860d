/** Programs wrap and override methods: where one method stands for another, it calls that one. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  bound,
  call,
  closed,
  FAMILIES,
  listen,
  nextMessage,
  open,
  shut,
} from '../support/sockets.ts';
import { dgram, lacks } from '../support/target.ts';

/** Notes the calls of `methods`, and lets them through. */
function watch(socket: Socket, ...methods: string[]): string[] {
  const calls: string[] = [];
  for (const method of methods) {
    const original: unknown = Reflect.get(socket, method);
    assert.ok(typeof original === 'function');
    Reflect.set(socket, method, (...arguments_: unknown[]) => {
      calls.push(method);
      return Reflect.apply(original, socket, arguments_);
    });
  }
  return calls;
}

for (const { type, skip, loopback } of FAMILIES) {
  test(`${type}: sendto sends by way of send`, { skip }, async (t) => {
    const receiver = await bound(t, type);
    const socket = await bound(t, type);
    const calls = watch(socket, 'send');
    const message = nextMessage(receiver);
    call(socket, 'sendto', 'abc', 1, 2, receiver.address().port, loopback);
    assert.equal((await message).text, 'bc');
    assert.deepEqual(calls, ['send']);
  });

  test(`${type}: sending and connecting bind by way of bind`, { skip }, async (t) => {
    const { port } = (await bound(t, type)).address();
    for (const action of [
      (socket: Socket) => socket.send('x', port, loopback),
      (socket: Socket) => socket.connect(port, loopback),
    ]) {
      const socket = open(t, type);
      const calls = watch(socket, 'bind');
      const listening = once(socket, 'listening');
      action(socket);
      await listening;
      assert.deepEqual(calls, ['bind']);
    }
  });

  const noSync = skip || lacks('bindSync');
  test(`${type}: bindSync answers by way of address`, { skip: noSync }, (t) => {
    const socket = open(t, type);
    const calls = watch(socket, 'address');
    socket.bindSync({ address: loopback });
    assert.deepEqual(calls, ['address']);
  });

  test(`${type}: a signal closes by way of an overridden close`, { skip }, async (t) => {
    const closings: string[] = [];
    class Cleaning extends dgram.Socket {
      override close(callback?: () => void): this {
        closings.push('own');
        return super.close(callback);
      }
    }
    const controller = new AbortController();
    // The types have no constructor, since programs are to call createSocket.
    const socket: unknown = Reflect.construct(Cleaning, [{ type, signal: controller.signal }]);
    assert.ok(socket instanceof Cleaning);
    t.after(() => shut(socket));
    await listen(socket, 0, loopback);
    const done = once(socket, 'close');
    controller.abort();
    await done;
    assert.deepEqual(closings, ['own']);
  });

  test(`${type}: emit is called for the events of node:dgram alone`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const names: unknown[] = [];
    const emit: unknown = Reflect.get(socket, 'emit');
    assert.ok(typeof emit === 'function');
    Reflect.set(socket, 'emit', (...arguments_: unknown[]) => {
      names.push(arguments_[0]);
      return Reflect.apply(emit, socket, arguments_);
    });
    const message = nextMessage(socket);
    socket.send('x', socket.address().port, loopback);
    await message;
    await closed(socket);
    const own = names.filter((name) => !/Listener$/.test(String(name)));
    assert.deepEqual(own, ['message', 'close']);
  });

  test(`${type}: emit can be wrapped`, { skip }, async (t) => {
    const socket = await bound(t, type);
    const calls = watch(socket, 'emit');
    socket.send('x', socket.address().port, loopback);
    await nextMessage(socket);
    await closed(socket);
    assert.ok(calls.length >= 2, `${calls.length} events`);
  });
}
