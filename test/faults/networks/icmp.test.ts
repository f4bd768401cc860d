/**
 * Storms of ICMP errors (RFC 792, RFC 4443), true ones and lies: each error meets a datagram of a connected socket as
 * node:dgram has it, those of an unconnected one are nobody's, and traffic goes on once the storm is over.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { releaseAll } from '../../real/support.ts';
import { LAST } from './fixtures/payload.ts';
import { Sink, Source } from './flow.ts';
import { FAR, Link, noWire, type Rules } from './link.ts';

const COUNT = 32;
const LATER = 1000;
/** Datagrams of a round of all sizes, several groups of each. */
const FLOW = 96;
/** Path MTUs, in bytes, smaller and smaller, but never less than what IPv6 guarantees (RFC 8200). */
const LIMITS = { udp4: [1400, 1000, 600], udp6: [1440, 1280] };
/** Rounds of a storm. */
const ROUNDS = 5;
/** Errors for each datagram. */
const COPIES = 20;

type Kind = NonNullable<Rules['icmp']>;

/**
 * What an ICMP error makes of a later call on a connected socket (icmp_err_convert in net/ipv4/icmp.c, tab_unreach in
 * net/ipv6/icmp.c). "Host unreachable" may pass (RFC 1122, 4.2.3.9), so that it is told only to who asked by IP_RECVERR.
 */
const CODES: Record<'udp4' | 'udp6', Record<Exclude<Kind, 'too-big'>, string[]>> = {
  udp4: { port: ['ECONNREFUSED'], host: [], prohibited: ['EHOSTUNREACH'] },
  udp6: { port: ['ECONNREFUSED'], host: [], prohibited: ['EACCES'] },
};

const TARGETS = ['volley', 'node'] as const;

describe('a storm of ICMP errors', { skip: noWire }, () => {
  let link: Link;
  before(async () => {
    link = await Link.create();
  });
  after(releaseAll);

  for (const type of ['udp4', 'udp6'] as const) {
    for (const icmp of ['port', 'host', 'prohibited'] as const) {
      for (const connected of [false, true]) {
        it(`${icmp} (${type}${connected ? ', connected' : ''})`, async () => {
          for (const target of TARGETS) {
            await link.rules({});
            const sink = await Sink.open(link.far, { type }, target);
            const to = { type, to: FAR[type], port: sink.port, connected };
            const source = await Source.open(link.near, to, target);
            await source.send(0);
            await sink.has(1);
            await link.rules({ icmp, copies: COPIES, pass: true });
            const codes = new Set<string>();
            let arriving = 1;
            for (let round = 0; round < ROUNDS; round += 1) {
              const { sent, errors, events } = await source.send(1 + round * COUNT, COUNT);
              assert.equal(sent + errors.length, COUNT);
              for (const code of [...errors.map(([, each]) => each), ...events]) codes.add(code);
              arriving += sent;
              await link.settle();
            }
            // Those without an error have left, and so they arrive: the wire let all pass.
            await sink.has(arriving);
            const { forth } = await link.settle();
            assert.equal(forth.seen, arriving - 1, target);
            assert.equal(forth.icmp, forth.seen * COPIES);
            assert.deepEqual([...codes], connected ? CODES[type][icmp] : [], target);
            await link.rules({});
            // The last error of the storm waits for one call more.
            await source.send(LATER);
            const { sent, errors, events } = await source.send(LATER + 1, COUNT);
            assert.deepEqual({ sent, errors, events }, { sent: COUNT, errors: [], events: [] });
            source.end();
            sink.end();
          }
        });
      }
    }
  }

  for (const type of ['udp4', 'udp6'] as const) {
    for (const connected of [false, true]) {
      const suffix = `(${type}${connected ? ', connected' : ''})`;

      it(`lies about the path's MTU lose nothing ${suffix}`, async () => {
        for (const target of TARGETS) {
          const flow = await Flow.open(link, type, connected, target);
          // Below what any path has, nothing, and more than this link.
          for (const mtu of [68, 0, 9000, 1300]) {
            await link.rules({ icmp: 'too-big', mtu, copies: 3, pass: true });
            for (let round = 0; round < 2; round += 1) assert.equal(await flow.round(), 0);
          }
          await flow.end();
        }
      });

      it(`a path's MTU that shrinks amid a flow costs what was on its way ${suffix}`, async () => {
        for (const target of TARGETS) {
          const flow = await Flow.open(link, type, connected, target);
          for (const limit of LIMITS[type]) {
            await link.rules({ limit });
            assert.ok((await flow.round()) > 0, `an MTU of ${limit} bytes kept none`);
            // What is still told of the first ones does not come twice.
            for (let round = 0; round < 3; round += 1) assert.equal(await flow.round(), 0);
          }
          await flow.end();
        }
      });
    }
  }
});

/** Rounds of datagrams of all sizes, to an address whose path is new. */
class Flow {
  readonly #link: Link;
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #told: readonly string[];
  #next = 0;
  #arriving = 0;

  private constructor(link: Link, source: Source, sink: Sink, told: readonly string[]) {
    this.#link = link;
    this.#source = source;
    this.#sink = sink;
    this.#told = told;
  }

  static async open(
    link: Link,
    type: 'udp4' | 'udp6',
    connected: boolean,
    target: (typeof TARGETS)[number],
  ): Promise<Flow> {
    await link.rules({});
    const sink = await Sink.open(link.far, { type }, target);
    const to = { type, to: link.newAddress(type), port: sink.port, connected };
    const source = await Source.open(link.near, to, target);
    // To a socket that has a peer, a path's MTU is told as an error (udp_err in net/ipv4/udp.c), once each.
    return new Flow(link, source, sink, connected ? ['EMSGSIZE'] : []);
  }

  /** Sends so that each datagram arrives, has an error, or is lost by the wire. Returns how many it lost. */
  async round(): Promise<number> {
    const before = (await this.#link.settle()).forth.lost;
    const { sent, errors, events } = await this.#source.send(this.#next, FLOW);
    for (const code of [...errors.map(([, each]) => each), ...events]) {
      assert.ok(this.#told.includes(code), code);
    }
    this.#next += FLOW;
    const lost = (await this.#link.settle()).forth.lost - before;
    this.#arriving += sent - lost;
    await this.#sink.has(this.#arriving);
    return lost;
  }

  async end(): Promise<void> {
    await this.#link.rules({});
    // The one before the last may meet the last error.
    await this.#source.send(this.#next);
    await this.#source.send(LAST);
    const { numbers, altered } = await this.#sink.last();
    const own = numbers.filter((number) => number < this.#next);
    assert.equal(own.length, this.#arriving);
    assert.equal(new Set(own).size, this.#arriving);
    assert.deepEqual(altered, []);
    this.#source.end();
    this.#sink.end();
  }
}
