/**
 * Two hosts and a cable between them: network namespaces and a veth pair (Debian packages
 * `iproute2` and `util-linux`; making namespaces takes CAP_SYS_ADMIN, else these tests skip).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { failsWith, Host, noNamespaces, type RemoteSocket } from './network.ts';
import { releaseAll } from './support.ts';

/** The left host has a second address, to be the source that nobody asked for. */
const LEFT = { v4: '10.77.0.1', other: '10.77.0.3', v6: 'fd77::1', other6: 'fd77::3' };
const RIGHT = { v4: '10.77.0.2', v6: 'fd77::2' };

describe('two hosts', { skip: noNamespaces() }, () => {
  let left: Host;
  let right: Host;

  before(async () => {
    [left, right] = await Promise.all([Host.create(), Host.create()]);
    left.cable('veth0', right, 'veth0');
    left.ip(
      `addr add ${LEFT.v4}/24 brd + dev veth0`,
      `addr add ${LEFT.other}/24 dev veth0`,
      `addr add ${LEFT.v6}/64 dev veth0`,
      `addr add ${LEFT.other6}/64 dev veth0`,
      'addr add fe80::a/64 dev veth0',
    );
    right.ip(
      `addr add ${RIGHT.v4}/24 brd + dev veth0`,
      `addr add ${RIGHT.v6}/64 dev veth0`,
      'addr add fe80::b/64 dev veth0',
    );
  });
  after(releaseAll);

  /** Proves that `socket` got nothing else before: what was sent earlier arrives earlier. */
  async function hearsOnly(socket: RemoteSocket, sender: RemoteSocket, address: string) {
    await sender.send('sentinel', socket.port, address);
    assert.equal(await socket.text(), 'sentinel');
  }

  describe('multicast', () => {
    for (const { type, group, from, source, to, toInterface } of [
      {
        type: 'udp4',
        group: '239.77.0.1',
        from: LEFT.v4,
        source: LEFT.v4,
        to: RIGHT.v4,
        toInterface: RIGHT.v4,
      },
      {
        type: 'udp6',
        group: 'ff15::77',
        from: '::%veth0',
        source: LEFT.v6,
        to: RIGHT.v6,
        toInterface: '::%veth0',
      },
    ] as const) {
      it(`reaches a ${type} member until it leaves`, async () => {
        const member = await right.bound(type);
        await member.call('addMembership', group, toInterface);
        const sender = await left.bound(type, { address: source });
        await sender.call('setMulticastInterface', from);

        await sender.send('to all', member.port, group);
        const { message, peer } = await member.next();
        assert.equal(message.toString(), 'to all');
        assert.equal(peer.address, source);
        assert.equal(peer.port, sender.port);

        await member.call('dropMembership', group, toInterface);
        await sender.send('too late', member.port, group);
        await hearsOnly(member, sender, to);
      });
    }

    it('comes back to the sender only with loopback on', async () => {
      const socket = await left.bound('udp4');
      await socket.call('addMembership', '239.77.0.2', LEFT.v4);
      await socket.call('setMulticastInterface', LEFT.v4);
      await socket.call('setMulticastLoopback', false);
      await socket.send('unheard', socket.port, '239.77.0.2');
      await socket.call('setMulticastLoopback', true);
      await socket.send('heard', socket.port, '239.77.0.2');
      assert.equal(await socket.text(), 'heard');
    });

    it('refuses the same membership twice', async () => {
      const member = await right.bound('udp4');
      await member.call('addMembership', '239.77.0.3', RIGHT.v4);
      await assert.rejects(
        member.call('addMembership', '239.77.0.3', RIGHT.v4),
        failsWith({ code: 'EADDRINUSE', syscall: 'addMembership' }),
      );
    });
  });

  describe('source-specific multicast', () => {
    for (const { type, group, wanted, unwanted, via, toInterface, to } of [
      {
        type: 'udp4',
        group: '232.77.0.1',
        wanted: LEFT.v4,
        unwanted: LEFT.other,
        via: LEFT.v4,
        toInterface: RIGHT.v4,
        to: RIGHT.v4,
      },
      {
        type: 'udp6',
        group: 'ff35::77',
        wanted: LEFT.v6,
        unwanted: LEFT.other6,
        via: '::%veth0',
        toInterface: '::%veth0',
        to: RIGHT.v6,
      },
    ] as const) {
      it(`brings a ${type} member what one source sends`, async () => {
        const member = await right.bound(type);
        await member.call('addSourceSpecificMembership', wanted, group, toInterface);
        const senders: RemoteSocket[] = [];
        for (const address of [unwanted, wanted]) {
          const sender = await left.bound(type, { address });
          await sender.call('setMulticastInterface', via);
          await sender.send(`from ${address}`, member.port, group);
          senders.push(sender);
        }
        const { message, peer } = await member.next();
        assert.equal(message.toString(), `from ${wanted}`);
        assert.equal(peer.address, wanted);

        await member.call('dropSourceSpecificMembership', wanted, group, toInterface);
        for (const sender of senders) await sender.send('too late', member.port, group);
        const [sender] = senders;
        assert.ok(sender);
        await hearsOnly(member, sender, to);
      });
    }
  });

  describe('broadcast', () => {
    it('is refused without setBroadcast and works with it', async () => {
      const receiver = await right.bound('udp4');
      const sender = await left.bound('udp4');
      await assert.rejects(
        sender.send('refused', receiver.port, '10.77.0.255'),
        failsWith({
          code: 'EACCES',
          syscall: 'send',
          address: '10.77.0.255',
          port: receiver.port,
        }),
      );
      await sender.call('setBroadcast', true);
      await sender.send('to all', receiver.port, '10.77.0.255');
      const { message, peer } = await receiver.next();
      assert.equal(message.toString(), 'to all');
      assert.equal(peer.address, LEFT.v4);

      await sender.call('setBroadcast', false);
      await assert.rejects(
        sender.send('refused', receiver.port, '10.77.0.255'),
        failsWith({ code: 'EACCES' }),
      );
    });
  });

  describe('link-local IPv6', () => {
    it('goes there and back by addresses with a scope', async () => {
      const server = await right.bound('udp6');
      const client = await left.bound('udp6');
      await client.send('there', server.port, 'fe80::b%veth0');
      const { message, peer } = await server.next();
      assert.equal(message.toString(), 'there');
      assert.deepEqual(peer, {
        address: 'fe80::a%veth0',
        family: 'IPv6',
        port: client.port,
        size: 5,
      });
      await server.send('back', peer.port, peer.address);
      assert.equal((await client.next()).peer.address, 'fe80::b%veth0');
    });

    it('binds to an address with a scope', async () => {
      const server = await right.socket('udp6');
      const address = await server.bind({ address: 'fe80::b%veth0' });
      assert.deepEqual(address, { address: 'fe80::b%veth0', family: 'IPv6', port: server.port });
      const client = await left.bound('udp6', { address: 'fe80::a%veth0' });
      await client.send('there', server.port, 'fe80::b%veth0');
      assert.equal((await server.next()).peer.address, 'fe80::a%veth0');
    });

    it('connects to an address with a scope', async () => {
      const server = await right.bound('udp6');
      const client = await left.socket('udp6');
      assert.deepEqual(await client.connect(server.port, 'fe80::b%veth0'), {
        address: 'fe80::b%veth0',
        family: 'IPv6',
        port: server.port,
      });
      await client.send('there');
      const { peer } = await server.next();
      await server.send('back', peer.port, peer.address);
      assert.equal(await client.text(), 'back');
    });

    it('carries multicast through the interface that was set', async () => {
      const member = await right.bound('udp6');
      await member.call('addMembership', 'ff02::77', '::%veth0');
      const sender = await left.bound('udp6');
      await sender.call('setMulticastInterface', '::%veth0');
      await sender.send('to the link', member.port, 'ff02::77');
      const { message, peer } = await member.next();
      assert.equal(message.toString(), 'to the link');
      assert.equal(peer.address, 'fe80::a%veth0');
    });

    it('carries multicast to a group with a scope of its own', async () => {
      const member = await right.bound('udp6');
      await member.call('addMembership', 'ff02::78', 'fe80::b%veth0');
      const sender = await left.bound('udp6');
      await sender.send('to the link', member.port, 'ff02::78%veth0');
      assert.equal(await member.text(), 'to the link');
    });
  });

  describe('a network that cannot be reached', () => {
    for (const [type, nowhere, code, to] of [
      ['udp4', '203.0.113.1', 'ENETUNREACH', RIGHT.v4],
      ['udp6', '2001:db8::1', 'ENETUNREACH', RIGHT.v6],
    ] as const) {
      it(`is reported to the ${type} datagram's callback; the next one leaves`, async () => {
        const receiver = await right.bound(type);
        const sender = await left.bound(type);
        const outcomes = await Promise.allSettled([
          sender.send('before', receiver.port, to),
          sender.send('nowhere', 9, nowhere),
          sender.send('after', receiver.port, to),
        ]);
        assert.deepEqual(
          outcomes.map(({ status }) => status),
          ['fulfilled', 'rejected', 'fulfilled'],
        );
        await assert.rejects(
          sender.send('nowhere', 9, nowhere),
          failsWith({ code, syscall: 'send', address: nowhere, port: 9 }),
        );
        assert.deepEqual([await receiver.text(), await receiver.text()], ['before', 'after']);
      });
    }
  });

  describe('a slow device', () => {
    before(() => {
      // 8 Mbit/s behind a queue that never overflows here: the socket's own buffer fills first.
      left.run('tc', ...'qdisc add dev veth0 root tbf rate 8mbit burst 4kb limit 4mb'.split(' '));
    });
    after(() => left.run('tc', 'qdisc', 'del', 'dev', 'veth0', 'root'));

    for (const [type, to] of [
      ['udp4', RIGHT.v4],
      ['udp6', RIGHT.v6],
    ] as const) {
      it(`makes ${type} datagrams wait; all leave in order`, async () => {
        const receiver = await right.bound(type);
        await receiver.call('setRecvBufferSize', 1 << 20);
        const sender = await left.bound(type);
        await sender.call('setSendBufferSize', 8192);
        const count = 200;
        const result = await sender.burst(count, 1000, receiver.port, to);

        const numbers = Array.from({ length: count }, (_, index) => index);
        assert.deepEqual(result.errors, []);
        assert.deepEqual(result.order, numbers);
        assert.ok(result.queued.count > 0, 'nothing had to wait');
        assert.ok(result.queued.bytes >= result.queued.count * 1000);
        assert.equal(result.left, 0);
        for (const number of numbers) {
          const { message } = await receiver.next();
          assert.equal(message.readUInt32BE(), number);
          assert.equal(message.length, 1000);
        }
      });
    }
  });
});
