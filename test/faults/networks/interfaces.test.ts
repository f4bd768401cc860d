/**
 * Interfaces, addresses and routes that go and come back amid traffic: each datagram is told what became of it, as
 * node:dgram tells it, and traffic goes on by itself.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { failsWith, Host, noNamespaces } from '../../real/network.ts';
import { releaseAll } from '../../real/support.ts';
import { Sink, Source } from './flow.ts';
import { FAR, Link, NEAR, noWire } from './link.ts';

/** Datagrams of a step: enough for a group. */
const COUNT = 16;

interface Step {
  readonly name?: string;
  /** Commands of ip(8) in the sender's host. */
  readonly commands?: readonly string[];
  /** What becomes of each datagram then. */
  readonly code?: string;
}

const NET = { udp4: '10.91.0.0/24', udp6: 'fd91::/64' };
const BEYOND = { udp4: '10.91.0.1', udp6: 'fd91::1' };

const links = (...commands: string[]): string[] => commands.map((command) => `link set ${command}`);

/** What happens to the sender's host, by what is tried. */
function stories(type: 'udp4' | 'udp6'): Record<string, { to: string; steps: Step[] }> {
  const route = (verb: string, what: string): string =>
    `${type === 'udp6' ? '-6 ' : ''}route ${verb} ${what}`;
  const prefix = type === 'udp4' ? 24 : 64;
  return {
    'an interface that goes down and up': {
      to: FAR[type],
      steps: [
        { name: 'at first' },
        { name: 'down', commands: links('wire down'), code: 'ENETUNREACH' },
        { name: 'up', commands: links('wire up') },
        { name: 'down again', commands: links('wire down'), code: 'ENETUNREACH' },
        { name: 'up again', commands: links('wire up') },
      ],
    },
    'an address that is removed': {
      to: FAR[type],
      steps: [
        { name: 'at first' },
        {
          name: 'without',
          commands: [`addr del ${NEAR[type]}/${prefix} dev wire`],
          code: 'ENETUNREACH',
        },
        { name: 'with it', commands: [`addr add ${NEAR[type]}/${prefix} dev wire`] },
      ],
    },
    'a route that vanishes': {
      to: BEYOND[type],
      steps: [
        { name: 'at first', commands: [route('add', `${NET[type]} via ${FAR[type]}`)] },
        { name: 'gone', commands: [route('del', NET[type])], code: 'ENETUNREACH' },
        { name: 'back', commands: [route('add', `${NET[type]} via ${FAR[type]}`)] },
        {
          name: 'unreachable',
          commands: [route('del', NET[type]), route('add', `unreachable ${NET[type]}`)],
          code: 'EHOSTUNREACH',
        },
        {
          name: 'prohibited',
          commands: [route('del', NET[type]), route('add', `prohibit ${NET[type]}`)],
          code: 'EACCES',
        },
        {
          name: 'a black hole',
          commands: [route('del', NET[type]), route('add', `blackhole ${NET[type]}`)],
          code: 'EINVAL',
        },
        {
          name: 'back again',
          commands: [route('del', NET[type]), route('add', `${NET[type]} via ${FAR[type]}`)],
        },
        { name: 'gone for good', commands: [route('del', NET[type])], code: 'ENETUNREACH' },
      ],
    },
  };
}

/** To reach a multicast member, at the most; and milliseconds between two of them. */
const ATTEMPTS = 200;
const PAUSE = 50;

const TARGETS = ['volley', 'node'] as const;

describe('an interface, an address, a route', { skip: noWire }, () => {
  let link: Link;
  before(async () => {
    link = await Link.create();
    link.near.sysctl('ipv6/conf/wire/keep_addr_on_down=1');
    link.far.ip(`addr add ${BEYOND.udp4}/24 dev wire`, `addr add ${BEYOND.udp6}/64 dev wire`);
  });
  after(releaseAll);

  for (const type of ['udp4', 'udp6'] as const) {
    for (const [title, { to, steps }] of Object.entries(stories(type))) {
      for (const connected of [false, true]) {
        it(`${title} (${type}${connected ? ', connected' : ''})`, async () => {
          const sinks = await Promise.all(
            TARGETS.map((target) => Sink.open(link.far, { type }, target)),
          );
          const [first, ...others] = steps;
          link.near.ip(...(first?.commands ?? []));
          const sources = await Promise.all(
            TARGETS.map((target, at) => {
              const port = sinks[at]?.port ?? 0;
              return Source.open(link.near, { type, to, port, connected }, target);
            }),
          );
          let arrived = 0;
          let next = 0;
          for (const { name, commands, code } of [{ ...first, commands: [] }, ...others]) {
            link.near.ip(...(commands ?? []));
            const numbers = Array.from({ length: COUNT }, (_, index) => next + index);
            const errors = code === undefined ? [] : numbers.map((number) => [number, code]);
            const expected = { sent: COUNT - errors.length, errors, events: [] };
            arrived += expected.sent;
            for (const [at, target] of TARGETS.entries()) {
              assert.deepEqual(
                await sources[at]?.send(next, COUNT),
                expected,
                `${target}, ${name}`,
              );
              await sinks[at]?.has(arrived);
            }
            next += COUNT;
          }
          for (const end of [...sources, ...sinks]) end.end();
        });
      }
    }

    it(`an interface that goes and comes while datagrams leave without a pause (${type})`, async () => {
      const sink = await Sink.open(link.far, { type });
      const source = await Source.open(link.near, { type, to: FAR[type], port: sink.port });
      const codes = new Set<string>();
      let next = 0;
      let sent = 0;
      const send = async (): Promise<number> => {
        const told = await source.send(next, COUNT);
        assert.equal(told.sent + told.errors.length, COUNT);
        for (const [, code] of told.errors) codes.add(code);
        assert.deepEqual(told.events, []);
        next += COUNT;
        sent += told.sent;
        return told.errors.length;
      };
      await link.rules({});
      for (let round = 0; round < 5; round += 1) {
        for (const [state, code] of [
          ['down', 'ENETUNREACH'],
          ['up', undefined],
        ] as const) {
          const change = link.near.start('ip', 'link', 'set', 'wire', state);
          // Sends all the while, until the change shows.
          do await send();
          while (change.child.exitCode === null);
          const failed = await send();
          assert.equal(failed, code === undefined ? 0 : COUNT, `${state}, round ${round}`);
        }
      }
      assert.deepEqual([...codes], ['ENETUNREACH']);
      const { forth } = await link.settle();
      // What was in the device's queue went down with it.
      assert.ok(forth.seen <= sent);
      await sink.has(forth.seen);
      source.end();
      sink.end();
    });
  }
});

describe('a multicast membership', { skip: noNamespaces() }, () => {
  const GROUP = { udp4: '239.90.0.1', udp6: 'ff15::90' };
  after(releaseAll);

  for (const target of TARGETS) {
    for (const type of ['udp4', 'udp6'] as const) {
      it(`outlives its interface's being down, and is had anew on a new one (${target}, ${type})`, async () => {
        const environment = { VOLLEY_TEST_TARGET: target === 'node' ? 'node' : 'linux' };
        const [sending, receiving] = await Promise.all([
          Host.create(environment),
          Host.create(environment),
        ]);
        const plug = (): void => {
          sending.cable('veth0', receiving, 'veth0');
          for (const [host, own] of [
            [sending, NEAR],
            [receiving, FAR],
          ] as const) {
            host.sysctl('ipv6/conf/veth0/keep_addr_on_down=1');
            host.ip(`addr add ${own.udp4}/24 dev veth0`, `addr add ${own.udp6}/64 dev veth0`);
          }
        };
        const via = (own: typeof NEAR): string => (type === 'udp4' ? own.udp4 : '::%veth0');
        plug();
        const member = await receiving.bound(type);
        await member.call('addMembership', GROUP[type], via(FAR));
        const sender = await sending.bound(type);
        const arrival = async (text: string): Promise<boolean> => {
          for (;;) {
            const { message, peer } = await member.next();
            assert.equal(peer.port, sender.port);
            if (message.toString() === text) return true;
          }
        };
        // Again and again: how soon a cable carries after its other end came up is the kernel's affair.
        const reach = async (text: string): Promise<void> => {
          await sender.call('setMulticastInterface', via(NEAR));
          const arrived = arrival(text);
          let reached = false;
          for (let attempt = 0; attempt < ATTEMPTS && !reached; attempt += 1) {
            await sender.send(text, member.port, GROUP[type]);
            reached = await Promise.race([arrived, setTimeout(PAUSE, false)]);
          }
          assert.ok(reached, text);
        };
        await reach('at first');

        receiving.ip('link set veth0 down');
        receiving.ip('link set veth0 up');
        await reach('down and up');

        receiving.ip('link del veth0');
        plug();
        await member.call('addMembership', GROUP[type], via(FAR));
        await reach('on a new interface');
        await member.call('dropMembership', GROUP[type], via(FAR));
        await assert.rejects(
          member.call('dropMembership', GROUP[type], via(FAR)),
          failsWith({ code: 'EADDRNOTAVAIL', syscall: 'dropMembership' }),
        );
        await Promise.all([sending.stop(), receiving.stop()]);
      });
    }
  }
});
