// How figures are written.

/** Digits behind the point, for values below the bound. */
const DIGITS = /** @type {const} */ ([
  [1, 3],
  [10, 2],
  [100, 1],
]);

/**
 * @param {import('../types.d.ts').Figure} figure
 * @param {number | undefined} value
 */
export function writeFigure({ unit }, value) {
  if (value === undefined || !Number.isFinite(value)) return '–';
  if (unit === 'per second' || unit === 'bytes') return Math.round(value).toLocaleString('en');
  const [, digits] = DIGITS.find(([bound]) => Math.abs(value) < bound) ?? [0, 0];
  return value.toFixed(digits);
}
