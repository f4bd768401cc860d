/** What the tools left in their logs, and which of it is ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build.mjs';

/** A frame of a stack trace in code of ours, by source or, where that is not told, by binary. */
const OURS = [join(root, 'native/'), join(root, 'scripts/sanitize/'), '/volley.node'];

/**
 * Kinds of reports that Node and the programs beside it give cause for, too: leaks (what Node still has when
 * it exits), and whatever memcheck and ThreadSanitizer see. They count where a frame is ours. A report of another
 * kind counts always: this code runs in the process, and nothing else there is being tested.
 */
const COMMON = [
  /^(?:Direct|Indirect) leak of /,
  /^WARNING: ThreadSanitizer: /,
  // What memcheck says begins with the number of the process, every line of it.
  /^==\d+== /,
];

/** What surrounds reports and says nothing by itself. */
const FURNITURE = [
  /^=+$/,
  /^==\d+==ERROR: LeakSanitizer: detected memory leaks$/,
  /^SUMMARY: /,
  /^-+$/,
  /^==\d+== *$/,
];

/**
 * The reports in a directory of logs that count.
 *
 * @param {string} logs
 * @returns {string[]}
 */
export function findings(logs) {
  return readdirSync(logs).flatMap((name) =>
    reports(readFileSync(join(logs, name), 'utf8')).filter(counts),
  );
}

/**
 * The reports of a log. One of AddressSanitizer or ThreadSanitizer has empty lines in it; what follows those there
 * (who freed the memory, what the other thread did) begins with an indent or goes with what is before.
 *
 * @param {string} text
 * @returns {string[]}
 */
function reports(text) {
  const blocks = text.split(/^(?:==\d+== *)?\n|^=+\n/m).map(withoutFurniture);
  /** @type {string[]} */
  const all = [];
  for (const block of blocks.filter((block) => block !== '')) {
    const last = all.at(-1);
    if (last === undefined || begins(block)) all.push(block);
    else all[all.length - 1] = `${last}\n${block}`;
  }
  return all;
}

/** @param {string} block */
function begins(block) {
  return [...COMMON, /^==\d+==/, /runtime error: /].some((kind) => kind.test(block));
}

/** @param {string} block */
function withoutFurniture(block) {
  return block
    .split('\n')
    .filter((line) => !FURNITURE.some((piece) => piece.test(line)))
    .join('\n')
    .trim();
}

/** @param {string} report */
function counts(report) {
  const common = COMMON.some((kind) => kind.test(report));
  return !common || isOurs(report);
}

/** V8's heap, which grows while JavaScript runs and is not all given back at the exit. */
const WITHIN_V8 = /^\s+#\d+ \S+ in (?:v8::internal::|Builtins_)/;

/**
 * Whether a stack in it has a frame of ours, and not just as one that called into V8, which took the memory.
 *
 * @param {string} report
 */
function isOurs(report) {
  const lines = report.split('\n');
  const first = lines.findIndex((line) => OURS.some((place) => line.includes(place)));
  return first !== -1 && !lines.slice(0, first).some((line) => WITHIN_V8.test(line));
}
