/** Volley and `node:dgram` beside one another: the same calls, and a trace of all that can be seen. */
import type { RemoteInfo, Socket } from 'node:dgram';
import { inspect } from 'node:util';
import { dgram, original } from './target.ts';

export interface Side {
  readonly name: string;
  readonly dgram: Pick<typeof dgram, 'createSocket' | 'Socket'>;
}

/** The first is what the other is held to. */
export const REFERENCE: Side = { name: 'node:dgram', dgram: original };
export const VOLLEY: Side = { name: 'Volley', dgram };

/** What was observed on one side, in order, a line each. */
export class Trace {
  readonly lines: string[] = [];
  /** Ports that have a name, such as the peer's. */
  readonly #ports: ReadonlyMap<number, string>;

  constructor(ports: ReadonlyMap<number, string>) {
    this.#ports = ports;
  }

  add(line: string): void {
    this.lines.push(line.replace(/\d{4,5}/g, (digits) => this.#nameOf(digits)));
  }

  /** Gives up the order of what came after the first `count` lines. */
  sortFrom(count: number): void {
    this.lines.push(...this.lines.splice(count).sort());
  }

  /** Ports that the kernel chose differ from side to side: its range is 32768 to 60999 (ip(7)). */
  #nameOf(digits: string): string {
    const port = Number(digits);
    return this.#ports.get(port) ?? (port >= 32_768 && port <= 60_999 ? '<port>' : digits);
  }
}

/** The value of an action or what it threw, as text. */
export function outcomeOf(action: () => unknown, known: ReadonlyMap<unknown, string>): string {
  try {
    return `returns ${describe(action(), known)}`;
  } catch (error) {
    return `throws ${describe(error, known)}`;
  }
}

/** `known` gives names to objects. Values that are none of them are shown in full. */
export function describe(value: unknown, known: ReadonlyMap<unknown, string>): string {
  const name = known.get(value);
  if (name !== undefined) return name;
  if (isError(value)) return describeError(value);
  return typeof value === 'function' ? 'a function' : inspect(value, { depth: 3 });
}

/** A value may be hostile: what is not an object of Node's or ours must not run code here. */
function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(Object(value)) === '[object Error]';
}

const SHOWN = ['code', 'errno', 'syscall', 'address', 'port', 'hostname', 'info'] as const;

/** Everything of an error that programs compare: class, name, text, keys in order and their values. */
function describeError(error: Error): string {
  const code: unknown = Reflect.get(error, 'code');
  // What the engine words differs with the names in the code; what Node words has a code.
  const engine = code === undefined && error instanceof TypeError;
  const text = engine ? '(worded by the engine)' : String(error);
  const values = SHOWN.filter((key) => key in error).map(
    (key) => `${key}: ${inspect(Reflect.get(error, key), { breakLength: Infinity })}`,
  );
  const keys = Object.keys(error).join(',');
  return `${classOf(error)} ${error.name} "${text}" {${values.join(', ')}} keys ${keys}`;
}

/** The class that programs can name. */
function classOf(error: Error): string {
  const named = [TypeError, RangeError, SyntaxError, AggregateError];
  return named.find((Class) => error instanceof Class)?.name ?? 'Error';
}

export const EVENTS = ['listening', 'connect', 'message', 'close', 'error'] as const;

/** Notes what `socket` emits. */
export function traceEvents(trace: Trace, name: string, socket: Socket): void {
  for (const event of EVENTS) {
    socket.on(event, (...args: unknown[]) => {
      trace.add(`${name} emits '${event}' ${describeEvent(args)}`.trimEnd());
    });
  }
}

export function describeEvent(args: readonly unknown[]): string {
  return args.map((value) => describe(plain(value), new Map())).join(' ');
}

/** A message as text, since only its bytes count; a long one shortened. */
function plain(value: unknown): unknown {
  return Buffer.isBuffer(value) ? describeBytes(value) : value;
}

export function describeBytes(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, 24)).toString('latin1');
  return bytes.length > 24 ? `${shown}… ${bytes.length} bytes` : shown;
}

/** Catches what handlers throw, which would end the process, while `action` runs. */
export async function catching(
  caught: (error: unknown) => void,
  action: () => Promise<void>,
): Promise<void> {
  process.setUncaughtExceptionCaptureCallback(caught);
  try {
    await action();
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
}

/** Turns of the event loop without anything new after which nothing is on its way any more. */
const QUIET_TURNS = 4;
/** A bound for programs that never come to rest. */
const MOST_TURNS = 2_000;

/** Resolves when nothing more happens: no name is being looked up and no line comes. */
export async function settled(trace: Trace): Promise<void> {
  let quiet = 0;
  let seen = trace.lines.length;
  for (let turn = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    const lookingUp = process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap');
    quiet = trace.lines.length === seen && !lookingUp ? quiet + 1 : 0;
    seen = trace.lines.length;
  }
}

export interface Arrival {
  readonly bytes: Buffer;
  readonly source: RemoteInfo;
}

/** A socket of `node:dgram` that keeps what arrives. */
export class Peer {
  readonly #socket: Socket;
  readonly #loopback: string;
  #arrivals: Arrival[] = [];

  private constructor(socket: Socket, loopback: string) {
    this.#socket = socket;
    this.#loopback = loopback;
    socket.on('message', (bytes, source) => this.#arrivals.push({ bytes, source }));
  }

  static open(type: 'udp4' | 'udp6'): Promise<Peer> {
    const loopback = type === 'udp4' ? '127.0.0.1' : '::1';
    const socket = original.createSocket(type);
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, loopback, () => resolve(new Peer(socket, loopback)));
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** All that was sent to the peer before this call. */
  take(): Promise<Arrival[]> {
    const mark = `sentinel ${Math.random()}`;
    return new Promise((resolve) => {
      const onMessage = (bytes: Buffer): void => {
        if (bytes.toString() !== mark) return;
        this.#socket.off('message', onMessage);
        const arrivals = this.#arrivals.filter((arrival) => arrival.bytes !== bytes);
        this.#arrivals = [];
        resolve(arrivals);
      };
      this.#socket.on('message', onMessage);
      // Loopback keeps the order, whichever socket sends.
      this.#socket.send(mark, this.port, this.#loopback);
    });
  }

  /** Resolves when it has been sent. */
  send(text: string, port: number): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(text, port, this.#loopback, () => resolve());
    });
  }

  close(): void {
    this.#socket.close();
  }
}

/** The two traces where they differ first, with what leads there; nothing where they do not. */
export function difference(
  reference: readonly string[],
  volley: readonly string[],
): string | undefined {
  const length = Math.max(reference.length, volley.length);
  for (let place = 0; place < length; place += 1) {
    if (reference[place] === volley[place]) continue;
    return [
      'Both observe:',
      ...reference.slice(0, place).map((line) => `    ${line}`),
      `then ${REFERENCE.name}:`,
      ...reference.slice(place).map((line) => `    ${line}`),
      `but ${VOLLEY.name}:`,
      ...volley.slice(place).map((line) => `    ${line}`),
    ].join('\n');
  }
  return undefined;
}
