/** Runs a program on one side, and notes all that its author could see. */
import type { Socket, SocketOptions } from 'node:dgram';
import { BlockList } from 'node:net';
import {
  catching,
  describe,
  describeBytes,
  describeEvent,
  EVENTS,
  outcomeOf,
  type Peer,
  type Side,
  settled,
  Trace,
} from '../support/sides.ts';
import { call, shut } from '../support/sockets.ts';
import type { Destination, Host, Place, Program, Reaction, Step } from './steps.ts';

/** Where programs send to. */
export interface World {
  readonly peers: Readonly<Record<'udp4' | 'udp6', Peer>>;
  readonly names: ReadonlyMap<number, string>;
}

/** Nobody listens there (RFC 863), so loopback refuses it. */
const NOBODY = 9;
const MOST_REACTIONS = 20;

const ADDRESSES = {
  udp4: { loopback: '127.0.0.1', blocked: '127.0.0.66', group: '224.0.0.114' },
  udp6: { loopback: '::1', blocked: '::66', group: 'ff02::114' },
} as const;

type Lookup = NonNullable<SocketOptions['lookup']>;
type Answer = Parameters<Lookup>[2];

export class Run {
  readonly trace: Trace;
  readonly #world: World;
  readonly #program: Program;
  readonly #sockets: Socket[] = [];
  readonly #controllers: AbortController[] = [];
  readonly #known = new Map<unknown, string>();
  #sent = 0;
  #reactions = 0;

  constructor(side: Side, world: World, program: Program) {
    this.#world = world;
    this.#program = program;
    this.trace = new Trace(world.names);
    for (const place of [0, 1] as const) this.#open(side, place);
  }

  get #addresses(): (typeof ADDRESSES)['udp4' | 'udp6'] {
    return ADDRESSES[this.#program.type];
  }

  get #peer(): Peer {
    return this.#world.peers[this.#program.type];
  }

  #open(side: Side, place: Place): void {
    const { type } = this.#program;
    const controller = new AbortController();
    const sendBlockList = new BlockList();
    sendBlockList.addAddress(this.#addresses.blocked, type === 'udp4' ? 'ipv4' : 'ipv6');
    const options: SocketOptions = {
      type,
      signal: controller.signal,
      sendBlockList,
      lookup: (host, _options, answer) => this.#lookup(place, host, answer),
    };
    const socket = side.dgram.createSocket(options);
    this.#sockets[place] = socket;
    this.#controllers[place] = controller;
    this.#known.set(socket, `s${place}`);
    for (const event of EVENTS) {
      const listener = (...args: unknown[]): void =>
        this.#note(place, `'${event}' ${describeEvent(args)}`);
      socket.on(event, listener);
    }
  }

  #note(place: Place, what: string): void {
    this.trace.add(`s${place} ${what}`.trimEnd());
  }

  #lookup(place: Place, host: string, answer: Answer): void {
    this.#note(place, `looks up '${host}'`);
    const found = (): void => answer(null, this.#addresses.loopback, 4);
    const failed = (): void =>
      answer(Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' }), '', 4);
    switch (host) {
      case 'tick':
        process.nextTick(found);
        break;
      case 'turn':
        setImmediate(found);
        break;
      case 'fails':
        setImmediate(failed);
        break;
      case 'fails-now':
        failed();
        break;
      case 'throws':
        throw new Error('the lookup throws');
      case 'now':
        found();
        break;
      default:
        answer(null, host, 4);
    }
  }

  async play(): Promise<void> {
    // Whose listener threw is in the error; what is thrown for want of a listener is not of one socket.
    const caught = (error: unknown): void =>
      this.trace.add(`uncaught ${describe(error, this.#known)}`);
    await catching(caught, async () => {
      for (const step of this.#program.steps) await this.#take(step);
      await settled(this.trace);
      await this.#conclude();
    });
  }

  /** What arrived, and how the sockets are left. */
  async #conclude(): Promise<void> {
    for (const { bytes } of await this.#peer.take())
      this.trace.add(`arrived: ${describeBytes(bytes)}`);
    for (const place of [0, 1] as const) {
      for (const method of ['address', 'remoteAddress', 'getSendQueueSize'])
        this.#call(place, method);
      this.#call(place, 'setTTL', 64);
      // Where the program left calls that wait for a bind that never ends, so does closing.
      shut(this.#socket(place).unref());
    }
    await settled(this.trace);
  }

  #socket(place: Place): Socket {
    const socket = this.#sockets[place];
    if (!socket) throw new Error(`there is no socket ${place}`);
    return socket;
  }

  #call(place: Place, method: string, ...args: unknown[]): void {
    const outcome = outcomeOf(() => call(this.#socket(place), method, ...args), this.#known);
    this.#note(place, `${method} ${outcome}`);
  }

  async #take(step: Step): Promise<void> {
    if (step.call === 'wait') await this.#wait(step.until);
    else if (step.call === 'hear') await this.#hear(step.on);
    else this.#act(step);
  }

  async #wait(until: 'microtask' | 'tick' | 'turn' | 'settled'): Promise<void> {
    if (until === 'microtask') await undefined;
    else if (until === 'tick') await new Promise<void>((resolve) => process.nextTick(resolve));
    else if (until === 'turn') await new Promise((resolve) => setImmediate(resolve));
    else await settled(this.trace);
  }

  /** The peer sends to a socket, if that is bound. */
  async #hear(place: Place): Promise<void> {
    const port = this.#portOf(place);
    if (port !== 0) await this.#peer.send('hello', port);
  }

  #portOf(place: Place): number {
    try {
      return this.#socket(place).address().port;
    } catch {
      return 0;
    }
  }

  #act(step: Exclude<Step, { call: 'wait' | 'hear' }>): void {
    const { on } = step;
    switch (step.call) {
      case 'bind':
        this.#call(
          on,
          'bind',
          this.#localPort(step.port),
          this.#host(step.host),
          this.#callback(on, 'bind', step.reaction),
        );
        break;
      case 'bindSync':
        this.#call(on, 'bindSync', {
          port: this.#localPort(step.port),
          address: this.#addresses.loopback,
        });
        break;
      case 'connect':
        this.#call(
          on,
          'connect',
          ...this.#destination(step.to, step.host),
          this.#callback(on, 'connect', step.reaction),
        );
        break;
      case 'connectSync':
        this.#call(on, 'connectSync', ...this.#destination(step.to, '127.0.0.1'));
        break;
      case 'send':
        for (let time = 0; time < step.times; time += 1) this.#send(step);
        break;
      case 'close':
        this.#call(on, 'close', this.#callback(on, 'close', step.reaction));
        break;
      case 'set':
        this.#call(on, step.method, step.value);
        break;
      case 'membership':
        this.#call(on, step.join ? 'addMembership' : 'dropMembership', this.#addresses.group);
        break;
      case 'ask':
        this.#call(on, step.method);
        break;
      case 'abort':
        this.#controllers[on]?.abort();
        this.#note(on, 'aborted');
        break;
      case 'listen':
        this.#socket(on).on(step.event, () =>
          this.#react(on, `listener of '${step.event}'`, step.reaction),
        );
        break;
      case 'unlisten':
        this.#socket(on).removeAllListeners(step.event);
        break;
    }
  }

  #send({ on, size, to, host, reaction }: Extract<Step, { call: 'send' }>): void {
    const name = `s${on} datagram ${++this.#sent}`;
    const payload = name.padEnd(size, '.').slice(0, Math.max(size, name.length));
    const destination = to === 'connected' ? [] : this.#destination(to, host);
    const callback = this.#callback(on, `send ${this.#sent}`, reaction);
    this.#call(on, 'send', payload, ...destination, callback);
  }

  #localPort(port: 'any' | 'used'): number {
    return port === 'used' ? this.#peer.port : 0;
  }

  #host(host: Host): string {
    if (host === 'empty') return '';
    return host === '127.0.0.1' ? this.#addresses.loopback : host;
  }

  #destination(to: Destination, host: Host): unknown[] {
    if (to === 'blocked') return [this.#peer.port, this.#addresses.blocked];
    return [to === 'nobody' ? NOBODY : this.#peer.port, this.#host(host)];
  }

  #callback(on: Place, name: string, reaction: Reaction | 'no callback'): unknown {
    if (reaction === 'no callback') return undefined;
    return (...args: unknown[]): void => {
      this.#note(on, `callback of ${name} (${describeEvent(args)})`);
      this.#react(on, `callback of ${name}`, reaction);
    };
  }

  #react(on: Place, where: string, reaction: Reaction): void {
    // A listener of 'error' that binds, or sends to nobody, would never come to an end.
    if (reaction === 'nothing' || this.#reactions === MOST_REACTIONS) return;
    this.#reactions += 1;
    this.#note(on, `${where}: ${reaction}`);
    if (reaction === 'throw') throw new Error(`thrown by s${on} ${where}`);
    if (reaction === 'close') this.#call(on, 'close');
    else if (reaction === 'bind') this.#call(on, 'bind', 0, this.#addresses.loopback);
    else if (reaction === 'connect')
      this.#call(on, 'connect', this.#peer.port, this.#addresses.loopback);
    else if (reaction === 'abort') this.#controllers[on]?.abort();
    else
      this.#send({
        call: 'send',
        on,
        size: 1,
        times: 1,
        to: 'peer',
        host: '127.0.0.1',
        reaction: 'nothing',
      });
  }
}
