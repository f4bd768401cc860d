/** The socket: its events and methods, with their units, ranges and errors. */
import type { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import type {
  Destination,
  MessageBatch,
  Payload,
  PayloadBlock,
  RemoteInfo,
  SendCallback,
  SendManyCallback,
} from './datagrams.ts';
import type { BindOptions, BindSyncOptions, SocketOptions, SocketType } from './options.ts';

/** The events of a {@link Socket} and what their listeners are given. `this` is the socket. */
export interface SocketEventMap {
  /** After {@link Socket.close}. No `'message'` comes after it. */
  close: [];
  /** A peer is set, see {@link Socket.connect}. */
  connect: [];
  /** Binding, resolving a name or receiving failed. The socket stays usable. */
  error: [error: Error];
  /** The socket is bound, by {@link Socket.bind} or by the first {@link Socket.send}. */
  listening: [];
  /** A datagram has arrived. `message` may share its memory with others that arrived along with it. */
  message: [message: Buffer<ArrayBuffer>, source: RemoteInfo];
  /**
   * Volley's own: datagrams have arrived, all of them at once. They come as `'message'` too, afterwards, where that has
   * listeners, and cost nothing for it where it has none.
   */
  messages: [batch: MessageBatch];
  /** Volley's own: the queue had reached its `sendHighWaterMark`, or took nothing while the socket was being bound, and all that waited has left. */
  drain: [];
}

/**
 * A UDP socket: what `createSocket` returns.
 *
 * @example
 * const socket = dgram.createSocket('udp4', (message, { address, port }) => {
 *   console.log(`${message} from ${address}:${port}`);
 * });
 * socket.bind(41234, () => socket.send('hello', 41234, '127.0.0.1'));
 */
export interface Socket extends EventEmitter<SocketEventMap> {
  /**
   * Binds to a port and address, bind(2); `'listening'` follows, in a later tick unless a descriptor is given or
   * a lookup of one's own answers at once.
   * What goes wrong later (`EADDRINUSE`, `EADDRNOTAVAIL`, a name that does not resolve) comes as an `'error'` event.
   *
   * @param port 0–65535, 0 (default) lets the system choose.
   * @param address Numeric address or host name. Default: all interfaces, `0.0.0.0` or `::`.
   * @param callback Called once, on `'listening'`.
   * @throws `ERR_SOCKET_ALREADY_BOUND` also while binding; `ERR_SOCKET_DGRAM_NOT_RUNNING` after `close`;
   * `ERR_INVALID_FD_TYPE` where `fd` is not a UDP socket.
   */
  bind(port?: number, address?: string, callback?: () => void): this;
  /** On all interfaces. */
  bind(port: number, callback: () => void): this;
  /** On all interfaces, to a port that the system chooses. */
  bind(callback: () => void): this;
  /** The same with names, and to an existing descriptor. */
  bind(options: BindOptions, callback?: () => void): this;

  /**
   * Binds at once, without resolving names and without sharing in a cluster. `'listening'` comes in the next tick.
   *
   * @returns The bound address, as {@link Socket.address} has it.
   * @throws What bind(2) says, for example `EADDRINUSE`; `ERR_INVALID_ARG_VALUE` for a host name; `ERR_SOCKET_ALREADY_BOUND`.
   * @example
   * const { port } = socket.bindSync({ address: '127.0.0.1' });
   */
  bindSync(options?: BindSyncOptions): AddressInfo;

  /**
   * Sets the peer, connect(2): `send` goes there, and only its datagrams are received. Binds first where needed.
   * A failure goes to `callback`, or without one to `'error'`.
   *
   * @param port 1–65535.
   * @param address Numeric address or host name. Default: `127.0.0.1` or `::1`.
   * @throws `ERR_SOCKET_DGRAM_IS_CONNECTED` also while connecting; `ERR_SOCKET_BAD_PORT`.
   */
  connect(port: number, address?: string, callback?: () => void): void;
  /** To this machine: `127.0.0.1` or `::1`. */
  connect(port: number, callback: () => void): void;

  /**
   * Like {@link Socket.connect}, at once and without resolving names. `'connect'` comes in the next tick.
   *
   * @throws What connect(2) says; `ERR_INVALID_ARG_VALUE` for a host name; `ERR_SOCKET_ALREADY_BOUND` while binding.
   */
  connectSync(port: number, address?: string): void;

  /**
   * Forgets the peer.
   * @throws `ERR_SOCKET_DGRAM_NOT_CONNECTED`
   */
  disconnect(): void;

  /**
   * Sends one datagram. Its bytes are copied before the call returns, the datagram leaves before the
   * tick ends, in the order of the calls. Binds to a random port where needed.
   *
   * @param message Text is sent as UTF-8. The parts of an array are sent as one datagram.
   * At most 65,507 bytes on IPv4 and 65,527 on IPv6 (RFC 768), or `EMSGSIZE`.
   * @param port 1–65535. Not for a connected socket.
   * @param address Numeric address or host name. Default: `127.0.0.1` or `::1`. Not for a connected socket.
   * @param callback Gets the error, or `null` and the number of bytes. Without one, errors of
   * resolving come as `'error'`; those of sending are dropped, as in `node:dgram`.
   * @throws `ERR_INVALID_ARG_TYPE`, `ERR_BUFFER_OUT_OF_BOUNDS`, `ERR_SOCKET_BAD_PORT`,
   * `ERR_SOCKET_DGRAM_IS_CONNECTED`, `ERR_SOCKET_DGRAM_NOT_RUNNING`.
   * @example
   * socket.send(['id=', id], 8125, '127.0.0.1', (error, bytes) => {});
   */
  send(
    message: Payload | readonly Payload[],
    port?: number,
    address?: string,
    callback?: SendCallback,
  ): void;
  /** To this machine: `127.0.0.1` or `::1`. */
  send(message: Payload | readonly Payload[], port?: number, callback?: SendCallback): void;
  /** To the peer, on a connected socket. */
  send(message: Payload | readonly Payload[], callback?: SendCallback): void;
  /**
   * Sends a part of `message`.
   *
   * @param offset First byte of `message` to be sent.
   * @param length In bytes, also where `message` is text.
   */
  send(
    message: Payload,
    offset: number,
    length: number,
    port?: number,
    address?: string,
    callback?: SendCallback,
  ): void;
  /** Sends a part of `message` to this machine. */
  send(
    message: Payload,
    offset: number,
    length: number,
    port?: number,
    callback?: SendCallback,
  ): void;
  /** Sends a part of `message` to the peer, on a connected socket. */
  send(message: Payload, offset: number, length: number, callback?: SendCallback): void;

  /**
   * Volley's own: sends many datagrams in one call, each as `send` would, but names are not resolved. What was
   * accepted is sent in order, along with what `send` is given.
   *
   * The queue takes datagrams until it holds `sendHighWaterMark` bytes (1 MiB where `createSocket` was not told
   * otherwise) or 65,536 datagrams that the system has no room for. Those behind are not accepted: send them
   * again, from there on, after `'drain'`. An unbound socket is bound first; one that is being bound accepts nothing yet.
   *
   * @param payloads Datagrams, copied at the call.
   * @param port 1–65535.
   * @param address Numeric. Default: `127.0.0.1` or `::1`.
   * @param callback Called once, when it is known of all accepted datagrams what became of them. `util.promisify`
   * makes a promise of it, which fulfills with how many were sent.
   * @returns How many datagrams were accepted: the first ones.
   * @throws What {@link Socket.send} throws, before anything is sent; `ERR_INVALID_ARG_VALUE` where payloads and
   * destinations are not as many.
   * @example
   * let next = 0;
   * const sendOn = () => {
   *   next += socket.sendMany(payloads.slice(next), 8125, '127.0.0.1');
   *   if (next < payloads.length) socket.once('drain', sendOn);
   * };
   * sendOn();
   */
  sendMany(
    payloads: readonly Payload[] | PayloadBlock,
    port: number,
    address?: string,
    callback?: SendManyCallback,
  ): number;
  /** To this machine: `127.0.0.1` or `::1`. */
  sendMany(
    payloads: readonly Payload[] | PayloadBlock,
    port: number,
    callback: SendManyCallback,
  ): number;
  /**
   * To many destinations.
   *
   * @param destinations One for each payload, or for one payload that goes to all of them.
   */
  sendMany(
    payloads: readonly Payload[] | PayloadBlock | Payload,
    destinations: readonly Destination[],
    callback?: SendManyCallback,
  ): number;
  /** On a connected socket. */
  sendMany(payloads: readonly Payload[] | PayloadBlock, callback?: SendManyCallback): number;

  /**
   * Closes the socket; its port is free when the call returns, `'close'` comes in the next tick. A socket that is
   * being bound for a `send` or `connect` does so first.
   * Datagrams accepted before are sent; those that the system does not take now fail with `ECANCELED`.
   *
   * @param callback Added as a listener of `'close'`.
   * @throws `ERR_SOCKET_DGRAM_NOT_RUNNING` when it is closed already.
   */
  close(callback?: () => void): this;
  /** Closes the socket if it is open; fulfills when it is closed. */
  [Symbol.asyncDispose](): Promise<void>;

  /**
   * The local address, getsockname(2).
   * @throws `EBADF` before it is bound; `ERR_SOCKET_DGRAM_NOT_RUNNING` after `close`.
   */
  address(): AddressInfo;
  /**
   * The peer's address, getpeername(2).
   * @throws `ERR_SOCKET_DGRAM_NOT_CONNECTED`
   */
  remoteAddress(): AddressInfo;

  /** Lets the open socket keep the process running, which is the default. */
  ref(): this;
  /** Lets the process end although the socket is open. */
  unref(): this;

  /**
   * SO_BROADCAST (socket(7)): allows sending to a broadcast address, which fails with `EACCES` otherwise.
   * @throws `EBADF` before it is bound.
   */
  setBroadcast(flag: boolean): void;
  /**
   * IP_TTL (ip(7)) or IPV6_UNICAST_HOPS (ipv6(7)) of unicast datagrams.
   * @param ttl 1–255 hops; most systems begin with 64.
   * @returns `ttl`
   * @throws `EINVAL` out of range; `EBADF` before it is bound.
   */
  setTTL(ttl: number): number;
  /**
   * IP_MULTICAST_TTL (ip(7)) or IPV6_MULTICAST_HOPS (ipv6(7)).
   * @param ttl 0–255 hops; 0 stays on this host, 1 (default) on this link.
   * @returns `ttl`
   * @throws `EINVAL` out of range; `EBADF` before it is bound.
   */
  setMulticastTTL(ttl: number): number;
  /**
   * IP_MULTICAST_LOOP (ip(7)) or IPV6_MULTICAST_LOOP (ipv6(7)): whether members on this host get what it sends. Default `true`.
   * @returns `flag`
   * @throws `EBADF` before it is bound.
   */
  setMulticastLoopback(flag: boolean): boolean;
  /**
   * IP_MULTICAST_IF (ip(7)) or IPV6_MULTICAST_IF (ipv6(7)): the interface by which multicast leaves.
   * @param multicastInterface IPv4: an address of the interface, `0.0.0.0` for the system's choice.
   * IPv6: any address with a scope, `::%eth1`, or `::` for the system's choice.
   * @throws `EINVAL`, `EADDRNOTAVAIL`, `ENOPROTOOPT` (the other family); `EBADF` before it is bound.
   */
  setMulticastInterface(multicastInterface: string): void;

  /**
   * Joins a group, IP_ADD_MEMBERSHIP (ip(7)) or IPV6_ADD_MEMBERSHIP (ipv6(7)). An unbound socket is bound to a random port.
   * @param multicastInterface IPv4: an address of the interface; IPv6: any address with a scope. Default: one that the system chooses.
   * @throws `EINVAL`, `ENODEV`, `EADDRINUSE` (joined already); `ERR_MISSING_ARGS`.
   */
  addMembership(multicastAddress: string, multicastInterface?: string): void;
  /**
   * Leaves a group. Closing the socket does so too.
   * @throws `EADDRNOTAVAIL` (never joined), `EINVAL`; `ERR_MISSING_ARGS`.
   */
  dropMembership(multicastAddress: string, multicastInterface?: string): void;
  /**
   * Joins a source-specific channel (RFC 4607): what `sourceAddress` sends to `groupAddress`, in 232.0.0.0/8 or ff3x::/32.
   * @throws `EINVAL`, `ENODEV`, `EADDRNOTAVAIL` (joined already).
   */
  addSourceSpecificMembership(
    sourceAddress: string,
    groupAddress: string,
    multicastInterface?: string,
  ): void;
  /**
   * Leaves a source-specific channel.
   * @throws `EINVAL`, `EADDRNOTAVAIL` (never joined).
   */
  dropSourceSpecificMembership(
    sourceAddress: string,
    groupAddress: string,
    multicastInterface?: string,
  ): void;

  /**
   * SO_RCVBUF in bytes; Linux answers twice what was set (socket(7)).
   * @throws `ERR_SOCKET_BUFFER_SIZE` before it is bound.
   */
  getRecvBufferSize(): number;
  /**
   * SO_SNDBUF in bytes; Linux answers twice what was set (socket(7)).
   * @throws `ERR_SOCKET_BUFFER_SIZE` before it is bound.
   */
  getSendBufferSize(): number;
  /**
   * Sets SO_RCVBUF. Linux allows up to `net.core.rmem_max`.
   * @param size Bytes.
   * @throws `ERR_SOCKET_BAD_BUFFER_SIZE` unless a 32-bit unsigned integer; `ERR_SOCKET_BUFFER_SIZE` before it is bound.
   */
  setRecvBufferSize(size: number): void;
  /**
   * Sets SO_SNDBUF. Linux allows up to `net.core.wmem_max`.
   * @param size Bytes.
   * @throws `ERR_SOCKET_BAD_BUFFER_SIZE` unless a 32-bit unsigned integer; `ERR_SOCKET_BUFFER_SIZE` before it is bound.
   */
  setSendBufferSize(size: number): void;
  /**
   * Volley's own. How many messages the kernel has dropped for this socket since it was opened, as a rule because the receive buffer was full
   * ({@link Socket.setRecvBufferSize}): the counter of SO_RXQ_OVFL (socket(7)), modulo 2 ** 32. It is asked for by SO_MEMINFO, so
   * it costs nothing per datagram. What the kernel had merged (GRO) counts once, as one message of up to 128 datagrams. Short datagrams with
   * a wrong checksum are not in it: the kernel drops them before it knows whose they are.
   * @returns 0 before the socket is bound; `undefined` where the system does not tell: the builtin driver, Linux before 4.12.
   * @throws `ERR_SOCKET_DGRAM_NOT_RUNNING` after `close()`.
   * @example
   * setInterval(() => metrics.gauge('udp.dropped', socket.getReceiveDropCount() ?? 0), 10_000).unref();
   */
  getReceiveDropCount(): number | undefined;
  /** Bytes of payload that wait to be sent: those of this tick, and those the system had no room for yet. */
  getSendQueueSize(): number;
  /** Datagrams that wait to be sent, see {@link Socket.getSendQueueSize}. */
  getSendQueueCount(): number;
}

/** What `Socket` is as a value: a class to extend. Programs make sockets by `createSocket`. */
export interface SocketConstructor {
  new (
    type: SocketType | SocketOptions,
    listener?: (...args: SocketEventMap['message']) => void,
  ): Socket;
  /** What all sockets inherit from. */
  readonly prototype: Socket;
}
