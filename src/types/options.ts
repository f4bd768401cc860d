/** The options that sockets are made and bound with. */
import type { LookupOneOptions } from 'node:dns';
import type { Abortable } from 'node:events';
import type { BlockList } from 'node:net';

/** IPv4 or IPv6. A `udp6` socket also speaks IPv4, by addresses like `::ffff:192.0.2.1` (RFC 4291 § 2.5.5.2). */
export type SocketType = 'udp4' | 'udp6';

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
  /** The family. */
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
  /**
   * Volley's own. In bytes of payload: from so many on {@link Socket.sendMany} accepts no more, until `'drain'`.
   * Default 1,048,576. `send` accepts all the same, as in `node:dgram`.
   */
  sendHighWaterMark?: number | undefined;
  /** Called for every address, numeric ones too. Default: `dns.lookup`, which sending to a numeric address leaves out. */
  lookup?: LookupFunction | undefined;
  /**
   * Volley's own. Whether neighbouring datagrams of one size and destination may leave as one message that
   * the kernel splits (UDP_SEGMENT, udp(7)). Default `true`; `VOLLEY_GSO=0` in the environment is `false` for all.
   */
  gso?: boolean | undefined;
  /**
   * Volley's own. Whether the kernel may merge datagrams of one source that arrive together, which Volley splits
   * again (UDP_GRO, udp(7)). Default `true`; `VOLLEY_GRO=0` in the environment is `false` for all.
   */
  gro?: boolean | undefined;
  /** Datagrams from these sources are dropped without a word. */
  receiveBlockList?: BlockList | undefined;
  /** Sending or connecting to these addresses fails with `ERR_IP_BLOCKED`. */
  sendBlockList?: BlockList | undefined;
}
