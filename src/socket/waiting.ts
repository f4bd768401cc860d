import { errorMonitor } from 'node:events';
import { kState, type StatefulSocket } from './state.ts';

/**
 * Runs `call` when the socket is listening, after all that wait already. Where binding fails they
 * are dropped, and what tells of it is the `'error'` event, as in `node:dgram`.
 */
export function whenListening(socket: StatefulSocket, call: () => void): void {
  const state = socket[kState];
  if (state.waiting) {
    state.waiting.push(call);
    return;
  }
  state.waiting = [call];
  const onListening = (): void => {
    socket.off(errorMonitor, onError);
    const calls = state.waiting ?? [];
    state.waiting = undefined;
    for (const waiting of calls) waiting();
  };
  const onError = (): void => {
    socket.off('listening', onListening);
    state.waiting = undefined;
  };
  socket.once('listening', onListening);
  socket.once(errorMonitor, onError);
}
