// Medians with their spread, and what a round found put together over all rounds.

/**
 * @typedef {import('../types.d.ts').Measured} Measured
 * @typedef {import('../types.d.ts').Spread} Spread
 */

/**
 * @param {readonly number[]} values one or more
 * @returns {Spread}
 */
export function spread(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)] ?? Number.NaN;
  const high = sorted[Math.ceil(middle)] ?? Number.NaN;
  return {
    median: (low + high) / 2,
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
    values,
  };
}

/**
 * The spread of every figure over the rounds.
 *
 * @param {readonly Measured[]} rounds
 */
export function spreads(rounds) {
  const keys = Object.keys(rounds[0]?.figures ?? {});
  return Object.fromEntries(
    keys.map((key) => [key, spread(rounds.map(({ figures }) => figures[key] ?? Number.NaN))]),
  );
}
