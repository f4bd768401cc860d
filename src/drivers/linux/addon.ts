import type { Endpoint, MembershipRequest } from '../../driver.ts';

/**
 * What `native/module.c` exports. Every function that can fail returns a negative errno for it and
 * throws only for arguments that this code should never pass.
 *
 * Each socket is known by its owner, the JavaScript object that `create` ties it to. The addon
 * keeps the owner alive while the socket has a descriptor; an owner that goes without ever having
 * had one takes its native memory along.
 */
export interface Addon<Owner extends object = object> {
  /** Once in each environment (main thread, worker), before anything else. */
  setup(configuration: AddonSetup<Owner>): void;

  /**
   * With `coalescing` the kernel may merge what comes for a descriptor that the addon opens (UDP_GRO).
   * `resource` is what `async_hooks` shows; the owner has to keep it alive, and it must not keep the owner.
   */
  create(owner: Owner, family: 4 | 6, coalescing: boolean, resource: object): void;
  bind(owner: Owner, address: string, port: number, flags: number): number;
  /**
   * Takes over a UDP descriptor: from now on it is closed with the socket. On failure it stays the
   * caller's: `-EBUSY` (the socket has one), `-EEXIST` (the loop watches it), `-EBADF`, `-ENOTSOCK`,
   * `-EINVAL` (no UDP socket).
   */
  adopt(owner: Owner, fd: number): number;
  /** A duplicate of a descriptor (close-on-exec), for one that another owner will close. */
  duplicate(fd: number): number;
  /**
   * The descriptor, which stays the socket's, or a negative errno. Others may read from it now, so the kernel merges no
   * datagrams for the socket any more. Where it did, the socket takes a batch of those that wait (64 messages), for
   * the next turn, and what waits behind it is dropped, since others could not tell merged ones.
   */
  descriptor(owner: Owner): number;
  connect(owner: Owner, address: string, port: number): number;
  disconnect(owner: Owner): number;
  localAddress(owner: Owner): Endpoint | number;
  remoteAddress(owner: Owner): Endpoint | number;

  startReceiving(owner: Owner): number;
  /** What is left of a batch is delivered once receiving starts again. */
  stopReceiving(owner: Owner): void;

  /**
   * Sends `count` groups whose payloads lie end to end in `bytes` from `offset` on, as the first
   * `count` records of {@link AddonSetup.sendRecords} describe them. Returns how many datagrams
   * left (one or more) or the negative errno of the first. On `-EAGAIN`, `writable` is called later.
   * After a partial count the next call must begin with the datagram that did not leave: an errno
   * that the kernel has told already (ECONNREFUSED of a connected socket) is kept for it.
   */
  send(owner: Owner, bytes: Uint8Array, offset: number, count: number): number;
  /** Whether this kernel knows UDP_SEGMENT (Linux 4.18). */
  supportsSegmentation(): boolean;

  /** `option` is an index into `INTEGER_OPTIONS`, see `drivers/linux/handle.ts`. */
  setOption(owner: Owner, option: number, value: number): number;
  getOption(owner: Owner, option: number): number;
  setMulticastInterface(owner: Owner, address: string): number;
  setMembership(
    owner: Owner,
    join: boolean,
    group: string,
    interfaceAddress: MembershipRequest['interfaceAddress'],
    source: MembershipRequest['source'],
  ): number;

  /**
   * Messages that the kernel dropped on arrival, modulo 2 ** 32; 0 without a descriptor. `-ENOPROTOOPT` before Linux 4.12.
   */
  dropCount(owner: Owner): number;

  ref(owner: Owner): void;
  unref(owner: Owner): void;
  hasRef(owner: Owner): boolean;
  close(owner: Owner): void;

  /** Fills family, scope and address of the one record that `words` is; 0 or `-EINVAL`. */
  parseAddress(family: 4 | 6, text: string, words: Uint32Array): number;
  /** The text of the address in the record that begins at word `offset`; '' where it has none. */
  formatAddress(words: Uint32Array, offset: number): string;
  describeDescriptor(fd: number): string;

  /** Tries each feature on a loopback socket of its own: 0, or the negative errno that the kernel answered. */
  probe(): Record<Feature, number>;
}

/** What a kernel may offer, as `native/probe.c` tries it. */
export type Feature =
  | 'ipv4'
  | 'ipv6'
  /** UDP_SEGMENT, GSO: a message split into two datagrams. */
  | 'segmentation'
  /** UDP_GRO. */
  | 'merging'
  | 'sendmmsg'
  | 'recvmmsg'
  /** IP_PKTINFO. */
  | 'packetInformation'
  /** SO_TIMESTAMPNS. */
  | 'nanosecondTimestamps'
  /** SO_TIMESTAMPING, by software. */
  | 'timestamping'
  /** SO_REUSEPORT. */
  | 'portSharing';

/** The addon calls all of these with the socket's owner as `this`. */
export interface AddonSetup<Owner extends object = object> {
  /**
   * Outside any callback scope: `count` records are filled, `bytes` begins with the payloads end to end.
   * Returns how many deliveries it wants, which may take more than one turn of the event loop.
   */
  received(this: Owner, bytes: Buffer<ArrayBuffer>, count: number): number;
  /** In a callback scope of its own, in the async context of the socket. */
  deliver(this: Owner): void;
  /** Between two deliveries, or in place of those that are left: what was sent so far is to leave. */
  flush(this: Owner): void;
  receiveFailed(this: Owner, errno: number): void;
  writable(this: Owner): void;
  /**
   * Within `send`, outside any callback scope: the group of record `index` was refused as a whole
   * and went as single datagrams.
   */
  segmentationRefused(this: Owner, index: number): void;
  /** Records of a batch to be sent: room for `MAXIMUM_BATCH` of them. */
  sendRecords: Uint32Array;
  /** Records of a received batch: room for `MAXIMUM_BATCH` of them. */
  receiveRecords: Uint32Array;
}

/**
 * The record of a group, nine 32-bit words in the machine's byte order, the same for both
 * directions. A group is one datagram, or several neighbours of one source or destination that have
 * the same size, but for the last, which may be shorter: the kernel takes and gives these as one
 * message. `native/address.h` holds the other side of this layout.
 */
export const RECORD_WORDS = 9;
export const RECORD = {
  /** Payload length of the whole group in bytes. */
  length: 0,
  /** 0–65535. */
  port: 1,
  /** 4, 6, or 0 for "the connected peer" (out) and "no address" (in). */
  family: 2,
  /** IPv6 scope id (interface index), 0 for none. */
  scope: 3,
  /** Four words with the address in network byte order; IPv4 uses the first. */
  address: 4,
  /** Payload length of each datagram but the last, in bytes; 0 or `length` where there is one. */
  segment: 8,
} as const;

/** The most records that cross at once. */
export const MAXIMUM_BATCH = 128;

/** Flags of `bind`. */
export const BIND = { reuseAddr: 1, reusePort: 2, ipv6Only: 4 } as const;
