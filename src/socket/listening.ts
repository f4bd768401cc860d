/** How binding ends: with a socket that listens, or with an error. */
import { setBufferSize } from './buffer-size.ts';
import { kState, openHandle, type SocketState, type StatefulSocket } from './state.ts';

/** Reports that binding failed; the socket can be bound anew. */
export function failBinding(socket: StatefulSocket, error: Error): void {
  socket[kState].binding = 'unbound';
  socket.emit('error', error);
}

/** Lets a socket that has its descriptor receive, and says so. */
export function listen(socket: StatefulSocket): void {
  becomeBound(socket[kState]);
  socket.emit('listening');
}

/** Lets a socket that has its descriptor receive. */
export function becomeBound(state: SocketState): void {
  const handle = openHandle(state);
  handle.startReceiving();
  state.binding = 'bound';
  if (state.recvBufferSize) setBufferSize(handle, 'receiveBufferSize', state.recvBufferSize);
  if (state.sendBufferSize) setBufferSize(handle, 'sendBufferSize', state.sendBufferSize);
}
