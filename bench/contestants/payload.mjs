// The payloads that all contestants share with bench/reference/payload.h.
import { Buffer } from 'node:buffer';

const PAYLOADS = 256;
const MULTIPLIER = 31;

/**
 * Payload `index` begins with the index, in 32 bits and little-endian; byte j behind it is
 * `(index * 31 + j) & 0xff`.
 *
 * @param {number} index
 * @param {number} size in bytes, 4 or more
 */
function payload(index, size) {
  const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, at) => index * MULTIPLIER + at));
  bytes.writeUInt32LE(index, 0);
  return bytes;
}

/**
 * The size of payload `index` in a stream of mixed sizes: like a resolver's answers, many small and
 * few large ones, 44 to 1232 bytes. The same arithmetic as in bench/reference/payload.h.
 *
 * @param {number} index
 */
function mixedSize(index) {
  const product = Math.imul(index + 1, 0x9e3779b1);
  const hash = Math.imul(product ^ (product >>> 15), 0x85ebca77);
  const random = hash >>> 16;
  const smaller = Math.floor((random * random) / 0x10000);
  return 44 + Math.floor((smaller * 1189) / 0x10000);
}

/**
 * The 256 payloads of a `--size` or, with `mixed`, of a stream of sizes.
 *
 * @param {string} size
 * @returns {readonly Buffer[]}
 */
export function payloads(size) {
  return Array.from({ length: PAYLOADS }, (_, index) =>
    payload(index, size === 'mixed' ? mixedSize(index) : Number(size)),
  );
}
