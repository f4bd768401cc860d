/** What the tests of Volley's own API share: sockets with Volley's types, and what is heard by them. */
import { once } from 'node:events';
import { release } from 'node:os';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  createSocket,
  type MessageBatch,
  type RemoteInfo,
  type SendManyError,
  type Socket,
  type SocketOptions,
  type SocketType,
} from 'volley';
import { corruptsSegments } from '#volley/drivers/linux/offload.js';
import { call, listen, shut } from '../support/sockets.ts';
import { target } from '../support/target.ts';

if (target === 'node') {
  throw new Error('node:dgram has none of this: set VOLLEY_TEST_TARGET to linux or builtin');
}

/** For a test's `skip`: what only the native driver shows. */
export const notLinux: string | false = target !== 'linux' && 'the builtin driver does not do this';

/** For a test's `skip`: where not even the native driver lets the kernel split messages. */
export const noSegmentation: string | false =
  notLinux || (corruptsSegments(release()) && `Linux ${release()} corrupts segments`);

/** Creates a socket that is closed when the test ends. */
export function open(t: TestContext, options: SocketType | SocketOptions): Socket {
  const socket = createSocket(options);
  t.after(() => shut(socket));
  return socket;
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

/** What a `sendMany` came to. */
export interface Volley {
  accepted: number;
  error: SendManyError | null;
  sent: number;
}

/** Calls `socket.sendMany(...arguments_, callback)` and waits for the callback. */
export function sentMany(socket: Socket, ...arguments_: unknown[]): Promise<Volley> {
  return new Promise((resolve) => {
    const callback = (error: SendManyError | null, sent: number): void => {
      resolve({ accepted: Number(accepted), error, sent });
    };
    const accepted = call(socket, 'sendMany', ...arguments_, callback);
  });
}

/** Texts `first` to `first + count - 1`, all of one length, so that they may leave as one message. */
export function numbered(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index).padStart(6, '0'));
}

/** A datagram as it was heard, by whichever event. */
export interface Heard {
  text: string;
  address: string;
  port: number;
}

/** The next `count` datagrams or more, out of batches. */
export function collectBatches(socket: Socket, count: number): Promise<MessageBatch[]> {
  return new Promise((resolve) => {
    const batches: MessageBatch[] = [];
    let heard = 0;
    const onMessages = (batch: MessageBatch): void => {
      batches.push(batch);
      heard += batch.length;
      if (heard < count) return;
      socket.off('messages', onMessages);
      resolve(batches);
    };
    socket.on('messages', onMessages);
  });
}

/** All datagrams of some batches, in order. */
export function contents(batches: readonly MessageBatch[]): [Buffer, RemoteInfo][] {
  return batches.flatMap((batch) => [...batch]);
}

/** All payloads of some batches as texts, in order. */
export function texts(batches: readonly MessageBatch[]): string[] {
  return contents(batches).map(([message]) => message.toString());
}

/** A compiled program of `fixtures/`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url));
}
