// How many times a reference a figure is.

/**
 * @typedef {import('../types.d.ts').ContestantId} ContestantId
 * @typedef {import('../types.d.ts').Figure} Figure
 * @typedef {import('../types.d.ts').Outcome} Outcome
 */

/**
 * The median of an outcome, divided by that of the reference; nothing where one of them is missing.
 *
 * @param {ContestantId} reference
 * @param {Figure} figure
 * @param {Outcome} outcome
 * @param {readonly Outcome[]} outcomes of the same case
 */
export function ratio(reference, { key }, outcome, outcomes) {
  const one = outcome.figures[key]?.median;
  const other = outcomes.find(({ contestant }) => contestant === reference)?.figures[key]?.median;
  return one === undefined || other === undefined ? undefined : one / other;
}

/**
 * The same, as the tables write it.
 *
 * @param {Parameters<typeof ratio>} of
 */
export function ratioTo(...of) {
  const value = ratio(...of);
  return value === undefined || !Number.isFinite(value) ? '' : writeRatio(value);
}

/** @param {number} value */
export function writeRatio(value) {
  return value.toFixed(value < 10 ? 2 : 1);
}
