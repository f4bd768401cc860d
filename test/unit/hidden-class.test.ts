import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { createSocket, Socket } from '#volley/index.js';

/** Whether V8 knows two objects by the same hidden class: code that meets both stays fast. */
function haveSameMap(): (left: unknown, right: unknown) => boolean {
  setFlagsFromString('--allow-natives-syntax');
  return runInThisContext('(left, right) => %HaveSameMap(left, right)');
}

class Derived extends Socket {}

for (const [name, make] of [
  ['createSocket()', () => createSocket('udp4')],
  ['new Socket()', () => new Socket('udp4')],
  ['a class that extends Socket', () => new Derived('udp4')],
] as const) {
  test(`all sockets of ${name} share one hidden class`, () => {
    const sockets = [make(), make(), make()];
    const same = haveSameMap();
    for (const socket of sockets) assert.ok(same(socket, sockets[0]));
    for (const socket of sockets) socket.close();
  });
}
