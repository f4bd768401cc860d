/**
 * Groups of datagrams (UDP_SEGMENT) where the network does not take them: paths whose MTU is smaller
 * than a datagram, devices that cannot compute checksums, slow ones. Network namespaces and veth pairs
 * as in `namespaces.test.ts`; `ethtool` and `tc` change the devices.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Calls, noGroups, Witness } from './calls.ts';
import { Host, noNamespaces, type RemoteSocket } from './network.ts';
import { missing, releaseAll } from './support.ts';

const NEAR = { v4: '10.78.1.1', v6: 'fd78:1::1' };
const FAR = { v4: '10.78.2.1', v6: 'fd78:2::1', locked: '10.78.2.2' };

/** The MTUs, in bytes, of the near link and of the one beyond the router. */
const NEAR_MTU = 1400;
const FAR_MTU = 1300;

/** Headers in bytes: IP and UDP (RFC 791, RFC 8200, RFC 768). */
const HEADERS = { udp4: 28, udp6: 48 };

/** Datagrams of a burst: two groups of the largest size, or more. */
const COUNT = 128;

const families = [
  ['udp4', 'v4'],
  ['udp6', 'v6'],
] as const;

describe('groups on their way through a network', { skip: noGroups || noNamespaces() }, () => {
  let witness: Witness;
  let calls: () => Calls;
  let near: Host;
  let router: Host;
  let far: Host;

  before(async () => {
    witness = new Witness();
    const watched = witness.watch();
    ({ calls } = watched);
    [near, router, far] = await Promise.all([
      Host.create(watched.environment),
      Host.create(),
      Host.create(),
    ]);
    near.cable('veth0', router, 'near0');
    far.cable('veth0', router, 'far0');
    router.ip(
      'addr add 10.78.1.254/24 dev near0',
      'addr add fd78:1::254/64 dev near0',
      'addr add 10.78.2.254/24 dev far0',
      'addr add fd78:2::254/64 dev far0',
      // A router speaks IPv6 to its neighbours by a link-local address (RFC 4861).
      'addr add fe80::1/64 dev near0',
      'addr add fe80::1/64 dev far0',
    );
    router.sysctl('ipv4/ip_forward=1', 'ipv6/conf/all/forwarding=1');
    near.ip(
      `addr add ${NEAR.v4}/24 dev veth0`,
      `addr add ${NEAR.v6}/64 dev veth0`,
      'addr add fe80::a/64 dev veth0',
      'route add default via 10.78.1.254',
      '-6 route add default via fd78:1::254',
    );
    far.ip(
      `addr add ${FAR.v4}/24 dev veth0`,
      `addr add ${FAR.locked}/24 dev veth0`,
      `addr add ${FAR.v6}/64 dev veth0`,
      'addr add fe80::b/64 dev veth0',
      'route add default via 10.78.2.254',
      '-6 route add default via fd78:2::254',
    );
  });
  after(async () => {
    await releaseAll();
    witness.remove();
  });

  /** Sends a burst, of which all must arrive in order. The messages with which it left. */
  async function burst(
    [sender, receiver]: readonly [RemoteSocket, RemoteSocket],
    size: number,
    to: string,
    count: number = COUNT,
  ): Promise<{ refused: number; groups: number; single: number }> {
    const seen = calls().sends.length;
    const result = await sender.burst(count, size, receiver.port, to);
    assert.deepEqual(result.errors, []);
    assert.deepEqual(result.order, [...Array(count).keys()]);
    for (let number = 0; number < count; number += 1) {
      const { message, peer } = await receiver.next();
      assert.equal(message.length, size);
      assert.equal(message.readUInt32BE(), number);
      assert.ok(
        message.subarray(4).every((byte) => byte === number % 256),
        `contents of ${number}`,
      );
      assert.equal(peer.port, sender.port);
    }
    const sends = calls().sends.slice(seen);
    const messages = sends.flatMap(({ result, messages }) => {
      return messages.slice(0, Math.max(result, 0));
    });
    return {
      refused: sends.filter(({ result }) => result < 0 && result !== -11).length,
      groups: messages.filter(({ segment }) => segment > 0).length,
      single: messages.filter(({ segment }) => segment === 0).length,
    };
  }

  async function pair(type: 'udp4' | 'udp6'): Promise<[RemoteSocket, RemoteSocket]> {
    const receiver = await far.bound(type);
    await receiver.call('setRecvBufferSize', 4 << 20);
    return [await near.bound(type), receiver];
  }

  for (const [type, version] of families) {
    it(`${type} datagrams that fit leave in groups`, async () => {
      const { refused, groups, single } = await burst(await pair(type), 1000, FAR[version]);
      assert.deepEqual({ refused, groups, single }, { refused: 0, groups: 2, single: 0 });
    });
  }

  describe(`a link with an MTU of ${NEAR_MTU} bytes`, () => {
    before(() => {
      near.ip(`link set veth0 mtu ${NEAR_MTU}`);
      router.ip(`link set near0 mtu ${NEAR_MTU}`);
    });

    for (const [type, version] of families) {
      it(`takes larger ${type} datagrams one by one, and is asked for groups once`, async () => {
        const sockets = await pair(type);
        const first = await burst(sockets, 2000, FAR[version], 32);
        assert.equal(first.refused, 1);
        for (let round = 0; round < 3; round += 1) {
          const { refused, groups } = await burst(sockets, 2000, FAR[version]);
          assert.deepEqual({ refused, groups }, { refused: 0, groups: 0 });
        }
        const fitting = await burst(sockets, 1000, FAR[version]);
        assert.deepEqual(fitting, { refused: 0, groups: 2, single: 0 }, 'smaller ones are grouped');
      });
    }
  });

  describe('a route with a locked MTU of 1,000 bytes', () => {
    before(() => near.ip(`route add ${FAR.locked}/32 via 10.78.1.254 mtu lock 1000`));

    it('takes larger datagrams one by one', async () => {
      const sockets = await pair('udp4');
      const first = await burst(sockets, 1200, FAR.locked, 32);
      assert.equal(first.refused, 1);
      const second = await burst(sockets, 1200, FAR.locked);
      assert.deepEqual([second.refused, second.groups], [0, 0]);
      const elsewhere = await burst(sockets, 1200, FAR.v4);
      assert.deepEqual(elsewhere, { refused: 0, groups: 3, single: 0 }, 'another route');
    });
  });

  describe(`a path whose MTU of ${FAR_MTU} bytes a router tells of`, () => {
    before(() => {
      router.ip(`link set far0 mtu ${FAR_MTU}`);
      far.ip(`link set veth0 mtu ${FAR_MTU}`);
    });

    for (const [type, version] of families) {
      /** They fit the near link, but not the far one. */
      const size = FAR_MTU - HEADERS[type] + 10;

      /** Sends datagrams until all arrive; whether any was lost before. */
      async function learn(
        [sender, receiver]: readonly [RemoteSocket, RemoteSocket],
        count: number,
      ): Promise<boolean> {
        for (let attempt = 0; attempt < 20; attempt += 1) {
          const { errors } = await sender.burst(count, size, receiver.port, FAR[version]);
          assert.deepEqual(errors, []);
          await sender.send('sentinel', receiver.port, FAR[version]);
          let arrived = 0;
          for (; (await receiver.next()).message.length === size; arrived += 1);
          if (arrived === count) return attempt > 0;
        }
        assert.fail(`${type} datagrams of ${size} bytes never arrived`);
      }

      it(`is learnt from one ${type} datagram; groups are asked for once more`, async () => {
        near.ip('route flush cache', '-6 route flush cache');
        const sockets = await pair(type);
        // The router drops it and says why (RFC 1191, RFC 8201).
        assert.equal(await learn(sockets, 1), true);
        const first = await burst(sockets, size, FAR[version], 32);
        assert.equal(first.refused, 1);
        const { refused, groups } = await burst(sockets, size, FAR[version]);
        assert.deepEqual({ refused, groups }, { refused: 0, groups: 0 });
      });

      it(`is learnt from groups of ${type} datagrams, where it has to be`, async () => {
        near.ip('route flush cache', '-6 route flush cache');
        const sockets = await pair(type);
        // Linux lets IPv4 groups be fragmented on their way: it sets no DF (__ip_make_skb).
        assert.equal(await learn(sockets, COUNT), type === 'udp6');
        const { refused } = await burst(sockets, size, FAR[version]);
        assert.equal(refused, 0);
      });
    }
  });

  describe('a device without checksum offload', { skip: missing('ethtool', 'ethtool') }, () => {
    before(() => near.run('ethtool', '-K', 'veth0', 'tx', 'off'));
    after(() => near.run('ethtool', '-K', 'veth0', 'tx', 'on'));

    for (const [type, version] of families) {
      it(`loses no ${type} datagram, whether or not it takes groups`, async () => {
        const sockets = await pair(type);
        const first = await burst(sockets, 700, FAR[version], 64);
        assert.ok(first.refused <= 1);
        const second = await burst(sockets, 700, FAR[version]);
        // Refused once, it is not asked again; taken once, it is taken again.
        assert.equal(second.refused, 0);
        assert.equal(second.groups === 0, first.refused === 1);
      });
    }
  });

  describe('a slow device and a small send buffer', () => {
    before(() => {
      near.run('tc', ...'qdisc add dev veth0 root tbf rate 16mbit burst 4kb limit 4mb'.split(' '));
    });
    after(() => near.run('tc', 'qdisc', 'del', 'dev', 'veth0', 'root'));

    for (const [type, version] of families) {
      for (const size of [100, 1000]) {
        it(`let groups of ${type} datagrams of ${size} bytes wait`, async () => {
          const sockets = await pair(type);
          await sockets[0].call('setSendBufferSize', 4096);
          const seen = calls().sends.length;
          const { refused, groups } = await burst(sockets, size, FAR[version], 512);
          assert.equal(refused, 0);
          assert.ok(groups > 0);
          const sends = calls().sends.slice(seen);
          assert.ok(
            sends.some(({ result }) => result === -11),
            'nothing had to wait',
          );
        });
      }
    }
  });
});
