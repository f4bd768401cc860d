/**
 * A device whose queue is full drops, and tells nobody but who asked for it (IP_RECVERR in ip(7)): as with node:dgram, no
 * datagram has an error, and the device's own account is the only one.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { Host, noNamespaces } from '../../real/network.ts';
import { missing, releaseAll } from '../../real/support.ts';

const COUNT = 2000;
/** Packets that ask for link addresses. */
const OTHERS = 10;

interface Queue {
  packets: number;
  drops: number;
  qlen: number;
}

describe('a full queue', { skip: noNamespaces() || missing('tc', 'iproute2') }, () => {
  const hosts: Record<string, Host> = {};
  before(async () => {
    for (const [name, environment] of [
      ['volley', { VOLLEY_TEST_TARGET: 'linux' }],
      ['volley, one by one', { VOLLEY_TEST_TARGET: 'linux', VOLLEY_GSO: '0' }],
      ['node', { VOLLEY_TEST_TARGET: 'node' }],
    ] as const) {
      const [host, peer] = await Promise.all([Host.create(environment), Host.create()]);
      hosts[name] = host;
      host.cable('queue0', peer, 'queue0');
      host.ip('addr add 10.93.0.1/24 dev queue0');
      peer.ip('addr add 10.93.0.2/24 dev queue0');
      host.run('tc', ...'qdisc add dev queue0 root tbf rate 1mbit burst 4kb limit 8kb'.split(' '));
    }
  });
  after(releaseAll);

  function queue(host: Host): Queue {
    const namespace = `--net=/proc/${host.pid}/ns/net`;
    const { stdout } = spawnSync(
      'nsenter',
      [namespace, 'tc', '-s', '-j', 'qdisc', 'show', 'dev', 'queue0'],
      {
        encoding: 'utf8',
      },
    );
    const [found]: Queue[] = JSON.parse(stdout);
    assert.ok(found);
    return found;
  }

  for (const name of ['volley', 'volley, one by one', 'node']) {
    it(`drops and tells nobody (${name})`, async () => {
      const host = hosts[name];
      assert.ok(host);
      const sender = await host.bound('udp4');
      const result = await sender.burst(COUNT, 100, 9, '10.93.0.2');
      assert.deepEqual(result.errors, []);
      assert.deepEqual(result.order, [...Array(COUNT).keys()]);
      assert.equal(result.left, 0);
      const { packets, drops, qlen } = queue(host);
      assert.ok(drops > 0, 'the queue was never full');
      // A group counts as one packet until it is cut.
      if (name === 'volley') return;
      const counted = packets + drops + qlen;
      assert.ok(counted >= COUNT && counted < COUNT + OTHERS, `${counted} of ${COUNT}`);
    });
  }
});
