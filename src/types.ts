/** What a program sees of Volley, with its units, ranges and errors. */
import type { LookupOneOptions } from 'node:dns';
import type { Abortable, EventEmitter } from 'node:events';
import type { AddressInfo, BlockList } from 'node:net';

/** IPv4 or IPv6. A `udp6` socket also speaks IPv4, by addresses like `::ffff:192.0.2.1` (RFC 4291 § 2.5.5.2). */
export type SocketType = 'udp4' | 'udp6';

/** The bytes of one datagram, or of one part of it. */
export type Payload = string | NodeJS.ArrayBufferView;

/** Where a datagram came from, and how long it is. */
export interface RemoteInfo {
  /** Numeric text. An IPv6 link-local source carries its interface: `fe80::1%eth0` (RFC 4007 § 11). */
  address: string;
  family: 'IPv4' | 'IPv6';
  /** 0–65535; 0 where the sender wants no answer (RFC 768). */
  port: number;
  /** Payload length in bytes. */
  size: number;
}

/** Options of {@link Socket.bind}. */
export interface BindOptions {
  /** 0–65535. Without one, or with 0, the system chooses. */
  port?: number | undefined;
  /** A numeric address or a host name. Default: all interfaces. */
  address?: string | undefined;
  /** In a cluster worker: `true` for a socket of its own, `false` (default) to share the primary's. */
  exclusive?: boolean | undefined;
  /** A descriptor above 0 of an existing UDP socket, in place of port and address; it is closed with the socket. */
  fd?: number | undefined;
}

/** Options of {@link Socket.bindSync}. */
export interface BindSyncOptions {
  /** 0–65535. Without one, or with 0, the system chooses. */
  port?: number | undefined;
  /** A numeric address. Default: all interfaces. */
  address?: string | undefined;
}

/** Resolves a host name; the signature of `dns.lookup`. The socket's family stands in `options` as a number. */
export type LookupFunction = (
  hostname: string,
  options: LookupOneOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

/** Options of `createSocket`. */
export interface SocketOptions extends Abortable {
  type: SocketType;
  /** SO_REUSEADDR (socket(7)): bind to a port that is in use; one of its sockets gets the datagrams. Default `false`. */
  reuseAddr?: boolean | undefined;
  /** SO_REUSEPORT (socket(7), Linux 3.9+): the kernel spreads the flows over all sockets of the port. Default `false`. */
  reusePort?: boolean | undefined;
  /** IPV6_V6ONLY (ipv6(7)): a socket bound to `::` leaves IPv4 alone. Default `false`. */
  ipv6Only?: boolean | undefined;
  /** SO_RCVBUF in bytes, set once the socket is bound. Linux doubles it, up to twice `net.core.rmem_max`. */
  recvBufferSize?: number | undefined;
  /** SO_SNDBUF in bytes, set once the socket is bound. Linux doubles it, up to twice `net.core.wmem_max`. */
  sendBufferSize?: number | undefined;
  /** Called for every address, numeric ones too. Default: `dns.lookup`, which sending to a numeric address leaves out. */
  lookup?: LookupFunction | undefined;
  /** Datagrams from these sources are dropped without a word. */
  receiveBlockList?: BlockList | undefined;
  /** Sending or connecting to these addresses fails with `ERR_IP_BLOCKED`. */
  sendBlockList?: BlockList | undefined;
}

/** Called when a datagram was handed to the system (`bytes` of payload), or failed. */
export type SendCallback = (error: Error | null, bytes: number) => void;

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
  bind(port: number, callback: () => void): this;
  bind(callback: () => void): this;
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
   * @param offset First byte of `message` to be sent, with `length`. Not for arrays.
   * @param length In bytes, also where `message` is text.
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
  send(message: Payload | readonly Payload[], port?: number, callback?: SendCallback): void;
  send(message: Payload | readonly Payload[], callback?: SendCallback): void;
  send(
    message: Payload,
    offset: number,
    length: number,
    port?: number,
    address?: string,
    callback?: SendCallback,
  ): void;
  send(
    message: Payload,
    offset: number,
    length: number,
    port?: number,
    callback?: SendCallback,
  ): void;
  send(message: Payload, offset: number, length: number, callback?: SendCallback): void;

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
  readonly prototype: Socket;
}
