// What a datagram of the burst carries: its number, and bytes that follow from the number.

export const PAYLOAD_SIZE = 64;
const NUMBER_SIZE = 4;
const REST_SIZE = PAYLOAD_SIZE - NUMBER_SIZE;
const PATTERNS = 256;

/** Datagrams sent in one go. */
export const VOLLEY = 64;

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
  const start = number % PATTERNS;
  payload.writeUInt32BE(number, 0);
  pattern.copy(payload, NUMBER_SIZE, start, start + REST_SIZE);
}

/**
 * The number of a datagram, or -1 where a byte of it is not what was sent.
 * @param {Buffer} payload
 */
export function readPayload(payload) {
  if (payload.length !== PAYLOAD_SIZE) return -1;
  const number = payload.readUInt32BE(0);
  const start = number % PATTERNS;
  const same = payload.compare(pattern, start, start + REST_SIZE, NUMBER_SIZE) === 0;
  return same ? number : -1;
}
