/**
 * Hosts for tests: each is a network namespace with an agent in it, joined by veth pairs.
 *
 * A namespace here has no name. It is made by `unshare --net` around the agent (unshare(1)) and
 * lives exactly as long as that process, which ends when its standard input does: even a test
 * process that is killed leaves nothing behind.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { BindOptions, RemoteInfo, SocketOptions, SocketType } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import type { Burst, Event, Failure, Order, Reply } from './fixtures/protocol.ts';
import { missing, Program } from './support.ts';

const AGENT = fileURLToPath(new URL('fixtures/agent.js', import.meta.url));

/** For a test's `skip`: `false` where namespaces can be made here, else why not. */
export function noNamespaces(): string | false {
  const lacking = missing('ip', 'iproute2') || missing('unshare', 'util-linux');
  if (lacking !== false) return lacking;
  const { status } = spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore' });
  return status === 0 ? false : 'this user may not make network namespaces';
}

/** An error that the agent met. */
export class RemoteError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** For `assert.rejects`: the agent met an error with these properties. */
export function failsWith(expected: Partial<Failure>): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof RemoteError, String(error));
    const { failure } = error;
    assert.deepEqual({ ...failure, ...expected }, failure);
    return true;
  };
}

/** An order as its sender writes it: the host adds the rest. */
type Wish = Order extends infer One
  ? One extends Order
    ? Omit<One, 'id' | 'socket'>
    : never
  : never;

interface Settle<Value> {
  resolve(value: Value): void;
  reject(error: Error): void;
}

export interface Arrival {
  message: Buffer;
  peer: RemoteInfo;
}

export class Host {
  readonly #agent: Program;
  readonly #pending = new Map<number, Settle<unknown>>();
  readonly #sockets: RemoteSocket[] = [];
  #orders = 0;

  private constructor(environment: NodeJS.ProcessEnv) {
    this.#agent = new Program('unshare', ['--net', process.execPath, AGENT], environment);
  }

  /** A host with the loopback up and nothing else. */
  static async create(environment: NodeJS.ProcessEnv = {}): Promise<Host> {
    const host = new Host(environment);
    assert.equal(await host.#agent.line(), '"ready"');
    host.ip('link set lo up');
    void host.#listen();
    return host;
  }

  /** The agent's process id: it names the namespace. */
  get pid(): number {
    return this.#agent.child.pid ?? 0;
  }

  /** Runs a program in the host's namespace to its end. */
  run(command: string, ...args: string[]): void {
    const all = [`--net=/proc/${this.pid}/ns/net`, command, ...args];
    const { status, stderr } = spawnSync('nsenter', all, { encoding: 'utf8' });
    assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}`);
  }

  /** Starts a program in the host's namespace. */
  start(command: string, ...args: string[]): Program {
    return new Program('nsenter', [`--net=/proc/${this.pid}/ns/net`, command, ...args]);
  }

  /** Runs commands of ip(8). */
  ip(...commands: string[]): void {
    for (const command of commands) this.run('ip', ...command.split(' '));
  }

  /** Sets variables below /proc/sys/net, which shows whoever opens it their own namespace. */
  sysctl(...settings: string[]): void {
    for (const setting of settings) {
      const [path = '', value = ''] = setting.split('=');
      this.run('sh', '-c', `echo "$2" > "/proc/sys/net/$1"`, 'sh', path, value);
    }
  }

  /** Joins two hosts by a cable whose ends have these names. */
  cable(name: string, peer: Host, peerName: string): void {
    const pair = ['type', 'veth', 'peer', 'name', peerName, 'netns', String(peer.pid)];
    this.run('ip', 'link', 'add', name, ...pair);
    for (const [host, end] of [
      [this, name],
      [peer, peerName],
    ] as const) {
      // Duplicate address detection would keep IPv6 addresses unusable for a second (RFC 4862).
      host.sysctl(`ipv6/conf/${end}/accept_dad=0`, `ipv6/conf/${end}/router_solicitations=0`);
      // No link-local address but the ones that a test gives.
      host.ip(`link set ${end} addrgenmode none`, `link set ${end} up`);
    }
  }

  async socket(options: SocketType | SocketOptions): Promise<RemoteSocket> {
    const number = this.#sockets.length;
    const socket = new RemoteSocket((wish) => this.#order(number, wish));
    this.#sockets.push(socket);
    const full = typeof options === 'string' ? { type: options } : options;
    await this.#order(number, { do: 'open', options: full });
    return socket;
  }

  /** A socket, bound. */
  async bound(type: SocketType, options: BindOptions = {}): Promise<RemoteSocket> {
    const socket = await this.socket(type);
    await socket.bind(options);
    return socket;
  }

  stop(): Promise<void> {
    return this.#agent.stop();
  }

  #order(socket: number, wish: Wish): Promise<unknown> {
    const id = this.#orders++;
    this.#agent.write(`${JSON.stringify({ ...wish, id, socket })}\n`);
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  async #listen(): Promise<void> {
    try {
      for (;;) this.#hear(JSON.parse(await this.#agent.line()));
    } catch (cause) {
      const gone = new Error('the agent ended', { cause });
      for (const { reject } of this.#pending.values()) reject(gone);
      for (const socket of this.#sockets) socket.happen(gone);
    }
  }

  #hear(line: Reply | Event): void {
    if (!('id' in line)) {
      this.#sockets[line.socket]?.happen(
        line.event === 'message'
          ? { message: Buffer.from(line.payload, 'base64'), peer: line.peer }
          : new RemoteError(line.failure),
      );
      return;
    }
    const settle = this.#pending.get(line.id);
    this.#pending.delete(line.id);
    if (line.failure === undefined) settle?.resolve(line.value);
    else settle?.reject(new RemoteError(line.failure));
  }
}

/** A socket in a host. Every method resolves when the agent has done it, or rejects as it failed. */
export class RemoteSocket {
  readonly #order: (wish: Wish) => Promise<unknown>;
  readonly #unseen: (Arrival | Error)[] = [];
  readonly #waiting: Settle<Arrival>[] = [];
  #port = 0;

  constructor(order: (wish: Wish) => Promise<unknown>) {
    this.#order = order;
  }

  /** The port that it is bound to. */
  get port(): number {
    return this.#port;
  }

  async bind(options: BindOptions = {}): Promise<unknown> {
    const address = await this.#order({ do: 'bind', options });
    if (typeof address === 'object' && address !== null && 'port' in address) {
      this.#port = Number(address.port);
    }
    return address;
  }

  connect(port: number, address: string): Promise<unknown> {
    return this.#order({ do: 'connect', port, address });
  }

  /** Resolves in the callback of `send`. */
  send(text: string | Uint8Array, port?: number, address?: string): Promise<unknown> {
    const payload = Buffer.from(text).toString('base64');
    if (port === undefined || address === undefined) return this.#order({ do: 'send', payload });
    return this.#order({ do: 'send', payload, port, address });
  }

  async burst(count: number, size: number, port: number, address: string): Promise<Burst> {
    const result: unknown = await this.#order({ do: 'burst', count, size, port, address });
    assert.ok(isBurst(result));
    return result;
  }

  /** Calls any method that takes and returns what JSON can carry. */
  call(method: string, ...args: unknown[]): Promise<unknown> {
    return this.#order({ do: 'call', method, args });
  }

  /** The next datagram that arrived, or will. An `'error'` event in its place rejects. */
  async next(): Promise<Arrival> {
    const seen = this.#unseen.shift();
    if (seen instanceof Error) throw seen;
    if (seen !== undefined) return seen;
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** The text of the next datagram. */
  async text(): Promise<string> {
    return (await this.next()).message.toString();
  }

  happen(what: Arrival | Error): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#unseen.push(what);
    else if (what instanceof Error) waiting.reject(what);
    else waiting.resolve(what);
  }
}

function isBurst(value: unknown): value is Burst {
  return typeof value === 'object' && value !== null && 'queued' in value && 'order' in value;
}
