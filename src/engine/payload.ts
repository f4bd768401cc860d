/** One datagram's bytes on the way to the send queue. Text stays text: it is encoded right into the slab. */
export type DatagramBytes = string | Uint8Array | readonly Uint8Array[];

/** The payloads of neighbouring datagrams: each by itself, or a block to be cut. */
export type PayloadList = readonly (string | Uint8Array)[] | PayloadBlock;

/** Payloads end to end, all of one length but for the last, which may be shorter. */
export interface PayloadBlock {
  readonly bytes: Uint8Array;
  /** In bytes. */
  readonly segmentSize: number;
}

/*
 * Here and in the slab, `length` stands where `byteLength` would say the same: V8 of Node 20 does not
 * inline `byteLength` (25 ns instead of 4).
 */

/** In bytes; text counts as UTF-8. */
export function payloadLength(payload: DatagramBytes): number {
  if (typeof payload === 'string') return Buffer.byteLength(payload);
  if (payload instanceof Uint8Array) return payload.length;
  let length = 0;
  for (const part of payload) length += part.length;
  return length;
}

export function isBlock(list: PayloadList): list is PayloadBlock {
  return !Array.isArray(list);
}

/** How many datagrams a list is. */
export function payloadCount(list: PayloadList): number {
  return isBlock(list) ? Math.ceil(list.bytes.length / list.segmentSize) : list.length;
}

/** The length in bytes of one of them. */
export function payloadSize(list: PayloadList, place: number): number {
  if (!isBlock(list)) return payloadLength(list[place] ?? '');
  return Math.min(list.segmentSize, list.bytes.length - place * list.segmentSize);
}

/** One of them. */
export function payloadAt(list: PayloadList, place: number): string | Uint8Array {
  if (!isBlock(list)) return list[place] ?? '';
  const start = place * list.segmentSize;
  return list.bytes.subarray(start, start + list.segmentSize);
}

/** Writes a payload to `target` from `offset` on, as much of it as has room there. */
export function writePayload(payload: DatagramBytes, target: Buffer, offset: number): void {
  if (typeof payload === 'string') {
    target.write(payload, offset);
  } else if (payload instanceof Uint8Array) {
    writeBytes(payload, target, offset);
  } else {
    let position = offset;
    for (const part of payload) {
      writeBytes(part, target, position);
      position += part.length;
    }
  }
}

function writeBytes(bytes: Uint8Array, target: Buffer, offset: number): void {
  // Also what a detached or shrunk ArrayBuffer leaves of a view, which node:dgram sends as empty.
  if (bytes.length === 0) return;
  const room = target.length - offset;
  if (bytes.length <= room) target.set(bytes, offset);
  else if (room > 0) target.set(bytes.subarray(0, room), offset);
}

/** A copy, for a datagram that waits until its socket is bound or its destination resolved. */
export function copyPayload(payload: DatagramBytes): Uint8Array {
  if (typeof payload === 'string') return Buffer.from(payload);
  return payload instanceof Uint8Array ? Buffer.from(payload) : Buffer.concat(payload);
}
