/**
 * Flows of numbered datagrams over a bad wire, round after round: the next one leaves when all of the one before has
 * come or is known to be lost, so nothing depends on time.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Host } from '../../real/network.ts';
import type { Program } from '../../real/support.ts';
import { LAST } from './fixtures/payload.ts';
import type { Received, SinkSetting } from './fixtures/sink.ts';
import type { Round, Sent, SourceSetting } from './fixtures/source.ts';
import { type Counts, FAR, type Link, NEAR, type Rules } from './link.ts';

/** Datagrams that leave in one tick: any receive buffer holds them. */
const ROUND = 128;

/** How both ends are made. */
export interface FlowSetting {
  readonly type: 'udp4' | 'udp6';
  readonly target?: 'volley' | 'node';
  readonly how?: 'send' | 'sendMany';
  readonly takes?: 'message' | 'messages';
  readonly connected?: boolean;
}

/** What became of a flow. */
export interface Outcome {
  /** Datagrams whose callback had no error. */
  readonly sent: number;
  readonly wire: Counts;
  readonly received: Received;
  /** What the receiving kernel dropped for a wrong checksum. */
  readonly dropped: number;
  /** Messages in which the receiver took them; fewer where the kernel had merged some. */
  readonly taken: number;
}

/** Starts a fixture in a host. */
export function play(
  host: Host,
  fixture: string,
  setting: object,
  target: FlowSetting['target'] = 'volley',
): Program {
  const path = fileURLToPath(new URL(`fixtures/${fixture}.js`, import.meta.url));
  const environment = `VOLLEY_TEST_TARGET=${target === 'node' ? 'node' : 'linux'}`;
  return host.start('env', environment, process.execPath, path, JSON.stringify(setting));
}

async function json<Value>(program: Program): Promise<Value> {
  const value: Value = JSON.parse(await program.line());
  return value;
}

/** A source that answers each round. */
export class Source {
  readonly #program: Program;
  readonly port: number;

  private constructor(program: Program, port: number) {
    this.#program = program;
    this.port = port;
  }

  static async open(
    host: Host,
    setting: SourceSetting,
    target?: FlowSetting['target'],
  ): Promise<Source> {
    const program = play(host, 'source', setting, target);
    const { port } = await json<{ port: number }>(program);
    return new Source(program, port);
  }

  send(first: number, count = 1): Promise<Sent> {
    const round: Round = { first, count };
    this.#program.write(`${JSON.stringify(round)}\n`);
    return json(this.#program);
  }

  end(): void {
    this.#program.end();
  }
}

/** A sink that tells what came. */
export class Sink {
  readonly #program: Program;
  readonly port: number;

  private constructor(program: Program, port: number) {
    this.#program = program;
    this.port = port;
  }

  static async open(
    host: Host,
    setting: SinkSetting,
    target?: FlowSetting['target'],
  ): Promise<Sink> {
    const program = play(host, 'sink', setting, target);
    const { port } = await json<{ port: number }>(program);
    return new Sink(program, port);
  }

  /** Resolves when so many have come since the last datagram of a flow. */
  async has(count: number): Promise<void> {
    this.#program.write(`${count}\n`);
    const arrived = await json<number>(this.#program);
    assert.ok(arrived >= count, `${arrived} of ${count} datagrams have come`);
  }

  /** After {@link LAST} was sent: all that came before it. */
  last(): Promise<Received> {
    return json(this.#program);
  }

  end(): void {
    this.#program.end();
  }
}

/** A counter of UDP in the host's namespace (RFC 4113, RFC 8096), by its name in /proc/net. */
export function counter(host: Host, type: 'udp4' | 'udp6', name: string): number {
  const directory = `/proc/${host.pid}/net`;
  if (type === 'udp6') {
    const line = new RegExp(`^Udp6${name}\\s+(?<value>\\d+)$`, 'm');
    return Number(line.exec(readFileSync(`${directory}/snmp6`, 'utf8'))?.groups?.['value']);
  }
  const [names, values] = readFileSync(`${directory}/snmp`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.split(' '));
  return Number(values?.[names?.indexOf(name) ?? -1]);
}

/** Both ends of flows over a wire. */
export class Pair {
  readonly #link: Link;
  readonly #type: 'udp4' | 'udp6';
  readonly #source: Source;
  readonly #sink: Sink;

  private constructor(link: Link, type: 'udp4' | 'udp6', source: Source, sink: Sink) {
    this.#link = link;
    this.#type = type;
    this.#source = source;
    this.#sink = sink;
  }

  static async open(link: Link, setting: FlowSetting): Promise<Pair> {
    const { type, target, how = 'send', takes = 'message', connected = false } = setting;
    await link.rules({});
    const sink = await Sink.open(link.far, { type, how: takes }, target);
    const to = { type, to: FAR[type], port: sink.port, connected, how };
    const source = await Source.open(link.near, to, target);
    // The first one to a new peer goes alone, and asks for its link address.
    await source.send(LAST);
    await sink.last();
    return new Pair(link, type, source, sink);
  }

  /** Sends `count` datagrams over a wire with these rules, and tells what became of them. */
  async flow(rules: Rules, count: number): Promise<Outcome> {
    const link = this.#link;
    await link.rules(rules);
    const before = counters(link.far, this.#type);
    let sent = 0;
    for (let first = 0; first < count; first += ROUND) {
      const told = await this.#source.send(first, Math.min(ROUND, count - first));
      assert.deepEqual({ errors: told.errors, events: told.events }, { errors: [], events: [] });
      sent += told.sent;
      await this.#sink.has(expected((await link.settle()).forth));
    }
    const wire = (await link.settle()).forth;
    const after = counters(link.far, this.#type);
    await link.rules({});
    await this.#source.send(LAST);
    const received = await this.#sink.last();
    assert.deepEqual(received.errors, []);
    assert.deepEqual(received.sources, [`${NEAR[this.#type]} ${this.#source.port}`]);
    const dropped = after.dropped - before.dropped;
    return { sent, wire, received, dropped, taken: after.taken - before.taken };
  }

  end(): void {
    this.#source.end();
    this.#sink.end();
  }
}

function counters(host: Host, type: 'udp4' | 'udp6'): { dropped: number; taken: number } {
  return {
    dropped: counter(host, type, 'InCsumErrors'),
    taken: counter(host, type, 'InDatagrams'),
  };
}

/** How many datagrams a wire with these counts let through unharmed, or so that nobody can know. */
export function expected({ seen, lost, duplicated, corrupted }: Counts): number {
  return seen - lost + duplicated - corrupted;
}
