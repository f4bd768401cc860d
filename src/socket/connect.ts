import { alreadyConnected, notConnected } from '../errors/socket.ts';
import { endpointError, systemCallError } from '../errors/system.ts';
import { bindImplicitly } from './bind.ts';
import { sendRefusal } from './block-list.ts';
import { loopbackAddress, resolve } from './lookup.ts';
import { requireNetwork } from './permission.ts';
import { changeableHandle, kState, type StatefulSocket, uncheckedHandle } from './state.ts';
import { isListener, validatePort, validateString } from './validation.ts';
import { whenListening } from './waiting.ts';

/** `connect(port[, address][, callback])` */
export function connect(
  socket: StatefulSocket,
  givenPort: unknown,
  second: unknown,
  third: unknown,
): void {
  const state = socket[kState];
  const port = validatePort(givenPort, 'Port', false);
  const withoutAddress = typeof second === 'function';
  const address = withoutAddress || second === undefined ? '' : second;
  validateString(address, 'address');
  const callback = withoutAddress ? second : third;
  if (state.connection !== 'disconnected') throw alreadyConnected();
  state.connection = 'connecting';
  bindImplicitly(socket);
  if (state.binding === 'bound') connectBound(socket, address, port, callback);
  else whenListening(socket, () => connectBound(socket, address, port, callback));
}

function connectBound(socket: StatefulSocket, host: string, port: number, callback: unknown): void {
  const state = socket[kState];
  // Node's emitter judges a callback that is no function, and throws.
  if (callback) Reflect.apply(socket.once, socket, ['connect', callback]);
  uncheckedHandle(state, 'lookup');
  const fail = (error: Error): void => {
    state.connection = 'disconnected';
    process.nextTick(reportFailure, socket, callback, error);
  };
  resolve(state, host || loopbackAddress(state), (error, address) => {
    if (!state.handle) return;
    if (error) fail(error);
    else connectTo(socket, address, port, host, fail);
  });
}

function reportFailure(socket: StatefulSocket, callback: unknown, error: Error): void {
  if (isListener(callback)) {
    socket.off('connect', callback);
    callback(error);
  } else {
    socket.emit('error', error);
  }
}

function connectTo(
  socket: StatefulSocket,
  address: string,
  port: number,
  host: string,
  fail: (error: Error) => void,
): void {
  const state = socket[kState];
  requireNetwork(address);
  const blocked = sendRefusal(state.settings, address);
  if (blocked) {
    fail(blocked);
    return;
  }
  changeableHandle(state, 'connect').connect(address, port, (errno) => {
    if (!state.handle) return;
    if (errno < 0) fail(endpointError(errno, 'connect', host, port));
    else becomeConnected(socket);
  });
}

/** Notes that the peer is set, and says so in the next tick, even where that has closed the socket. */
function becomeConnected(socket: StatefulSocket): void {
  socket[kState].connection = 'connected';
  process.nextTick(() => socket.emit('connect'));
}

/** `disconnect()` */
export function disconnect(socket: StatefulSocket): void {
  const state = socket[kState];
  if (state.connection !== 'connected') throw notConnected();
  const errno = changeableHandle(state, 'disconnect').disconnect();
  if (errno < 0) throw systemCallError(errno, 'connect');
  state.connection = 'disconnected';
}
