/** What the tests with other people's programs share: finding, starting and stopping them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createSocket } from './dgram.ts';

/** The repository's root, seen from `build/test/real/`. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** Whether this machine has the IPv6 loopback; `false` or why not, ready for a test's `skip`. */
export const noIPv6: string | false = await reasonAgainstIPv6();

/**
 * For a test's `skip`: `false` where `program` can be run, else why not. In CI a missing program
 * is an error, or else a machine that lost one would go green for proving nothing.
 */
export function missing(program: string, debianPackage: string): string | false {
  const { error } = spawnSync(program, ['-h'], { stdio: 'ignore' });
  if (error === undefined) return false;
  const reason = `needs ${program} (Debian package ${debianPackage})`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

async function reasonAgainstIPv6(): Promise<string | false> {
  const socket = createSocket('udp6');
  try {
    socket.bind(0, '::1');
    await once(socket, 'listening');
    return false;
  } catch {
    return 'this machine has no IPv6 loopback';
  } finally {
    socket.close();
  }
}

const held = new Set<() => unknown>();

/** Stops every program and closes every socket that a test left, however it ended. */
export async function releaseAll(): Promise<void> {
  for (const release of held) await release();
  held.clear();
}

/** A socket of the address's family, bound to it and a port that the system chose. */
export async function bound(address: string): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  hold(socket);
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** A socket that sends to one peer only. */
export async function connected(port: number, address: string): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  hold(socket);
  socket.connect(port, address);
  await once(socket, 'connect');
  return socket;
}

/** A port that was free a moment ago, for programs that cannot say which one they were given. */
export async function freePort(address: string): Promise<number> {
  const probe = await bound(address);
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

function hold(socket: Socket): void {
  const close = (): void => void socket.close();
  held.add(close);
  socket.once('close', () => held.delete(close));
}

/** A program under way, spoken to in lines. */
export class Program {
  readonly child: ChildProcess;
  readonly #lines: Interface;
  readonly #unread: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #complaints = '';

  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    held.add(() => this.stop());
    this.#ended = once(this.child, 'close');
    // Whoever waits for a line or for the end hears of the failure; unawaited, it is not news.
    this.#ended.catch(() => {});
    this.#lines = createInterface({ input: this.child.stdout ?? Readable.from([]) });
    this.#unread = this.#lines[Symbol.asyncIterator]();
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text;
    });
    // A program that ended before it read all of its input is found out by its missing output.
    this.child.stdin?.on('error', () => {});
  }

  /** The next line of its output. */
  async line(): Promise<string> {
    const next = await this.#unread.next();
    if (next.done !== true) return next.value;
    await this.#ended;
    throw new Error(`${this.child.spawnargs.join(' ')} ended: ${this.#complaints}`);
  }

  /** The first line from here on that matches, and its groups. */
  async find(pattern: RegExp): Promise<Record<string, string>> {
    for (;;) {
      const match = pattern.exec(await this.line());
      if (match !== null) return { ...match.groups };
    }
  }

  /** What it writes from here to its end. */
  async rest(): Promise<string> {
    const lines: string[] = [];
    for (;;) {
      const next = await this.#unread.next();
      if (next.done === true) return lines.join('\n');
      lines.push(next.value);
    }
  }

  write(text: string | Uint8Array): void {
    this.child.stdin?.write(text);
  }

  /** Ends its input. */
  end(): void {
    this.child.stdin?.end();
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.#ended;
  }
}

/** An example that serves, on a port that the system chose. */
export interface Server {
  program: Program;
  address: string;
  port: number;
}

/** Runs `examples/NAME` under this Node and waits until it listens. */
export async function serve(name: string, args: readonly string[]): Promise<Server> {
  const program = new Program(process.execPath, [`${root}examples/${name}`, ...args]);
  const { address = '', port } = await program.find(
    /^listening on (?<address>\S+) port (?<port>\d+)/,
  );
  return { program, address, port: Number(port) };
}

/** Runs a program to its end; its output. */
export async function output(command: string, args: readonly string[]): Promise<string> {
  const program = new Program(command, args);
  program.end();
  const text = await program.rest();
  await program.stop();
  return text;
}
