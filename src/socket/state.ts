import type { EventEmitter } from 'node:events';
import type { BlockList } from 'node:net';
import type { Family, Handle } from '../driver.ts';
import { SendQueue } from '../engine/send-queue.ts';
import { notRunning } from '../errors/socket.ts';
import type { LookupFunction, SocketType } from '../types/index.ts';
import type { SocketEvents } from './receive.ts';

/** Under this key a socket keeps what is its own. A symbol, so that `Socket.call(object)` can set it too. */
export const kState: unique symbol = Symbol('volley.state');

/**
 * A socket as the modules of this folder see it: an emitter of events with a state. Where a method
 * does what another one offers, it calls that one, since a program may have overridden it.
 */
export interface StatefulSocket extends EventEmitter {
  readonly [kState]: SocketState;
  bind(options: { port: number; exclusive: boolean }): unknown;
  close(): unknown;
}

/** The socket that the primary of a cluster gave to this worker along with others. */
export interface SharedSocket {
  readonly fd: number;
  /** Tells the primary that this worker is done with it. */
  close(callback?: () => void): void;
}

/** What a socket was created with, checked. */
export interface SocketSettings {
  readonly type: SocketType;
  readonly family: Family;
  readonly reuseAddr: boolean;
  readonly reusePort: boolean;
  readonly ipv6Only: boolean;
  readonly gso: boolean;
  readonly gro: boolean;
  readonly recvBufferSize: number | undefined;
  readonly sendBufferSize: number | undefined;
  /** Bytes of payload from which on the send queue counts as full. */
  readonly sendHighWaterMark: number;
  readonly lookup: LookupFunction;
  /** Whether `lookup` is asked about numeric addresses too: it is where the program brought its own. */
  readonly looksUpNumbers: boolean;
  readonly receiveBlockList: BlockList | undefined;
  readonly sendBlockList: BlockList | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface SocketState {
  settings: SocketSettings;
  readonly events: SocketEvents;
  /** `undefined` once the socket is closed. */
  handle: Handle | undefined;
  /** See {@link sendQueueOf}. */
  sendQueue: SendQueue | undefined;
  shared: SharedSocket | undefined;
  binding: 'unbound' | 'binding' | 'bound';
  connection: 'disconnected' | 'connecting' | 'connected';
  /** Calls that wait for `'listening'`, oldest first. */
  waiting: (() => void)[] | undefined;
}

/** The handle of an open socket. */
export function openHandle(state: SocketState): Handle {
  if (!state.handle) throw notRunning();
  return state.handle;
}

/** The send queue of an open socket; one that only receives never has any. */
export function sendQueueOf(state: SocketState): SendQueue {
  const { settings, events } = state;
  state.sendQueue ??= new SendQueue(openHandle(state), settings.sendHighWaterMark, events);
  return state.sendQueue;
}

/**
 * The handle, for methods that do not check in `node:dgram`: after `close` they fail there with the
 * TypeError of reading `method` from null, and programs may have come to know it.
 */
export function uncheckedHandle(state: SocketState, method: string): Handle {
  if (state.handle) return state.handle;
  throw new TypeError(`Cannot read properties of null (reading '${method}')`);
}

/**
 * The handle, for a change that datagrams sent before it must not feel: they leave first. A program
 * that sets the TTL, sends, sets it again and sends (traceroute) gets what it asked for.
 */
export function changeableHandle(state: SocketState, method: string): Handle {
  const handle = uncheckedHandle(state, method);
  state.sendQueue?.flush();
  return handle;
}
