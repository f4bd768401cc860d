/** What `Socket` says where it is called as node:dgram's can be, but on the wrong thing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as volley from 'volley';

for (const self of [undefined, {}, Object.create(null)]) {
  test(`Socket called on ${self === undefined ? 'nothing' : 'another object'}`, () => {
    const plain: unknown = volley.Socket;
    assert.ok(typeof plain === 'function');
    assert.throws(() => Reflect.apply(plain, self, ['udp4']), {
      name: 'TypeError',
      message: 'Socket was called on something that does not inherit from it; use createSocket',
    });
  });
}
