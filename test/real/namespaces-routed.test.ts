/**
 * Two hosts with a router between them: TTL, hop limits and a path whose MTU shrinks on the way.
 * Network namespaces and veth pairs (Debian packages `iproute2` and `util-linux`; making
 * namespaces takes CAP_SYS_ADMIN, else these tests skip), multicast routes by `python3`.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Host, noNamespaces, type RemoteSocket } from './network.ts';
import { missing, releaseAll, root } from './support.ts';

const NEAR = { v4: '10.77.1.1', v6: 'fd77:1::1' };
const FAR = { v4: '10.77.2.1', v6: 'fd77:2::1' };
const GROUP = { v4: '239.77.0.1', v6: 'ff15::77' };

/** The MTU of the link beyond the router, in bytes; the near one has Ethernet's 1,500. */
const FAR_MTU = 1400;

/** Headers in bytes: IP and UDP (RFC 791, RFC 8200, RFC 768). */
const HEADERS = { udp4: 28, udp6: 48 };

const families = [
  ['udp4', 'v4'],
  ['udp6', 'v6'],
] as const;

describe('two hosts and a router', { skip: noNamespaces() }, () => {
  let near: Host;
  let router: Host;
  let far: Host;

  before(async () => {
    [near, router, far] = await Promise.all([Host.create(), Host.create(), Host.create()]);
    near.cable('veth0', router, 'near0');
    far.cable('veth0', router, 'far0');
    router.ip(
      'addr add 10.77.1.254/24 dev near0',
      'addr add fd77:1::254/64 dev near0',
      'addr add 10.77.2.254/24 dev far0',
      'addr add fd77:2::254/64 dev far0',
      // A router speaks IPv6 to its neighbours by a link-local address (RFC 4861).
      'addr add fe80::1/64 dev near0',
      'addr add fe80::1/64 dev far0',
    );
    router.sysctl('ipv4/ip_forward=1', 'ipv6/conf/all/forwarding=1');
    near.ip(
      `addr add ${NEAR.v4}/24 dev veth0`,
      `addr add ${NEAR.v6}/64 dev veth0`,
      'addr add fe80::a/64 dev veth0',
      'route add default via 10.77.1.254',
      '-6 route add default via fd77:1::254',
    );
    far.ip(
      `addr add ${FAR.v4}/24 dev veth0`,
      `addr add ${FAR.v6}/64 dev veth0`,
      'addr add fe80::b/64 dev veth0',
      'route add default via 10.77.2.254',
      '-6 route add default via fd77:2::254',
    );
  });
  after(releaseAll);

  describe('TTL', () => {
    for (const [type, version] of families) {
      it(`of 1 dies at the router, of 2 arrives, on ${type}`, async () => {
        const receiver = await far.bound(type);
        const sender = await near.bound(type);
        for (const ttl of [1, 2]) {
          await sender.call('setTTL', ttl);
          await sender.send(`TTL ${ttl}`, receiver.port, FAR[version]);
        }
        assert.equal(await receiver.text(), 'TTL 2');
      });
    }
  });

  describe('multicast TTL', { skip: missing('python3', 'python3') }, () => {
    before(async () => {
      const routes = [NEAR.v4, GROUP.v4, NEAR.v6, GROUP.v6];
      const fixture = `${root}test/real/fixtures/multicast-router.py`;
      const daemon = router.start('python3', fixture, 'near0', 'far0', ...routes);
      assert.equal(await daemon.line(), 'ready');
    });

    for (const [type, version, via, member] of [
      ['udp4', 'v4', NEAR.v4, FAR.v4],
      ['udp6', 'v6', '::%veth0', '::%veth0'],
    ] as const) {
      it(`of 1 dies at the router, of 2 arrives, on ${type}`, async () => {
        const receiver = await far.bound(type);
        await receiver.call('addMembership', GROUP[version], member);
        const sender = await near.bound(type, { address: NEAR[version] });
        await sender.call('setMulticastInterface', via);
        await sender.send('TTL of its own', receiver.port, GROUP[version]);
        for (const ttl of [1, 2]) {
          await sender.call('setMulticastTTL', ttl);
          await sender.send(`TTL ${ttl}`, receiver.port, GROUP[version]);
        }
        const { message, peer } = await receiver.next();
        assert.equal(message.toString(), 'TTL 2');
        assert.equal(peer.address, NEAR[version]);
      });
    }
  });

  describe(`a path with an MTU of ${FAR_MTU} bytes`, () => {
    before(() => {
      router.ip(`link set far0 mtu ${FAR_MTU}`);
      far.ip(`link set veth0 mtu ${FAR_MTU}`);
    });

    /** Sends until a datagram of `size` bytes arrives; how many it took. */
    async function sendUntilThrough(
      [sender, receiver]: readonly [RemoteSocket, RemoteSocket],
      size: number,
      to: string,
    ): Promise<number> {
      for (let attempt = 1; attempt <= 20; attempt += 1) {
        await sender.send(new Uint8Array(size), receiver.port, to);
        await sender.send('sentinel', receiver.port, to);
        const { message } = await receiver.next();
        if (message.length === size) {
          assert.equal(await receiver.text(), 'sentinel');
          return attempt;
        }
        assert.equal(message.toString(), 'sentinel');
      }
      assert.fail(`${size} bytes never arrived`);
    }

    for (const [type, version] of families) {
      const largest = FAR_MTU - HEADERS[type];

      it(`loses one ${type} datagram to learn of it, then fragments`, async () => {
        const receiver = await far.bound(type);
        const pair = [await near.bound(type), receiver] as const;
        const to = FAR[version];
        assert.equal(await sendUntilThrough(pair, largest, to), 1);
        // Fits the sender's own link, so it goes out whole and marked not to be fragmented; the
        // router drops it and says why (RFC 1191, RFC 8201).
        assert.ok((await sendUntilThrough(pair, largest + 1, to)) > 1);
        // From then on the kernel knows the path and fragments at the source.
        for (const size of [largest, largest + 1, 4000, 65_507]) {
          assert.equal(await sendUntilThrough(pair, size, to), 1, `${size} bytes`);
        }
      });

      it(`carries a burst of ${type} datagrams larger than it, in order`, async () => {
        const receiver = await far.bound(type);
        await receiver.call('setRecvBufferSize', 1 << 20);
        const sender = await near.bound(type);
        await sendUntilThrough([sender, receiver], largest + 1, FAR[version]);
        const count = 64;
        const result = await sender.burst(count, largest + 1, receiver.port, FAR[version]);
        assert.deepEqual(result.errors, []);
        for (let number = 0; number < count; number += 1) {
          const { message } = await receiver.next();
          assert.equal(message.readUInt32BE(), number);
          assert.equal(message.length, largest + 1);
        }
      });
    }
  });
});
