/** Programs of random calls on a socket, and running one on a side. */
import type { Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { BlockList } from 'node:net';
import { runInThisContext } from 'node:vm';
import fc from 'fast-check';
import {
  catching,
  describe,
  describeBytes,
  describeEvent,
  difference,
  outcomeOf,
  Peer,
  REFERENCE,
  type Side,
  settled,
  Trace,
  traceEvents,
  VOLLEY,
} from '../support/sides.ts';
import { call, shut } from '../support/sockets.ts';
import { dgram } from '../support/target.ts';
import { type Search, withoutOne } from '../support/search.ts';
import type { Environment, Source } from './values.ts';

export type State = 'fresh' | 'binding' | 'bound' | 'connecting' | 'connected' | 'closed';
export const STATES: readonly State[] = [
  'fresh',
  'binding',
  'bound',
  'connecting',
  'connected',
  'closed',
];

export interface Call {
  readonly method: string;
  readonly args: readonly Source[];
}

export interface Program {
  readonly type: 'udp4' | 'udp6';
  readonly state: State;
  /** Made one after the other within one tick. */
  readonly calls: readonly Call[];
}

export function calling(method: string, ...args: fc.Arbitrary<Source>[]): fc.Arbitrary<Call> {
  return fc.tuple(...args).map((sources) => ({ method, args: sources }));
}

/** With any number of the last arguments left out. */
export function callingUpTo(method: string, ...args: fc.Arbitrary<Source>[]): fc.Arbitrary<Call> {
  return fc
    .tuple(fc.tuple(...args), fc.nat(args.length))
    .map(([sources, omitted]) => ({ method, args: sources.slice(0, sources.length - omitted) }));
}

const compiled = new Map<string, (env: Environment) => unknown>();

/** The value of a source. */
export function evaluate(source: Source, env: Environment): unknown {
  let evaluator = compiled.get(source);
  if (!evaluator) {
    const value: unknown = runInThisContext(`(env) => (${source})`);
    if (typeof value !== 'function') throw new Error(`no value: ${source}`);
    evaluator = (given) => Reflect.apply(value, undefined, [given]);
    if (compiled.size > 10_000) compiled.clear();
    compiled.set(source, evaluator);
  }
  return evaluator(env);
}

/** The peers that programs send to, one for each family. */
export class World {
  readonly #peers: Readonly<Record<'udp4' | 'udp6', Peer>>;
  readonly names: ReadonlyMap<number, string>;

  private constructor(udp4: Peer, udp6: Peer) {
    this.#peers = { udp4, udp6 };
    this.names = new Map([
      [udp4.port, '<udp4 peer>'],
      [udp6.port, '<udp6 peer>'],
    ]);
  }

  static async open(): Promise<World> {
    return new World(await Peer.open('udp4'), await Peer.open('udp6'));
  }

  peer(type: 'udp4' | 'udp6'): Peer {
    return this.#peers[type];
  }

  close(): void {
    this.#peers.udp4.close();
    this.#peers.udp6.close();
  }

  /** What arrived at the peers, as lines of a trace. */
  async collect(trace: Trace): Promise<void> {
    for (const [type, peer] of Object.entries(this.#peers)) {
      for (const { bytes, source } of await peer.take()) {
        trace.add(`the ${type} peer received ${describeBytes(bytes)} from ${source.address}`);
      }
    }
  }
}

export function environment(
  world: World,
  type: 'udp4' | 'udp6',
  trace: Trace,
): { env: Environment; known: Map<unknown, string> } {
  const known = new Map<unknown, string>();
  let callbacks = 0;
  const env: Environment = {
    port: world.peer(type).port,
    loopback: type === 'udp4' ? '127.0.0.1' : '::1',
    callback() {
      const name = `callback ${++callbacks}`;
      const callback = (...args: unknown[]): void => trace.add(`${name} (${describeEvent(args)})`);
      known.set(callback, name);
      return callback;
    },
    note: (what) => trace.add(`${what} ran`),
    blocking() {
      const list = new BlockList();
      list.addSubnet('127.0.0.0', 8);
      list.addAddress('::1', 'ipv6');
      return list;
    },
    EventEmitter,
  };
  return { env, known };
}

async function prepare(side: Side, { type, state }: Program, env: Environment): Promise<Socket> {
  const socket = side.dgram.createSocket(type);
  if (state === 'fresh') return socket;
  socket.bind(0, env.loopback);
  if (state === 'binding') return socket;
  await once(socket, 'listening');
  if (state === 'connecting' || state === 'connected') socket.connect(env.port, env.loopback);
  if (state === 'connected') await once(socket, 'connect');
  if (state === 'closed') {
    socket.close();
    await once(socket, 'close');
  }
  return socket;
}

/** Runs a program on one side. */
async function perform(side: Side, world: World, program: Program): Promise<string[]> {
  const trace = new Trace(world.names);
  const { env, known } = environment(world, program.type, trace);
  const socket = await prepare(side, program, env);
  known.set(socket, 'the socket');
  traceEvents(trace, 'the socket', socket);
  const caught = (error: unknown): void => trace.add(`uncaught: ${describe(error, known)}`);
  await catching(caught, async () => {
    for (const { method, args } of program.calls) {
      const values = args.map((source) => evaluate(source, env));
      values.forEach((value, place) => {
        if (Object(value) === value && !known.has(value)) known.set(value, `argument ${place + 1}`);
      });
      const outcome = outcomeOf(() => call(socket, method, ...values), known);
      trace.add(`${method}(${args.join(', ')}) ${outcome}`);
    }
    const done = trace.lines.length;
    await settled(trace);
    await world.collect(trace);
    shut(socket);
    await settled(trace);
    // What is not a number is looked up and takes longer on either side. Order is the subject of the suite `model`.
    trace.sortFrom(done);
  });
  return trace.lines;
}

function show({ type, state, calls }: Program): string {
  return [
    `a ${state} ${type} socket, and in one tick:`,
    ...calls.map(({ method, args }) => `    socket.${method}(${args.join(', ')});`),
  ].join('\n');
}

/** A search for programs of `calls` that both sides do not run alike. */
export function programs(
  world: () => World,
  calls: fc.Arbitrary<Call>[],
  { runs, maxLength = 12, states = STATES }: ProgramOptions,
): Search<Program> {
  return {
    inputs: fc.record({
      type: fc.constantFrom('udp4', 'udp6'),
      state: fc.constantFrom(...states),
      calls: fc.array(fc.oneof(...calls), { minLength: 1, maxLength }),
    }),
    runs,
    judge: (input) => compare(world(), input),
    weigh: (input) => input.calls.length,
    shorten: (input) => withoutOne(input.calls).map((fewer) => ({ ...input, calls: fewer })),
  };
}

export interface ProgramOptions {
  readonly runs: number;
  /** The most calls of a program. */
  readonly maxLength?: number;
  readonly states?: readonly State[];
}

/** What differs between both sides, for people to read. */
async function compare(world: World, program: Program): Promise<string | undefined> {
  const reference = await perform(REFERENCE, world, program);
  const found = difference(reference, await perform(VOLLEY, world, program));
  return found && `${show(program)}\n\n${found}`;
}

/** Whether the running Node offers a method on both sides. */
export function isShared(method: string): boolean {
  return method in dgram.Socket.prototype && method in REFERENCE.dgram.Socket.prototype;
}
