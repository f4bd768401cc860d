/** What the processes of a group do, read from proc(5). */
import { readdirSync, readFileSync } from 'node:fs';

/** In milliseconds; proc(5) counts in hundredths of a second. */
const CLOCK_TICK = 10;

/**
 * @typedef {object} Activity
 * @property {number} cpu milliseconds of processor time of those that run and of the children they waited for
 * @property {boolean} waiting whether all of them wait for something, not only for a processor
 *
 * @param {number} group
 * @returns {Activity}
 */
export function activityOf(group) {
  let cpu = 0;
  let waiting = true;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // The name of the program, in parentheses, may have spaces itself.
    const fields = textOf(name).split(') ').at(-1)?.split(' ') ?? [];
    if (Number(fields[2]) !== group) continue;
    if (fields[0] !== 'S' && fields[0] !== 'Z') waiting = false;
    for (const time of fields.slice(11, 15)) cpu += Number(time) * CLOCK_TICK;
  }
  return { cpu, waiting };
}

/** @param {string} pid */
function textOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return ''; // It has ended since.
  }
}
