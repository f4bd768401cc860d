/** `Socket`: the methods of the API. What they do is in `socket/`, one file for each subject. */
import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { IntegerOption } from './driver.ts';
import { missingArgument } from './errors/arguments.ts';
import { notConnected } from './errors/socket.ts';
import { systemCallError } from './errors/system.ts';
import { bind } from './socket/bind.ts';
import { getBufferSize, setBufferSize } from './socket/buffer-size.ts';
import { close, closeOnAbort } from './socket/close.ts';
import { connect, disconnect } from './socket/connect.ts';
import { createState, publish, readSettings } from './socket/create.ts';
import { addLegacyMembers } from './socket/legacy.ts';
import { requireNetwork } from './socket/permission.ts';
import { SocketEvents } from './socket/receive.ts';
import { send } from './socket/send.ts';
import { sendMany } from './socket/send-many.ts';
import {
  changeableHandle,
  kState,
  openHandle,
  type SocketState,
  type StatefulSocket,
  uncheckedHandle,
} from './socket/state.ts';
import { bindSync, connectSync } from './socket/synchronous.ts';
import {
  isListener,
  validateBufferSize,
  validateNumber,
  validateString,
} from './socket/validation.ts';
import type {
  Socket as PublicSocket,
  SocketConstructor,
  SocketEventMap,
  SocketOptions,
  SocketType,
} from './types/index.ts';

class Socket extends EventEmitter<SocketEventMap> implements PublicSocket {
  declare readonly [kState]: SocketState;
  declare readonly type: SocketType;

  constructor(type: SocketType | SocketOptions, listener?: unknown) {
    super();
    initialize(this, type, listener);
  }

  bind(port?: unknown, address?: unknown, ...rest: unknown[]): this {
    bind(this, port, address, rest.at(-1) ?? address ?? port);
    return this;
  }

  bindSync(options: unknown = {}): AddressInfo {
    bindSync(this, options);
    return this.address();
  }

  connect(port: unknown, address?: unknown, callback?: unknown): void {
    connect(this, port, address, callback);
  }

  connectSync(port: unknown, address?: unknown): void {
    connectSync(this, port, address);
  }

  disconnect(): void {
    disconnect(this);
  }

  /** The oldest form of `send`, with each argument in its place. */
  sendto(
    message: unknown,
    offset: unknown,
    length: unknown,
    port: unknown,
    address: unknown,
    callback?: unknown,
  ): void {
    validateNumber(offset, 'offset');
    validateNumber(length, 'length');
    validateNumber(port, 'port');
    validateString(address, 'address');
    this.send(message, offset, length, port, address, callback);
  }

  send(
    message: unknown,
    offset?: unknown,
    length?: unknown,
    port?: unknown,
    address?: unknown,
    callback?: unknown,
  ): void {
    send(this, message, offset, length, port, address, callback);
  }

  sendMany(payloads: unknown, target?: unknown, address?: unknown, callback?: unknown): number {
    return sendMany(this, payloads, target, address, callback);
  }

  close(callback?: unknown): this {
    if (isListener(callback)) this.on('close', callback);
    close(this);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this[kState].handle) return;
    await new Promise<void>((resolve) => this.close(resolve));
  }

  address(): AddressInfo {
    const local = openHandle(this[kState]).localAddress();
    if (typeof local === 'number') throw systemCallError(local, 'getsockname');
    return local;
  }

  remoteAddress(): AddressInfo {
    const handle = openHandle(this[kState]);
    if (this[kState].connection !== 'connected') throw notConnected();
    const peer = handle.remoteAddress();
    if (typeof peer === 'number') throw systemCallError(peer, 'getpeername');
    return peer;
  }

  ref(): this {
    this[kState].handle?.ref();
    return this;
  }

  unref(): this {
    this[kState].handle?.unref();
    return this;
  }

  setBroadcast(flag: unknown): void {
    setOption(this, 'broadcast', 'setBroadcast', flag ? 1 : 0);
  }

  setTTL(ttl: unknown): number {
    validateNumber(ttl, 'ttl');
    setOption(this, 'ttl', 'setTTL', ttl);
    return ttl;
  }

  setMulticastTTL(ttl: unknown): number {
    validateNumber(ttl, 'ttl');
    setOption(this, 'multicastTTL', 'setMulticastTTL', ttl);
    return ttl;
  }

  setMulticastLoopback<Flag>(flag: Flag): Flag {
    setOption(this, 'multicastLoopback', 'setMulticastLoopback', flag ? 1 : 0);
    return flag;
  }

  setMulticastInterface(interfaceAddress: unknown): void {
    openHandle(this[kState]);
    validateString(interfaceAddress, 'interfaceAddress');
    const handle = changeableHandle(this[kState], 'setMulticastInterface');
    throwIfFailed(handle.setMulticastInterface(interfaceAddress), 'setMulticastInterface');
  }

  addMembership(multicastAddress: unknown, interfaceAddress?: unknown): void {
    setMembership(this, true, multicastAddress, interfaceAddress);
  }

  dropMembership(multicastAddress: unknown, interfaceAddress?: unknown): void {
    setMembership(this, false, multicastAddress, interfaceAddress);
  }

  addSourceSpecificMembership(source: unknown, group: unknown, interfaceAddress?: unknown): void {
    setSourceMembership(this, true, source, group, interfaceAddress);
  }

  dropSourceSpecificMembership(source: unknown, group: unknown, interfaceAddress?: unknown): void {
    setSourceMembership(this, false, source, group, interfaceAddress);
  }

  setRecvBufferSize(size: unknown): void {
    validateBufferSize(size);
    setBufferSize(changeableHandle(this[kState], 'bufferSize'), 'receiveBufferSize', size);
  }

  setSendBufferSize(size: unknown): void {
    validateBufferSize(size);
    setBufferSize(changeableHandle(this[kState], 'bufferSize'), 'sendBufferSize', size);
  }

  getRecvBufferSize(): number {
    return getBufferSize(uncheckedHandle(this[kState], 'bufferSize'), 'receiveBufferSize');
  }

  getSendBufferSize(): number {
    return getBufferSize(uncheckedHandle(this[kState], 'bufferSize'), 'sendBufferSize');
  }

  getReceiveDropCount(): number | undefined {
    const count = openHandle(this[kState]).dropCount();
    return count < 0 ? undefined : count;
  }

  getSendQueueSize(): number {
    uncheckedHandle(this[kState], 'getSendQueueSize');
    return this[kState].sendQueue?.size ?? 0;
  }

  getSendQueueCount(): number {
    uncheckedHandle(this[kState], 'getSendQueueCount');
    return this[kState].sendQueue?.count ?? 0;
  }
}

function throwIfFailed(errno: number, syscall: string): void {
  if (errno < 0) throw systemCallError(errno, syscall);
}

/** `method` is what errors name as the system call. */
function setOption(
  socket: StatefulSocket,
  option: IntegerOption,
  method: string,
  value: number,
): void {
  throwIfFailed(changeableHandle(socket[kState], method).setOption(option, value), method);
}

/**
 * A membership binds the socket, and tells the network (IGMP, MLD). node:dgram asks for no permission to do so; here it
 * takes one, or an addon would reach the network for a process that may not.
 */
function setMembership(
  socket: StatefulSocket,
  join: boolean,
  group: unknown,
  interfaceAddress: unknown,
): void {
  openHandle(socket[kState]);
  if (!group) throw missingArgument('multicastAddress');
  // Once: the permission is for the text that is used.
  const text = `${group}`;
  requireNetwork(text);
  const handle = changeableHandle(socket[kState], 'addMembership');
  const errno = handle.setMembership({
    join,
    group: text,
    interfaceAddress: textOrNone(interfaceAddress),
    source: undefined,
  });
  throwIfFailed(errno, join ? 'addMembership' : 'dropMembership');
}

function setSourceMembership(
  socket: StatefulSocket,
  join: boolean,
  source: unknown,
  group: unknown,
  interfaceAddress: unknown,
): void {
  openHandle(socket[kState]);
  validateString(source, 'sourceAddress');
  validateString(group, 'groupAddress');
  requireNetwork(group);
  const handle = changeableHandle(socket[kState], 'addSourceSpecificMembership');
  const errno = handle.setMembership({
    join,
    group,
    source,
    interfaceAddress: textOrNone(interfaceAddress),
  });
  throwIfFailed(errno, join ? 'addSourceSpecificMembership' : 'dropSourceSpecificMembership');
}

/** Unlike `String`, this throws where a value is a symbol, as `node:dgram` does. */
function textOrNone(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : `${value}`;
}

/** Makes a socket of what has been an emitter of events so far. */
function initialize(socket: Socket, type: unknown, listener: unknown): void {
  const settings = readSettings(type);
  const state = createState(settings, new SocketEvents(socket, settings.receiveBlockList));
  Object.defineProperty(socket, kState, { value: state });
  Object.assign(socket, { type: settings.type });
  if (isListener(listener)) socket.on('message', listener);
  if (settings.signal) closeOnAbort(socket, settings.signal);
  publish(socket);
}

/**
 * The class as programs get it. It can be called without `new` on an object that inherits from
 * it, as classes made by `util.inherits` do.
 */
const CallableSocket: SocketConstructor = new Proxy(Socket, {
  apply(_class, self: unknown, [type, listener]: unknown[]) {
    if (!(self instanceof Socket)) {
      throw new TypeError(
        'Socket was called on something that does not inherit from it; use createSocket',
      );
    }
    Reflect.apply(EventEmitter, self, []);
    initialize(self, type, listener);
  },
  construct(socketClass, args: ConstructorParameters<typeof Socket>, wanted) {
    // With the proxy for `new.target`, V8 before Node 22 gives each socket a hidden class of its own: 20 µs each.
    return Reflect.construct(socketClass, args, wanted === CallableSocket ? socketClass : wanted);
  },
});
Object.defineProperty(Socket.prototype, 'constructor', { value: CallableSocket });
for (const method of Object.getOwnPropertyNames(Socket.prototype)) {
  // As in node:dgram, so that a loop over the prototype, to wrap its methods, finds them.
  if (method !== 'constructor')
    Object.defineProperty(Socket.prototype, method, { enumerable: true });
}
addLegacyMembers(Socket.prototype);

export { CallableSocket as Socket };

/**
 * Makes a socket. It has no port until it is bound, by `bind` or by its first `send`.
 *
 * @param type The family, or options with a `type`.
 * @param listener Added as a listener of `'message'`.
 * @throws `ERR_SOCKET_BAD_TYPE`; `ERR_INVALID_ARG_TYPE` and `ERR_OUT_OF_RANGE` for options.
 * @example
 * const socket = createSocket({ type: 'udp6', reusePort: true });
 */
export function createSocket(
  type: SocketType | SocketOptions,
  listener?: (...args: SocketEventMap['message']) => void,
): PublicSocket {
  return new Socket(type, listener);
}
