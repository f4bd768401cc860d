/**
 * The handles of Node's own C++ below its sockets. `child_process` passes these on between processes, and
 * `bind` takes one over; nothing public says so, and it is the same on all lines from 20 to 26.
 */
import type dgram from 'node:dgram';
import { closeSync } from 'node:fs';
import type { Family, NativeHandle } from '../driver.ts';
import { openQuietly } from './open.ts';

/** Whether `bind` was given a handle: what can receive, and be closed, as a Volley socket's `_handle` cannot. */
export function isNativeHandle(value: unknown): value is NativeHandle {
  return (
    typeof value === 'object' &&
    value !== null &&
    isFunction(Reflect.get(value, 'recvStart')) &&
    isFunction(Reflect.get(value, 'close'))
  );
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

/** The handle of a socket of `node:dgram`; `undefined` where it is closed, or this Node keeps it elsewhere. */
export function nativeHandleOf(socket: dgram.Socket): NativeHandle | undefined {
  const key = stateSymbolOf(socket);
  const state: unknown = key && Reflect.get(socket, key);
  const handle = typeof state === 'object' && state !== null && Reflect.get(state, 'handle');
  return isNativeHandle(handle) ? handle : undefined;
}

/**
 * Opens a socket over a descriptor, which is closed with it, for what only Node's own sockets can do.
 * What arrives is left to others, and it does not keep the process running.
 *
 * @throws What `bind` throws or emits; then the descriptor is closed.
 */
export function openOver(fd: number, family: Family): dgram.Socket {
  const socket = openPlain(family);
  let failure: unknown;
  socket.once('error', (error) => {
    failure = error;
  });
  try {
    socket.bind({ fd, exclusive: true });
    if (failure) throw failure;
  } catch (error) {
    socket.close();
    closeSync(fd);
    throw error;
  }
  nativeHandleOf(socket)?.recvStop();
  return socket;
}

/** A handle without a descriptor, for this tick: what is done with it fails as with any socket that is not bound. */
export function unboundHandle(family: Family): NativeHandle | undefined {
  const socket = openPlain(family);
  process.nextTick(() => socket.close());
  return nativeHandleOf(socket);
}

/** Under which key Node's sockets, and so those that `process.send` takes, have their handle. */
export function stateSymbol(): symbol | undefined {
  const socket = openPlain('IPv4');
  const key = stateSymbolOf(socket);
  socket.close();
  return key;
}

function stateSymbolOf(socket: dgram.Socket): symbol | undefined {
  return Object.getOwnPropertySymbols(socket).find((key) => key.description === 'state symbol');
}

function openPlain(family: Family): dgram.Socket {
  return openQuietly({ family, reuseAddr: false, reusePort: false, ipv6Only: false });
}
