/** How binding ends: with a socket that listens, or with an error. */
import { setBufferSize } from './buffer-size.ts';
import { kState, openHandle, type SocketState, type StatefulSocket } from './state.ts';

/** Reports that binding failed; the socket can be bound anew. */
export function failBinding(socket: StatefulSocket, error: Error): void {
  socket[kState].binding = 'unbound';
  socket.emit('error', error);
}

/** Lets a socket that has its descriptor receive, and says so; or says why it cannot. */
export function listen(socket: StatefulSocket, describe: (errno: number) => Error): void {
  const failure = becomeBound(socket[kState]);
  if (failure < 0) failBinding(socket, describe(failure));
  else socket.emit('listening');
}

/** Lets a socket that has its descriptor receive. 0 or a negative errno. */
export function becomeBound(state: SocketState): number {
  const handle = openHandle(state);
  const failure = handle.startReceiving();
  if (failure < 0) return failure;
  state.binding = 'bound';
  if (state.settings.recvBufferSize)
    setBufferSize(handle, 'receiveBufferSize', state.settings.recvBufferSize);
  if (state.settings.sendBufferSize)
    setBufferSize(handle, 'sendBufferSize', state.settings.sendBufferSize);
  return 0;
}
