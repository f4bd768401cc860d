import cluster from 'node:cluster';
import { errorMonitor } from 'node:events';
import type { NativeHandle } from '../driver.ts';
import { alreadyBound, invalidDescriptorType } from '../errors/socket.ts';
import { endpointError, systemCallError } from '../errors/system.ts';
import { isNativeHandle } from '../node-dgram/native-handle.ts';
import { NO_DESCRIPTOR, shareSocket } from './cluster.ts';
import { becomeBound, failBinding, listen } from './listening.ts';
import { anyAddress, resolve } from './lookup.ts';
import { bindRefusal, requireNetwork } from './permission.ts';
import { kState, openHandle, type SocketState, type StatefulSocket } from './state.ts';
import { toUint32 } from './validation.ts';

/** Where to bind to, whichever form of `bind` was used. */
interface BindTarget {
  /** Above 0 for a descriptor that exists already. */
  readonly fd: number;
  readonly port: unknown;
  /** Whatever the program gave, for the lookup to judge. */
  readonly host: unknown;
  /** One of Node's own handles, to be taken over. */
  readonly native: NativeHandle | undefined;
  /** Whether the primary of the cluster is asked for a socket that the workers share. */
  readonly shared: boolean;
}

/** `bind([port][, address][, callback])` and `bind(options[, callback])`; `last` is the last argument. */
export function bind(socket: StatefulSocket, first: unknown, second: unknown, last: unknown): void {
  const state = socket[kState];
  openHandle(state);
  if (state.binding !== 'unbound') throw alreadyBound();
  state.binding = 'binding';
  const forget = onceListening(socket, last);
  try {
    startBinding(socket, readTarget(state, first, second));
  } catch (error) {
    // Not where a listener threw: by then the socket is bound, or binding has failed.
    if (state.binding === 'binding') state.binding = 'unbound';
    forget();
    throw error;
  }
}

/** Binds to a random port of all interfaces, for what needs a bound socket. */
export function bindImplicitly(socket: StatefulSocket): void {
  if (socket[kState].binding === 'unbound') socket.bind({ port: 0, exclusive: true });
}

/** Calls `callback`, if it is one, on the next `'listening'`, unless an error comes first. */
function onceListening(socket: StatefulSocket, callback: unknown): () => void {
  if (typeof callback !== 'function') return () => {};
  const forget = (): void => {
    socket.off('listening', onListening);
    socket.off(errorMonitor, forget);
  };
  const onListening = (): void => {
    forget();
    Reflect.apply(callback, socket, []);
  };
  socket.on(errorMonitor, forget);
  socket.on('listening', onListening);
  return forget;
}

function readTarget(state: SocketState, first: unknown, second: unknown): BindTarget {
  const options = typeof first === 'object' ? first : undefined;
  const option = (name: string): unknown => options && Reflect.get(options, name);
  const fd = option('fd');
  const exclusive = Boolean(option('exclusive')) || state.settings.reusePort;
  const host = options ? option('address') : second;
  return {
    fd: isDescriptor(fd) ? fd : 0,
    native: isNativeHandle(first) ? first : undefined,
    port: options ? option('port') : first,
    host: host && typeof host !== 'function' ? host : anyAddress(state),
    shared: cluster.isWorker && !exclusive,
  };
}

function isDescriptor(value: unknown): value is number {
  return (toUint32(value) | 0) === value;
}

function startBinding(socket: StatefulSocket, target: BindTarget): void {
  const { fd, native } = target;
  if (!native && fd <= 0) {
    bindToHost(socket, target);
    return;
  }
  requireNetwork('');
  const handle = openHandle(socket[kState]);
  if (native) finishAdopting(socket, handle.adoptNative(native));
  else if (target.shared) shareDescriptor(socket, fd);
  else finishAdopting(socket, handle.adopt(fd));
}

function bindToHost(socket: StatefulSocket, { port, host, shared }: BindTarget): void {
  const state = socket[kState];
  resolve(state, host, (error, address) => {
    if (!state.handle) return;
    if (error) failBinding(socket, error);
    else bindTo(socket, address, port, shared);
  });
}

/** `adopted` is what the handle answered. */
function finishAdopting(socket: StatefulSocket, adopted: number | string): void {
  if (typeof adopted === 'string') throw invalidDescriptorType(adopted);
  const failure = adopted < 0 ? adopted : becomeBound(socket[kState]);
  if (failure < 0) throw systemCallError(failure, 'open');
  socket.emit('listening');
}

function shareDescriptor(socket: StatefulSocket, fd: number): void {
  const handle = openHandle(socket[kState]);
  const describe = (errno: number): Error => systemCallError(errno, 'open');
  if (handle.bindShared) handle.bindShared({ fd }, finisher(socket, describe));
  else shareSocket(socket, { address: null, port: null, fd }, describe);
}

/** What ends the binding of a socket, once its errno is known. */
function finisher(
  socket: StatefulSocket,
  describe: (errno: number) => Error,
): (errno: number) => void {
  return (errno) => {
    if (!socket[kState].handle) return;
    if (errno < 0) failBinding(socket, describe(errno));
    else listen(socket, describe);
  };
}

function bindTo(socket: StatefulSocket, address: string, given: unknown, shared: boolean): void {
  const handle = openHandle(socket[kState]);
  const refusal = bindRefusal(address);
  if (refusal) {
    failBinding(socket, refusal);
    return;
  }
  // The system sees the low 16 bits of whatever the port is; errors show it as it was given.
  const port = toUint32(given || 0) & 0xffff;
  const shown = typeof given === 'number' || typeof given === 'string' ? given : port;
  const describe = (errno: number): Error => endpointError(errno, 'bind', address, shown);
  const finish = finisher(socket, describe);
  if (!shared && handle.bindLater) handle.bindLater(address, port, finish);
  else if (!shared) finish(handle.bind(address, port));
  else if (handle.bindShared) handle.bindShared({ address, port }, finish);
  else shareSocket(socket, { address, port, fd: NO_DESCRIPTOR }, describe);
}
