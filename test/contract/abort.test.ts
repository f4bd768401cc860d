import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { test } from 'node:test';
import { NOT_RUNNING, shaped } from '../support/errors.ts';
import { bound, closed, DISCARD_PORT, FAMILIES, open, turn } from '../support/sockets.ts';

for (const { type, skip, loopback } of FAMILIES) {
  test(`${type}: abort closes a bound socket`, { skip }, async (t) => {
    const controller = new AbortController();
    const socket = await bound(t, { type, signal: controller.signal });
    const seen: string[] = [];
    socket.on('close', () => seen.push('close'));
    socket.on('error', () => seen.push('error'));
    controller.abort();
    assert.throws(() => socket.send('x', DISCARD_PORT, loopback), shaped(NOT_RUNNING));
    assert.throws(() => socket.address(), shaped(NOT_RUNNING));
    assert.deepEqual(seen, []);
    await once(socket, 'close');
    await turn();
    assert.deepEqual(seen, ['close']);
  });

  test(`${type}: a signal aborted before closes at once`, { skip }, async (t) => {
    const socket = open(t, { type, signal: AbortSignal.abort() });
    const done = once(socket, 'close');
    assert.throws(() => socket.bind(0), shaped(NOT_RUNNING));
    await done;
  });

  test(`${type}: abort while binding`, { skip }, async (t) => {
    const controller = new AbortController();
    const socket = open(t, { type, signal: controller.signal });
    const seen: string[] = [];
    socket.on('listening', () => seen.push('listening'));
    socket.on('close', () => seen.push('close'));
    socket.bind(0, loopback);
    controller.abort();
    await once(socket, 'close');
    await turn();
    assert.deepEqual(seen, ['close']);
  });

  test(`${type}: abort after close does nothing`, { skip }, async (t) => {
    const controller = new AbortController();
    const socket = await bound(t, { type, signal: controller.signal });
    let events = 0;
    socket.on('close', () => {
      events += 1;
    });
    await closed(socket);
    controller.abort();
    await turn();
    assert.equal(events, 1);
  });

  test(`${type}: a closed socket leaves nothing with its signal`, { skip }, async (t) => {
    const { signal } = new AbortController();
    const socket = await bound(t, { type, signal });
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    await closed(socket);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  test(`${type}: close, then abort in the same turn`, { skip }, async (t) => {
    const controller = new AbortController();
    const socket = open(t, { type, signal: controller.signal });
    let events = 0;
    socket.on('close', () => {
      events += 1;
    });
    socket.close();
    controller.abort();
    await turn();
    assert.equal(events, 1);
  });

  test(`${type}: one signal closes many sockets`, { skip }, async (t) => {
    const { signal } = new AbortController();
    assert.equal(open(t, { type, signal }).listenerCount('close'), 1);
    const controller = new AbortController();
    const sockets = [];
    for (let index = 0; index < 5; index += 1) {
      sockets.push(await bound(t, { type, signal: controller.signal }));
    }
    const all = Promise.all(sockets.map((socket) => once(socket, 'close')));
    controller.abort();
    await all;
  });
}
