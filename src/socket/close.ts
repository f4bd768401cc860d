import { kState, openHandle, type SocketState, type StatefulSocket } from './state.ts';

/** `close()`: once the calls are done that wait for `'listening'`, if there are any. */
export function close(socket: StatefulSocket): void {
  const state = socket[kState];
  if (state.waiting) state.waiting.push(() => closeNow(socket));
  else closeNow(socket);
}

function closeNow(socket: StatefulSocket): void {
  release(socket[kState]);
  process.nextTick(() => socket.emit('close'));
}

/** Closes a socket that the system has closed, in the tick in which it says so. */
export function closeAlong(socket: StatefulSocket): void {
  if (!socket[kState].handle) return;
  release(socket[kState]);
  socket.emit('close');
}

/** Gives back what an open socket holds: datagrams that wait leave first; the port is free on return. */
function release(state: SocketState): void {
  const handle = openHandle(state);
  state.sendQueue?.flush();
  state.handle = undefined;
  const underWay = handle.close();
  if (!underWay) state.sendQueue?.cancel();
  state.shared?.close();
}

/** Closes `socket` when `signal` is aborted, at once if it is already. */
export function closeOnAbort(socket: StatefulSocket, signal: AbortSignal): void {
  const onAbort = (): void => {
    if (socket[kState].handle) socket.close();
  };
  if (signal.aborted) {
    onAbort();
    return;
  }
  signal.addEventListener('abort', onAbort);
  socket.once('close', () => signal.removeEventListener('abort', onAbort));
}
