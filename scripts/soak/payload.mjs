// What the datagrams of a soak carry: enough to tell one that is altered, misplaced, or somebody else's.

/** Bytes before the pattern: flow (2) and sequence number (6). */
export const HEADER = 8;
export const SMALLEST = HEADER;
export const LARGEST = 700;
/** Datagrams whose patterns differ. */
const PATTERNS = 256;

const patterns = Array.from({ length: PATTERNS }, (_, which) =>
  Buffer.from(Array.from({ length: LARGEST }, (_, place) => (which * 31 + place * 7) & 0xff)),
);

/**
 * Which length datagram `sequence` of a flow has: runs of one length, so that there is something to
 * segment and to merge, with other lengths in between.
 *
 * @param {number} flow
 * @param {number} sequence
 */
export function sizeOf(flow, sequence) {
  const run = Math.floor(sequence / 23) + flow * 7;
  const size = SMALLEST + (((run * 2654435761) >>> 0) % (LARGEST - SMALLEST));
  return sequence % 29 === 0 ? SMALLEST : size;
}

/**
 * @param {number} flow
 * @param {number} sequence
 */
function patternOf(flow, sequence) {
  return patterns[(flow * 17 + sequence) % PATTERNS] ?? Buffer.alloc(0);
}

/**
 * Makes the datagram.
 *
 * @param {number} flow
 * @param {number} sequence
 */
export function makeDatagram(flow, sequence) {
  const size = sizeOf(flow, sequence);
  const datagram = Buffer.allocUnsafe(size);
  datagram.writeUInt16LE(flow, 0);
  datagram.writeUIntLE(sequence, 2, 6);
  patternOf(flow, sequence).copy(datagram, HEADER, 0, size - HEADER);
  return datagram;
}

/**
 * Whether bytes are the datagram that they say they are.
 *
 * @param {Buffer} bytes
 * @param {number} flow
 * @param {number} sequence
 */
export function isIntact(bytes, flow, sequence) {
  const size = sizeOf(flow, sequence);
  if (bytes.length !== size) return false;
  return patternOf(flow, sequence).compare(bytes, HEADER, size, 0, size - HEADER) === 0;
}
