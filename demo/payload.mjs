// What a datagram of the burst carries: its number, and bytes that follow from the number.

export const PAYLOAD_SIZE = 64;
const NUMBER_SIZE = 4;
const PATTERNS = 256;

/** Places in the memory that sender and receiver share. */
export const COUNTERS = { sent: 0, received: 1 };

const pattern = Buffer.from(
  Array.from({ length: PATTERNS + PAYLOAD_SIZE }, (_, index) => (index * 167 + 13) & 0xff),
);

/**
 * @param {Buffer} payload
 * @param {number} number
 */
export function fillPayload(payload, number) {
  payload.writeUInt32BE(number, 0);
  pattern.copy(payload, NUMBER_SIZE, number % PATTERNS, (number % PATTERNS) + 60);
}

/**
 * @param {Buffer} payload
 * @param {number} number
 */
export function checkPayload(payload, number) {
  if (payload.length !== PAYLOAD_SIZE || payload.readUInt32BE(0) !== number) return false;
  const start = number % PATTERNS;
  return payload.compare(pattern, start, start + PAYLOAD_SIZE - NUMBER_SIZE, NUMBER_SIZE) === 0;
}
