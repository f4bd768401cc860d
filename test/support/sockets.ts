import type { RemoteInfo, Socket, SocketOptions, SocketType } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { dgram, hasIPv6 } from './target.ts';

/** One row for each family that the suite is run over. */
export interface FamilyCase {
  readonly type: SocketType;
  readonly family: 'IPv4' | 'IPv6';
  readonly loopback: string;
  /** The "all interfaces" address. */
  readonly any: string;
  /** An address of the other family. */
  readonly other: string;
  /** Documentation range, on no interface (RFC 5737, RFC 3849). */
  readonly nonlocal: string;
  /** The largest payload, in bytes, that one datagram carries. */
  readonly maximumPayload: number;
  readonly skip: string | false;
}

export const FAMILIES: readonly FamilyCase[] = [
  {
    type: 'udp4',
    family: 'IPv4',
    loopback: '127.0.0.1',
    any: '0.0.0.0',
    other: '::1',
    nonlocal: '203.0.113.1',
    // 65,535 less 20 bytes of IPv4 header and 8 bytes of UDP header.
    maximumPayload: 65_507,
    skip: false,
  },
  {
    type: 'udp6',
    family: 'IPv6',
    loopback: '::1',
    any: '::',
    other: '127.0.0.1',
    nonlocal: '2001:db8::1',
    // The IPv6 payload length does not count the IP header: 65,535 less 8 bytes of UDP header.
    maximumPayload: 65_527,
    skip: hasIPv6 ? false : 'this machine has no IPv6 on loopback',
  },
];

/** The discard port (RFC 863): nothing in the suite listens there, so loopback refuses it. */
export const DISCARD_PORT = 9;

/** Never resolves (RFC 2606). */
export const UNRESOLVABLE = 'nowhere.invalid';

export interface Received {
  payload: Buffer;
  text: string;
  rinfo: RemoteInfo;
}

export interface Sent {
  error: Error | null;
  bytes: number | undefined;
}

/** Closes a socket that may be closed already. */
export function shut(socket: Socket): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'Not running') throw error;
  }
}

/** Creates a socket that is closed when the test ends. */
export function open(
  t: TestContext,
  options: SocketType | SocketOptions,
  listener?: (msg: Buffer, rinfo: RemoteInfo) => void,
): Socket {
  const socket =
    typeof options === 'string'
      ? dgram.createSocket(options, listener)
      : dgram.createSocket(options, listener);
  t.after(() => shut(socket));
  return socket;
}

/** Calls `socket.bind(...arguments_)` and waits; an error rejects. */
export async function listen(socket: Socket, ...arguments_: unknown[]): Promise<void> {
  const listening = once(socket, 'listening');
  call(socket, 'bind', ...arguments_);
  await listening;
}

/**
 * For tests that bind to a port which was free a moment ago: anything else on the machine may have
 * taken it, and then the test is begun again, at most ten times.
 */
export function retrying(
  body: (t: TestContext) => Promise<void>,
): (t: TestContext) => Promise<void> {
  return async (t) => {
    for (let attempt = 1; attempt < 10; attempt += 1) {
      try {
        return await body(t);
      } catch (error) {
        if (Reflect.get(Object(error), 'code') !== 'EADDRINUSE') throw error;
      }
    }
    await body(t);
  };
}

/** Creates a socket bound to a port of the kernel's choice, on loopback unless told otherwise. */
export async function bound(
  t: TestContext,
  options: SocketType | SocketOptions,
  address?: string,
): Promise<Socket> {
  const socket = open(t, options);
  const type = typeof options === 'string' ? options : options.type;
  await listen(socket, 0, address ?? (type === 'udp4' ? '127.0.0.1' : '::1'));
  return socket;
}

/** Creates a bound socket that is connected to `port` on loopback. */
export async function connected(
  t: TestContext,
  options: SocketType | SocketOptions,
  port: number,
): Promise<Socket> {
  const socket = await bound(t, options);
  const done = once(socket, 'connect');
  socket.connect(port);
  await done;
  return socket;
}

export async function closed(socket: Socket): Promise<void> {
  const done = once(socket, 'close');
  socket.close();
  await done;
}

/** The next `count` datagrams of a socket, from now on. */
export function collect(socket: Socket, count: number): Promise<Received[]> {
  return new Promise((resolve, reject) => {
    const received: Received[] = [];
    const finish = (error?: Error): void => {
      socket.off('message', onMessage);
      socket.off('error', finish);
      if (error === undefined) resolve(received);
      else reject(error);
    };
    const onMessage = (payload: Buffer, rinfo: RemoteInfo): void => {
      received.push({ payload, text: payload.toString(), rinfo });
      if (received.length === count) finish();
    };
    socket.on('message', onMessage);
    socket.on('error', finish);
  });
}

export async function nextMessage(socket: Socket): Promise<Received> {
  const [first] = await collect(socket, 1);
  if (first === undefined) throw new Error('collected nothing');
  return first;
}

/** Calls `socket.send(...arguments_, callback)` and waits for the callback. */
export function sent(socket: Socket, ...arguments_: unknown[]): Promise<Sent> {
  return new Promise((resolve) => {
    call(socket, 'send', ...arguments_, (error: Error | null, bytes?: number) =>
      resolve({ error, bytes }),
    );
  });
}

/** Calls a method with arguments that its types would refuse. */
export function call(object: object, method: string, ...arguments_: unknown[]): unknown {
  const found: unknown = Reflect.get(object, method);
  if (typeof found !== 'function') throw new Error(`there is no method ${method}`);
  return Reflect.apply(found, object, arguments_);
}

/** The error event that comes next. */
export async function nextError(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('error', resolve));
}

/** What `action` throws. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Resolves when everything that was sent to `socket` before this call has been delivered: loopback
 * keeps the order of what one sender sends, and `sender` sends a sentinel last.
 */
export async function drained(sender: Socket, socket: Socket, address?: string): Promise<void> {
  const sentinel = `sentinel ${Math.random()}`;
  const { address: own, family, port } = socket.address();
  const loopback = family === 'IPv4' ? '127.0.0.1' : '::1';
  const destination = address ?? (own === '0.0.0.0' || own === '::' ? loopback : own);
  await new Promise<void>((resolve, reject) => {
    const onMessage = (message: Buffer): void => {
      if (message.toString() !== sentinel) return;
      socket.off('message', onMessage);
      resolve();
    };
    socket.on('message', onMessage);
    sender.send(sentinel, port, destination, (error) => {
      if (error !== null) reject(error);
    });
  });
}
