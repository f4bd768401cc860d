/**
 * The seam: what a `Socket` asks of the system below it.
 *
 * `Socket` talks to a {@link Handle} and never knows which {@link Driver} made it. A driver knows
 * system calls and readiness; it decides nothing about the API. Two rules hold for every method:
 *
 * - A failure is a **negative errno** in the return value (`-98` for `EADDRINUSE`, as in libuv and
 *   the kernel), never an exception. Zero or more is success.
 * - Datagrams cross in **batches**, in both directions.
 *
 * Drivers: `drivers/linux` (the native addon) and `drivers/builtin` (over `node:dgram`).
 */

import { constants } from 'node:os';

/** What {@link Handle.send} returns when the system takes no more for now: `-EAGAIN`. */
export const WOULD_BLOCK: number = -constants.errno.EAGAIN;

/** The family of a socket or an address, in the words of `rinfo.family`. */
export type Family = 'IPv4' | 'IPv6';

/** The two ends of a socket, as `socket.address()` and `socket.remoteAddress()` show them. */
export interface Endpoint {
  /** Numeric text; a link-local IPv6 address carries `%` and the name of its interface. */
  address: string;
  family: Family;
  /** 0–65535. */
  port: number;
}

/** A numeric address, parsed once by a driver and used for many datagrams. The engine only passes it on. */
export interface Address {
  /** The text it was parsed from. */
  readonly text: string;
  /** The same in the driver's own binary form; empty where the driver goes by the text. */
  readonly record: Uint32Array;
}

/** What a socket is made with; it takes effect when it is bound. */
export interface OpenOptions {
  readonly family: Family;
  /** SO_REUSEADDR (socket(7)). */
  readonly reuseAddr: boolean;
  /** SO_REUSEPORT (socket(7), Linux 3.9+). */
  readonly reusePort: boolean;
  /** IPV6_V6ONLY (ipv6(7)). */
  readonly ipv6Only: boolean;
  /** Whether the driver may hand several datagrams to the system as one message (UDP_SEGMENT, udp(7)). */
  readonly gso: boolean;
  /** Whether the driver may take several datagrams from the system as one message (UDP_GRO, udp(7)). */
  readonly gro: boolean;
}

/** A socket that the workers of a cluster share: bound by the primary, or its descriptor. */
export type SharedTarget =
  | { readonly address: string; readonly port: number }
  | { readonly fd: number };

/** The socket options that carry one integer. */
export type IntegerOption =
  | 'ttl'
  | 'multicastTTL'
  | 'multicastLoopback'
  | 'broadcast'
  | 'receiveBufferSize'
  | 'sendBufferSize';

/** Joining or leaving a multicast group; with `source` it is source-specific (RFC 4607). */
export interface MembershipRequest {
  readonly join: boolean;
  /** Numeric text of the group. */
  readonly group: string;
  /** IPv4: an address of the interface. IPv6: any address with `%interface`. */
  readonly interfaceAddress: string | undefined;
  /** Numeric text of the only source wanted. */
  readonly source: string | undefined;
}

/** A handle of Node's own C++ for a UDP socket, as `process.send` passes it on. */
export interface NativeHandle {
  /** Negative where there is none. */
  readonly fd: number;
  recvStart(): unknown;
  recvStop(): unknown;
  hasRef(): boolean;
  close(): unknown;
}

/**
 * Datagrams on their way out, oldest first. The engine fills it, the driver reads it.
 * Datagram `i` has its payload in `bytes` from `offsets[i]` up to `offsets[i + 1]`.
 */
export interface SendBatch {
  readonly bytes: Uint8Array;
  /** In bytes, one more than there are datagrams. */
  readonly offsets: Uint32Array;
  /** Destination of each datagram; `undefined` goes to the peer that the socket is connected to. */
  readonly addresses: readonly (Address | undefined)[];
  /** Destination port of each datagram; 0 where the socket is connected. */
  readonly ports: Uint16Array;
  /** The first datagram that is not yet sent. */
  readonly first: number;
  /** One past the last datagram. */
  readonly count: number;
}

/** Datagrams that arrived together. */
export interface ReceivedBatch {
  readonly count: number;
  /** All payloads, end to end. */
  readonly bytes: Buffer;
  /** Where the payload of datagram `index` begins in `bytes`. */
  offset(index: number): number;
  /** Payload length in bytes. */
  size(index: number): number;
  /** The payload of datagram `index`: a view, it shares its memory with its neighbours. */
  payload(index: number): Buffer;
  /** Source address, numeric text, with `%interface` where it is link-local. */
  address(index: number): string;
  family(index: number): Family;
  port(index: number): number;
}

/** What a driver tells the owner of a handle. */
export interface HandleEvents {
  /**
   * A batch has arrived. Returns how many deliveries it asks for; the driver then calls
   * {@link deliver} so many times, each in a callback scope of its own, so that `process.nextTick`
   * callbacks and promise jobs run in between, and stops where the handle is closed. Must not run
   * code of the user.
   */
  received(batch: ReceivedBatch): number;
  /** Hands the next delivery to the user. */
  deliver(): void;
  /**
   * What was sent since the batch began is to leave now: handlers take their time, or the rest of
   * the batch is not delivered. Runs in a callback scope.
   */
  flush(): void;
  /** Receiving failed with this negative errno; the socket goes on. Runs in a callback scope. */
  receiveFailed(errno: number): void;
  /** After a `send` that returned `-EAGAIN`: sending may go on. Runs in a callback scope. */
  writable(): void;
  /** The system closed the socket, as a cluster does with shared ones when its worker disconnects. */
  closed(): void;
}

/** One socket of the system. Its file descriptor comes to be with `bind` or `adopt`. */
export interface Handle {
  /** `address` is numeric text of the socket's family; port 0 lets the system choose. */
  bind(address: string, port: number): number;
  /**
   * Only where the runtime cannot bind within a call, and `bind` is `-ENOTSUP` for that reason: `done`
   * gets 0 or a negative errno, later.
   */
  bindLater?(address: string, port: number, done: (errno: number) => void): void;
  /**
   * Only where the driver itself asks the cluster's primary: takes a socket that the workers share.
   * `done` gets 0 or a negative errno, later.
   */
  bindShared?(target: SharedTarget, done: (errno: number) => void): void;
  /**
   * Where the driver does not: takes over a duplicate of what the primary gave, like `adopt`. The
   * descriptor itself stays the cluster's to close.
   */
  adoptDuplicate?(fd: number): number | string;
  /**
   * Takes over a descriptor, which is closed with the handle from then on. A text in return says
   * what else than a UDP socket the descriptor is: `'TCP'`, `'PIPE'`, `'TTY'`, `'FILE'`, `'UNKNOWN'`.
   */
  adopt(fd: number): number | string;
  /** Takes over the socket of one of Node's own handles, which is used up. As {@link adopt}. */
  adoptNative(native: NativeHandle): number | string;
  /**
   * One of Node's own handles for the same socket, for `process.send` to pass on, or a negative errno:
   * `-EBADF` while there is no descriptor. It lives as long as this handle. From now on others may read from the socket.
   */
  nativeHandle(): NativeHandle | number;
  /** The descriptor, which stays the handle's, or a negative errno while there is none. From now on others may read from it. */
  descriptor(): number;
  /**
   * Sets the peer, connect(2). `done` gets 0 or a negative errno, before `connect` returns where
   * the system can say so at once; see `drivers/builtin` for where it cannot.
   */
  connect(address: string, port: number, done: (errno: number) => void): void;
  disconnect(): number;
  localAddress(): Endpoint | number;
  remoteAddress(): Endpoint | number;

  startReceiving(): number;
  /** What is not delivered yet waits from now on, here or in the system, until receiving starts again. */
  stopReceiving(): void;

  /**
   * Parses numeric text of the socket's family into a destination for `send`: what `net.isIP` takes for an address. An
   * `answer` of a lookup may have any scope that the system takes; the name of an interface with a `_` is none to `isIP`.
   */
  parseAddress(text: string, answer?: boolean): Address | number;
  /**
   * Sends from `batch.first` on, without blocking. Returns how many datagrams left (one or more), or
   * the negative errno of the first. `-EAGAIN`: nothing left; {@link HandleEvents.writable} follows.
   * The caller keeps these datagrams and offers them again, the same one first, maybe more behind.
   */
  send(batch: SendBatch): number;
  /**
   * Only where `send` tells outcomes later than datagrams leave: lets those of a batch leave that is
   * not the first yet. They are offered to `send` in their turn.
   */
  takeAhead?(batch: SendBatch): void;

  setOption(option: IntegerOption, value: number): number;
  /** The value, or a negative errno. */
  getOption(option: IntegerOption): number;
  setMulticastInterface(address: string): number;
  setMembership(request: MembershipRequest): number;
  /**
   * Messages that arrived and that the system dropped, of this socket, modulo 2 ** 32; a merged one counts once. 0 while
   * there is no descriptor; a negative errno where the system does not tell.
   */
  dropCount(): number;

  /** Whether the open socket keeps the process running. */
  ref(): void;
  unref(): void;
  hasRef(): boolean;
  /**
   * Frees everything at once, the port too. Returns whether datagrams are still under way, which
   * `send` answered with `-EAGAIN`: then `writable` comes once more, and offering them again tells
   * what became of them. No other event comes after it.
   */
  close(): boolean;
}

/** A maker of handles. */
export interface Driver {
  readonly name: 'linux' | 'builtin';
  /** Whether it hands several datagrams to the system as one message, and takes them so, see {@link OpenOptions}. */
  readonly offload: { readonly gso: boolean; readonly gro: boolean };
  open(options: OpenOptions, events: HandleEvents): Handle;
}
