import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { listen, open } from '../support/sockets.ts';
import { dgram, lacks, namespace } from '../support/target.ts';

/** Enumerable members of `Socket.prototype` and their `length`, in the newest line. */
const METHODS = {
  bind: 2,
  bindSync: 0,
  connect: 3,
  connectSync: 2,
  disconnect: 0,
  sendto: 6,
  send: 6,
  close: 1,
  address: 0,
  remoteAddress: 0,
  setBroadcast: 1,
  setTTL: 1,
  setMulticastTTL: 1,
  setMulticastLoopback: 1,
  setMulticastInterface: 1,
  addMembership: 2,
  dropMembership: 2,
  addSourceSpecificMembership: 3,
  dropSourceSpecificMembership: 3,
  ref: 0,
  unref: 0,
  setRecvBufferSize: 1,
  setSendBufferSize: 1,
  getRecvBufferSize: 0,
  getSendBufferSize: 0,
  getSendQueueSize: 0,
  getSendQueueCount: 0,
};

test('the module exports createSocket, Socket and a default with both', () => {
  for (const name of ['createSocket', 'Socket'] as const) {
    assert.equal(typeof dgram[name], 'function');
    assert.equal(Reflect.get(namespace, name), dgram[name]);
    assert.equal(dgram[name].name, name);
    assert.equal(dgram[name].length, 2);
    assert.ok(Object.keys(dgram).includes(name));
  }
  assert.equal(Reflect.get(namespace, 'default'), dgram);
});

test('Socket extends EventEmitter', (t) => {
  const socket = open(t, 'udp4');
  assert.ok(socket instanceof dgram.Socket);
  assert.ok(socket instanceof EventEmitter);
  assert.equal(Object.getPrototypeOf(dgram.Socket), EventEmitter);
  assert.equal(Object.getPrototypeOf(dgram.Socket.prototype), EventEmitter.prototype);
  assert.equal(dgram.Socket.prototype.constructor, dgram.Socket);
  assert.equal(socket.constructor.name, 'Socket');
});

for (const [name, length] of Object.entries(METHODS)) {
  const skip = name === 'bindSync' || name === 'connectSync' ? lacks(name) : false;
  test(`Socket.prototype.${name} is an enumerable method of length ${length}`, { skip }, () => {
    const descriptor = Object.getOwnPropertyDescriptor(dgram.Socket.prototype, name);
    assert.ok(descriptor);
    assert.equal(typeof descriptor.value, 'function');
    assert.equal(descriptor.value.length, length);
    assert.equal(descriptor.enumerable, true);
    assert.equal(descriptor.writable, true);
    assert.equal(descriptor.configurable, true);
  });
}

test('Socket.prototype.constructor is no enumerable member', () => {
  assert.equal(dgram.Socket.prototype.constructor, dgram.Socket);
  const descriptor = Object.getOwnPropertyDescriptor(dgram.Socket.prototype, 'constructor');
  assert.equal(descriptor?.enumerable, false);
});

test('Socket.prototype has an async dispose method', () => {
  const descriptor = Object.getOwnPropertyDescriptor(
    dgram.Socket.prototype,
    Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose'),
  );
  assert.equal(typeof descriptor?.value, 'function');
  assert.equal(descriptor?.value.length, 0);
});

test('own enumerable keys are those of EventEmitter and the type', (t) => {
  const socket = open(t, 'udp6');
  assert.deepEqual(Object.keys(socket), ['_events', '_eventsCount', '_maxListeners', 'type']);
  assert.deepEqual(Object.getOwnPropertyDescriptor(socket, 'type'), {
    value: 'udp6',
    writable: true,
    enumerable: true,
    configurable: true,
  });
  assert.equal(Object.prototype.toString.call(socket), '[object Object]');
  assert.match(inspect(socket), /^(<ref \*1> )?Socket \{/);
});

test('a method can be replaced on the instance and on the prototype', (t) => {
  const socket = open(t, 'udp4');
  const prototype: object = dgram.Socket.prototype;
  const original: unknown = Reflect.get(prototype, 'setTTL');
  t.after(() => Reflect.set(prototype, 'setTTL', original));
  Reflect.set(prototype, 'setTTL', () => 7);
  assert.equal(socket.setTTL(1), 7);
  Reflect.set(socket, 'setTTL', () => 8);
  assert.equal(socket.setTTL(1), 8);
});

test('Socket can be called without new, on an object of its prototype', (t) => {
  const object: object = Object.create(dgram.Socket.prototype);
  Reflect.apply(dgram.Socket, object, ['udp4']);
  assert.equal(Reflect.get(object, 'type'), 'udp4');
  assert.ok(object instanceof dgram.Socket);
  const socket = object;
  t.after(() => socket.close());
  socket.bind(0, '127.0.0.1');
  return new Promise((resolve) => socket.on('listening', resolve));
});

test('Socket can be extended the old way', (t) => {
  function Old(this: object): void {
    Reflect.apply(dgram.Socket, this, ['udp4', () => {}]);
  }
  Object.setPrototypeOf(Old.prototype, dgram.Socket.prototype);
  const socket: unknown = Reflect.construct(Old, []);
  assert.ok(socket instanceof dgram.Socket);
  t.after(() => socket.close());
  assert.equal(socket.listenerCount('message'), 1);
  assert.equal(Reflect.get(socket, 'type'), 'udp4');
});

test('Socket can be extended by a class', async (t) => {
  class Named extends dgram.Socket {
    readonly label = 'named';
  }
  // The typed constructor takes nothing; the real one takes what createSocket does.
  const socket: unknown = Reflect.construct(Named, [{ type: 'udp4' }, () => {}]);
  assert.ok(socket instanceof Named);
  t.after(() => socket.close());
  assert.equal(socket.label, 'named');
  assert.equal(socket.listenerCount('message'), 1);
  await listen(socket, 0, '127.0.0.1');
  assert.equal(socket.address().address, '127.0.0.1');
});

test('Socket called as a plain function is an error', () => {
  const plain: unknown = dgram.Socket;
  assert.ok(typeof plain === 'function');
  assert.throws(() => Reflect.apply(plain, undefined, ['udp4']), TypeError);
});
