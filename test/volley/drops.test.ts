/** What the kernel dropped on arrival, and that somebody is told. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { FAMILIES } from '../support/sockets.ts';
import { bound, fixture, notLinux, open, sentMany } from './support.ts';

const SENT = 5_000;
const payloads = Array.from({ length: SENT }, () => Buffer.alloc(100));

for (const { type, skip, loopback } of FAMILIES) {
  test(`${type}: what was sent was received or is counted as dropped`, {
    skip: skip || notLinux,
  }, async (t) => {
    // Merged, several would count once.
    const receiver = await bound(t, { type, gro: false, recvBufferSize: 4096 });
    const sender = await bound(t, type);
    assert.equal(receiver.getReceiveDropCount(), 0);
    let received = 0;
    receiver.on('message', () => {
      received += 1;
    });
    const { error, sent } = await sentMany(sender, payloads, receiver.address().port, loopback);
    assert.deepEqual([error, sent], [null, SENT]);
    // Over loopback each is in the buffer or dropped by now; what is in it comes before this one.
    const dropped = receiver.getReceiveDropCount() ?? 0;
    assert.ok(dropped > 0, 'the buffer never was full');
    while (received + dropped < SENT) await once(receiver, 'message');
    sender.send('last', receiver.address().port, loopback);
    await once(receiver, 'message');
    assert.equal(received + dropped, SENT + 1);
    assert.equal(receiver.getReceiveDropCount(), dropped);
  });
}

test('nothing is dropped for a socket that is not bound; a closed one has no count', {
  skip: notLinux,
}, (t) => {
  const socket = open(t, 'udp4');
  assert.equal(socket.getReceiveDropCount(), 0);
  socket.close();
  assert.throws(() => socket.getReceiveDropCount(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
});

test('the builtin driver does not know', { skip: !notLinux && 'this driver does' }, async (t) => {
  const socket = await bound(t, 'udp4');
  assert.equal(socket.getReceiveDropCount(), undefined);
});

for (const way of ['open', 'closed']) {
  test(`VOLLEY_REPORT=1 tells what was dropped (of a socket that is ${way} at exit)`, {
    skip: notLinux,
  }, () => {
    const { stderr, stdout, status } = spawnSync(process.execPath, [fixture('dropping'), way], {
      env: { ...process.env, VOLLEY_REPORT: '1' },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const [, received, dropped] = /received (\d+) in \d+, (\d+) dropped;/.exec(stderr) ?? [];
    assert.equal(dropped, stdout.trim());
    assert.notEqual(dropped, '0');
    if (way === 'closed') assert.equal(received, '0');
    else assert.equal(Number(received) + Number(dropped), 1000);
  });
}
