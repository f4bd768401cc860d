/**
 * Which test files to try first on a mutant: what killed others near it, in the least time.
 *
 * @typedef {object} Planned
 * @property {string} id of a case
 * @property {import('./measure.mjs').Usual} usual
 * @property {number} milliseconds that its tests take
 * @property {readonly string[] | undefined} names of the tests to be run; all, where there are none
 */

/** What a case is expected to kill before anything is known, by how much of the source's name its own has in it. */
const EXPECTED = { all: 300, some: 2, nothing: 0.3 };

/** In milliseconds: what it takes to ask for anything. */
const OVERHEAD = 5;

export class Odds {
  /** @type {Map<string, { kills: number, milliseconds: number }>} */
  #records = new Map();

  /**
   * Cases, the best first.
   *
   * @param {string} place a source and a line
   * @param {readonly Planned[]} plan
   */
  best(place, plan) {
    return plan
      .map((one) => ({ one, rate: this.#rate(place, one) }))
      .sort((one, other) => other.rate - one.rate)
      .map(({ one }) => one);
  }

  /**
   * @param {string} place
   * @param {string} id
   * @param {boolean} killed
   * @param {number} milliseconds
   */
  note(place, id, killed, milliseconds) {
    for (const area of areas(place)) {
      const record = this.#record(area, id);
      record.kills += killed ? 1 : 0;
      record.milliseconds += milliseconds;
    }
  }

  /**
   * Kills in a millisecond to be expected. What happened at the same line counts four times what happened in the file.
   *
   * @param {string} place
   * @param {Planned} planned
   */
  #rate(place, { id, milliseconds }) {
    let kills = EXPECTED[likeness(place, id)];
    let time = OVERHEAD + milliseconds;
    for (const area of areas(place)) {
      const weight = area === place ? 4 : 1;
      const record = this.#record(area, id);
      kills += weight * record.kills;
      time += weight * record.milliseconds;
    }
    return kills / time;
  }

  /**
   * @param {string} area
   * @param {string} id
   */
  #record(area, id) {
    const key = `${area} ${id}`;
    const record = this.#records.get(key) ?? { kills: 0, milliseconds: 0 };
    this.#records.set(key, record);
    return record;
  }
}

/** @param {string} place */
function areas(place) {
  return [place, place.slice(0, place.lastIndexOf(':'))];
}

/**
 * @param {string} place
 * @param {string} id
 * @returns {keyof typeof EXPECTED}
 */
function likeness(place, id) {
  const name = /[^/]*(?=\.ts)/.exec(place)?.[0] ?? '';
  if (id.includes(name)) return 'all';
  return name.split('-').some((word) => id.includes(word.replace(/s$/, ''))) ? 'some' : 'nothing';
}
