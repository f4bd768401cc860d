/** `bindSync` and `connectSync`: without names to resolve there is nothing to wait for. */
import { isIP } from 'node:net';
import { invalidArgumentType, invalidArgumentValue } from '../errors/arguments.ts';
import { alreadyBound, alreadyConnected } from '../errors/socket.ts';
import { endpointError } from '../errors/system.ts';
import { sendRefusal } from './block-list.ts';
import { becomeBound } from './listening.ts';
import { anyAddress, loopbackAddress } from './lookup.ts';
import { bindRefusal, requireNetwork } from './permission.ts';
import { changeableHandle, kState, openHandle, type StatefulSocket } from './state.ts';
import { validatePort, validateString } from './validation.ts';

/** `bindSync([options])` */
export function bindSync(socket: StatefulSocket, options: unknown): void {
  const state = socket[kState];
  const handle = openHandle(state);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidArgumentType('options', 'of type object', options);
  }
  if (state.binding !== 'unbound') throw alreadyBound();
  const port = validatePort(Reflect.get(options, 'port') ?? 0, 'options.port', true);
  const given: unknown = Reflect.get(options, 'address') || anyAddress(state);
  const address = readNumeric(given, 'options.address', 'bindSync');
  const refusal = bindRefusal(address);
  if (refusal) throw refusal;
  const bound = handle.bind(address, port);
  const failure = bound < 0 ? bound : becomeBound(state);
  if (failure < 0) throw endpointError(failure, 'bind', address, port);
  process.nextTick(() => {
    if (state.handle) socket.emit('listening');
  });
}

/** `connectSync(port[, address])` */
export function connectSync(socket: StatefulSocket, givenPort: unknown, given: unknown): void {
  const state = socket[kState];
  openHandle(state);
  const port = validatePort(givenPort, 'Port', false);
  if (state.connection !== 'disconnected') throw alreadyConnected();
  const address = readNumeric(given ?? '', 'address', 'connectSync') || loopbackAddress(state);
  if (state.binding === 'unbound') bindSync(socket, {});
  else if (state.binding === 'binding') throw alreadyBound();
  requireNetwork(address);
  const blocked = sendRefusal(state.settings, address);
  if (blocked) throw blocked;
  let outcome: number | undefined;
  changeableHandle(state, 'connect').connect(address, port, (errno) => {
    outcome = errno;
  });
  if (outcome === undefined) throw unknownReason(address, port);
  if (outcome < 0) throw endpointError(outcome, 'connect', address, port);
  state.connection = 'connected';
  process.nextTick(() => {
    if (state.handle) socket.emit('connect');
  });
}

/** The builtin driver on a Node without `connectSync` learns too late why connecting failed. */
function unknownReason(address: string, port: number): Error {
  const message =
    `connect to ${address}:${port} failed, and node:dgram of Node ${process.version} does not say ` +
    'why in time: use connect(), a newer Node, or the native driver';
  return Object.assign(new Error(message), { code: 'ERR_VOLLEY_DRIVER', syscall: 'connect' });
}

/** An address that may be empty, but not a host name. */
function readNumeric(value: unknown, name: string, method: string): string {
  validateString(value, name);
  if (value === '' || isIP(value) !== 0) return value;
  const reason = `must be a numeric IP address; ${method} does not perform DNS resolution`;
  throw invalidArgumentValue(name, value, reason);
}
