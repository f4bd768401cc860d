/** The smallest socket buffers that Linux gives, before a slow device: all leaves in the end, callbacks in order. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Host, noNamespaces } from '../../real/network.ts';
import { missing, releaseAll } from '../../real/support.ts';

const COUNT = 300;
const TARGETS = ['linux', 'node'] as const;

describe('the smallest buffers', { skip: noNamespaces() || missing('tc', 'iproute2') }, () => {
  after(releaseAll);

  for (const target of TARGETS) {
    // The device takes about half a second, whatever the size: no machine is so busy that nothing has to wait.
    for (const [size, rate] of [
      [10, '200kbit'],
      [1000, '5mbit'],
    ] as const) {
      it(`let ${COUNT} datagrams of ${size} bytes leave (${target})`, async () => {
        const [near, far] = await Promise.all(
          [0, 1].map(() => Host.create({ VOLLEY_TEST_TARGET: target })),
        );
        assert.ok(near && far);
        near.cable('veth0', far, 'veth0');
        near.ip('addr add 10.92.0.1/24 dev veth0');
        far.ip('addr add 10.92.0.2/24 dev veth0');
        const shaping = `qdisc add dev veth0 root tbf rate ${rate} burst 4kb limit 4mb`;
        near.run('tc', ...shaping.split(' '));
        const receiver = await far.bound('udp4');
        await receiver.call('setRecvBufferSize', 1 << 20);
        const sender = await near.bound('udp4');
        await sender.call('setSendBufferSize', 1);
        const result = await sender.burst(COUNT, size, receiver.port, '10.92.0.2');
        const numbers = Array.from({ length: COUNT }, (_, index) => index);
        assert.deepEqual(result, { ...result, order: numbers, errors: [], left: 0 });
        assert.ok(result.queued.count > 0, 'nothing had to wait');
        for (const number of numbers) {
          const { message } = await receiver.next();
          assert.deepEqual([message.readUInt32BE(), message.length], [number, size]);
        }
        await Promise.all([near.stop(), far.stop()]);
      });
    }
  }

  it('a receiver with the smallest one gets what fits it, whole, and goes on', async () => {
    const host = await Host.create({ VOLLEY_TEST_TARGET: 'linux', VOLLEY_GSO: '0' });
    const receiver = await host.bound('udp4');
    await receiver.call('setRecvBufferSize', 1);
    const sender = await host.bound('udp4');
    await sender.burst(COUNT, 100, receiver.port, '127.0.0.1');
    await sender.send('after the flood', receiver.port, '127.0.0.1');
    let last = -1;
    for (let received = 0; received <= COUNT; received += 1) {
      const { message } = await receiver.next();
      if (message.toString() === 'after the flood') break;
      assert.equal(message.length, 100);
      assert.ok(message.readUInt32BE() > last, 'in order');
      last = message.readUInt32BE();
    }
    assert.ok(last >= 0);
    assert.ok(Number(await receiver.call('getReceiveDropCount')) > 0);
  });
});
