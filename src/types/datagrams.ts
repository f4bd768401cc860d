/** Datagrams: what they carry, where they come from and go to, and what becomes of them. */

/** The bytes of one datagram, or of one part of it. */
export type Payload = string | NodeJS.ArrayBufferView;

/**
 * Payloads of neighbouring datagrams that lie end to end, for {@link Socket.sendMany}: the cheapest form, since it is
 * copied at once. QUIC, RTP and the like make them so.
 */
export interface PayloadBlock {
  /** All payloads, end to end. */
  bytes: NodeJS.ArrayBufferView;
  /** The length of each payload in bytes, 1–65,527; the last one may be shorter. */
  segmentSize: number;
}

/** Where a datagram came from, and how long it is. */
export interface RemoteInfo {
  /** Numeric text. An IPv6 link-local source carries its interface: `fe80::1%eth0` (RFC 4007 § 11). */
  address: string;
  /** Of the address. An IPv4 datagram on a `udp6` socket comes as IPv6, with an address like `::ffff:192.0.2.1`. */
  family: 'IPv4' | 'IPv6';
  /** 0–65535; 0 where the sender wants no answer (RFC 768). */
  port: number;
  /** Payload length in bytes. */
  size: number;
}

/** Called when a datagram was handed to the system (`bytes` of payload), or failed. */
export type SendCallback = (error: Error | null, bytes: number) => void;

/** Where {@link Socket.sendMany} sends a datagram; a {@link RemoteInfo} is one, too. */
export interface Destination {
  /** 1–65535. */
  port: number;
  /** A numeric address. Default: `127.0.0.1` or `::1`. */
  address?: string | undefined;
}

/** Called when each datagram of a {@link Socket.sendMany} was handed to the system (`sent` of them) or failed. */
export type SendManyCallback = (error: SendManyError | null, sent: number) => void;

/** Tells which datagrams of a {@link Socket.sendMany} were not sent, and why. */
export interface SendManyError extends Error {
  /** Always this one; the reasons are in `errors`. */
  code: 'ERR_VOLLEY_NOT_SENT';
  /** In the order of the datagrams. Each is what `send` gives its callback. */
  errors: readonly SendManyFailure[];
}

/** Why one datagram was not sent. */
export interface SendManyFailure extends Error {
  /** The place of the datagram among those that were accepted, from 0. */
  index: number;
  /** The name of the error, for example `EMSGSIZE`. */
  code?: string;
  /** Negative, as in all system errors of Node. */
  errno?: number;
  /** What failed, `send` as a rule. */
  syscall?: string;
  /** The destination's address. */
  address?: string | undefined;
  /** The destination's port. */
  port?: number | string;
}

/**
 * Datagrams that arrived together, what listeners of `'messages'` are given: Volley's own. It stays
 * valid as long as it is kept, and keeps the memory of all its payloads.
 *
 * Every method takes the place of a datagram, from 0 to `length - 1`, in the order of arrival.
 * @throws `ERR_OUT_OF_RANGE` for another place.
 *
 * @example
 * socket.on('messages', (batch) => {
 *   for (let index = 0; index < batch.length; index += 1) {
 *     count(batch.address(index), batch.size(index));
 *   }
 * });
 */
export interface MessageBatch extends Iterable<[message: Buffer, source: RemoteInfo]> {
  /** Datagrams in it, one or more. */
  readonly length: number;
  /** The payloads of all that arrived, end to end. */
  readonly bytes: Buffer;
  /** The payload: a view of `bytes`. */
  payload(index: number): Buffer;
  /** Where the payload begins in `bytes`. */
  offset(index: number): number;
  /** Payload length in bytes. */
  size(index: number): number;
  /** The source's address, as in {@link RemoteInfo}. */
  address(index: number): string;
  /** The family of the source's address. */
  family(index: number): 'IPv4' | 'IPv6';
  /** The source's port, 0–65535. */
  port(index: number): number;
  /** The source, as `'message'` has it. */
  source(index: number): RemoteInfo;
}
