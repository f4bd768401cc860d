/** Sockets that `process.send(message, socket)` and `child.send(message, socket)` pass on. */
import type { NativeHandle } from '../driver.ts';
import { errnoOf, systemCallError } from '../errors/system.ts';
import { stateSymbol, unboundHandle } from '../node-dgram/native-handle.ts';
import type { SocketConstructor } from '../types/index.ts';
import { kState, type StatefulSocket } from './state.ts';

/**
 * Lets Node pass sockets of this class on, where it takes them for its own, that is when Volley is in the place of
 * `node:dgram`. Node reads its handle from the socket; these get a handle when they are asked.
 */
export function allowSending(socketClass: SocketConstructor): void {
  const key = stateSymbol();
  if (key === undefined) return;
  Object.defineProperty(socketClass.prototype, key, {
    configurable: true,
    get(this: StatefulSocket) {
      return { handle: handleToSend(this) };
    },
  });
}

const NO_DESCRIPTOR = errnoOf('EBADF');

/**
 * `null`, as of Node's own, where the socket is closed: the message then goes alone. Where it is not bound
 * yet, Node is to report that as it does.
 */
function handleToSend(socket: StatefulSocket): NativeHandle | null {
  const { handle, sendQueue, settings } = socket[kState];
  if (!handle) return null;
  sendQueue?.flush();
  const native = handle.nativeHandle();
  if (native === NO_DESCRIPTOR) return unboundHandle(settings.family) ?? null;
  if (typeof native === 'number') throw systemCallError(native, 'dup');
  return native;
}
