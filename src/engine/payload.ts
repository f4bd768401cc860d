/** One datagram's bytes on the way to the send queue. Text stays text: it is encoded right into the slab. */
export type DatagramBytes = string | Uint8Array | readonly Uint8Array[];

/** In bytes; text counts as UTF-8. */
export function payloadLength(payload: DatagramBytes): number {
  if (typeof payload === 'string') return Buffer.byteLength(payload);
  if (payload instanceof Uint8Array) return payload.byteLength;
  let length = 0;
  for (const part of payload) length += part.byteLength;
  return length;
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
      position += part.byteLength;
    }
  }
}

function writeBytes(bytes: Uint8Array, target: Buffer, offset: number): void {
  // Also what a detached or shrunk ArrayBuffer leaves of a view, which node:dgram sends as empty.
  if (bytes.byteLength === 0) return;
  const room = target.byteLength - offset;
  if (bytes.byteLength <= room) target.set(bytes, offset);
  else if (room > 0) target.set(bytes.subarray(0, room), offset);
}

/** A copy, for a datagram that waits until its socket is bound or its destination resolved. */
export function copyPayload(payload: DatagramBytes): Uint8Array {
  if (typeof payload === 'string') return Buffer.from(payload);
  return payload instanceof Uint8Array ? Buffer.from(payload) : Buffer.concat(payload);
}
