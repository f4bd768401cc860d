/**
 * What sockets of older Node lines still answer although it was never documented (DEP0112): old libraries read it.
 * On lines whose own sockets do not, Volley's do not either.
 */
import { deprecate } from 'node:util';
import type { Endpoint } from '../driver.ts';
import { currentDriver } from '../drivers/select.ts';
import { errnoOf } from '../errors/system.ts';
import { moduleMember, nodeDgram } from '../node-dgram/module.ts';
import { kState, openHandle, type SocketState, type StatefulSocket } from './state.ts';

/** Sockets that `_stopReceiving` was called on. */
const stopped = new WeakSet<SocketState>();

/** The `_handle` of each socket that was asked for it. */
const handles = new WeakMap<SocketState, LegacyHandle>();

/** The descriptor of a socket that has none. */
const NO_DESCRIPTOR = errnoOf('EBADF');

const BINDING_NUMBERS = { unbound: 0, binding: 1, bound: 2 } as const;

/** What programs call on `_handle`: not all that Node's has, since sending and binding by it cannot work here. */
class LegacyHandle {
  readonly #state: SocketState;

  constructor(state: SocketState) {
    this.#state = state;
  }

  get fd(): number {
    return this.#state.handle?.descriptor() ?? NO_DESCRIPTOR;
  }

  ref(): void {
    this.#state.handle?.ref();
  }

  unref(): void {
    this.#state.handle?.unref();
  }

  hasRef(): boolean {
    return this.#state.handle?.hasRef() ?? false;
  }

  getsockname(out: object): number {
    return copyEndpoint(this.#state.handle?.localAddress(), out);
  }

  getpeername(out: object): number {
    return copyEndpoint(this.#state.handle?.remoteAddress(), out);
  }

  recvStart(): number {
    return this.#state.handle?.startReceiving() ?? NO_DESCRIPTOR;
  }

  recvStop(): number {
    this.#state.handle?.stopReceiving();
    return 0;
  }

  getSendQueueSize(): number {
    return this.#state.sendQueue?.size ?? 0;
  }

  getSendQueueCount(): number {
    return this.#state.sendQueue?.count ?? 0;
  }
}

function copyEndpoint(endpoint: Endpoint | number | undefined, out: object): number {
  if (typeof endpoint !== 'object') return endpoint ?? NO_DESCRIPTOR;
  Object.assign(out, endpoint);
  return 0;
}

function handleOf(state: SocketState): LegacyHandle | null {
  if (!state.handle) return null;
  let handle = handles.get(state);
  if (!handle) {
    handle = new LegacyHandle(state);
    handles.set(state, handle);
  }
  return handle;
}

function isReceiving(state: SocketState): boolean {
  return state.handle !== undefined && state.binding === 'bound' && !stopped.has(state);
}

/** Has its effect on a socket that is not bound yet, which gets a handle made anew. */
function setReuseAddress(state: SocketState, reuseAddr: boolean): void {
  if (!state.handle || state.binding !== 'unbound') return;
  const wasReferenced = state.handle.hasRef();
  state.handle.close();
  state.settings = { ...state.settings, reuseAddr };
  state.handle = currentDriver().open(state.settings, state.events);
  if (!wasReferenced) state.handle.unref();
}

/** What each property tells of a socket. */
const PROPERTIES: Readonly<Record<string, (state: SocketState) => unknown>> = {
  _handle: handleOf,
  _receiving: isReceiving,
  _bindState: (state) => BINDING_NUMBERS[state.binding],
  _queue: (state) => state.waiting,
  _reuseAddr: (state) => state.settings.reuseAddr,
};

const METHODS: Readonly<Record<string, (state: SocketState) => void>> = {
  _healthCheck: openHandle,
  _stopReceiving(state) {
    if (!isReceiving(state)) return;
    state.handle?.stopReceiving();
    stopped.add(state);
  },
};

/** Gives `prototype` those of them that the sockets of the running Node have. */
export function addLegacyMembers(prototype: object): void {
  for (const [name, read] of Object.entries(PROPERTIES)) addProperty(prototype, name, read);
  for (const [name, run] of Object.entries(METHODS)) addMethod(prototype, name, run);
}

function isAnswered(name: string): boolean {
  return name in nodeDgram.Socket.prototype;
}

function warning(name: string): [message: string, code: string] {
  return [`Socket.prototype.${name} is deprecated`, 'DEP0112'];
}

function addProperty(prototype: object, name: string, read: (state: SocketState) => unknown): void {
  if (!isAnswered(name)) return;
  function get(this: StatefulSocket): unknown {
    return read(this[kState]);
  }
  function set(this: StatefulSocket, value: unknown): void {
    if (name !== '_reuseAddr') throw new TypeError(unchangeable(name));
    setReuseAddress(this[kState], Boolean(value));
  }
  Object.defineProperty(prototype, name, {
    get: deprecate(get, ...warning(name)),
    set: deprecate(set, ...warning(name)),
  });
}

function unchangeable(name: string): string {
  const way = name === '_handle' ? '; bind({ fd }) takes over a descriptor' : '';
  return `${name} of a Volley socket can be read but not set${way}`;
}

function addMethod(prototype: object, name: string, run: (state: SocketState) => void): void {
  if (!isAnswered(name)) return;
  function method(this: StatefulSocket): void {
    run(this[kState]);
  }
  Object.assign(prototype, { [name]: deprecate(method, ...warning(`${name}()`)) });
}

/** What the running Node exports besides. Its handles can be given to `bind`. */
export function legacyExports(): object {
  const name = '_createSocketHandle';
  const member = moduleMember(name);
  return member === undefined ? {} : { [name]: member };
}
