// What the benchmark prints: a progress line where there is a terminal, and a table a workload.
import { CONTESTANT_NAMES } from '../contestants.mjs';
import { ratioTo } from './ratios.mjs';
import { writeFigure } from './units.mjs';

/**
 * @typedef {import('../types.d.ts').CaseResult} CaseResult
 * @typedef {import('../types.d.ts').Figure} Figure
 * @typedef {import('../types.d.ts').Outcome} Outcome
 * @typedef {import('../types.d.ts').WorkloadResult} WorkloadResult
 */

/** A dumb terminal knows no escape sequences, and one that is a file shows them as garbage. */
const live = process.stdout.isTTY && process.env['TERM'] !== 'dumb';
const colors = live && !process.env['NO_COLOR'];
const began = Date.now();

/** @param {string} text */
const dim = (text) => (colors ? `\x1b[2m${text}\x1b[22m` : text);
/** @param {string} text */
const bold = (text) => (colors ? `\x1b[1m${text}\x1b[22m` : text);

/** @param {string} text */
export function say(text) {
  endProgress();
  console.log(text);
}

/**
 * What is being measured: one line that is written over and over. Without a terminal nothing: a
 * line would be printed for every process, and the tables tell what is done.
 *
 * @param {string} text
 */
export function progress(text) {
  if (!live) return;
  const seconds = Math.floor((Date.now() - began) / 1000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const line = `${clock}  ${text}`.slice(0, process.stdout.columns - 1);
  process.stdout.write(`\r\x1b[2K${dim(line)}`);
}

export function endProgress() {
  if (live) process.stdout.write('\r\x1b[2K');
}

/** @param {WorkloadResult} result */
export function heading({ title, description }) {
  say(`\n${bold(title)}\n${dim(description)}`);
}

/**
 * @param {WorkloadResult} result
 * @param {CaseResult} test
 */
export function table({ figures }, { name, outcomes }) {
  const [main] = figures;
  if (main === undefined) return;
  const head = [
    name,
    ...figures.map(({ title }) => title),
    'spread',
    '× node:dgram',
    '× C',
    'lost',
  ];
  const there = outcomes.filter(({ unavailable }) => unavailable === undefined);
  const rows = there.map((outcome) => [
    CONTESTANT_NAMES[outcome.contestant],
    ...figures.map((figure) => writeFigure(figure, outcome.figures[figure.key]?.median)),
    writeSpread(main, outcome),
    ratioTo('node', main, outcome, outcomes),
    ratioTo('c', main, outcome, outcomes),
    outcome.lost === 0 ? '' : outcome.lost.toLocaleString('en'),
  ]);
  print([head, ...rows]);
  for (const { contestant, unavailable } of outcomes) {
    if (unavailable) say(dim(`${CONTESTANT_NAMES[contestant]}: not available: ${unavailable}`));
  }
  for (const { contestant, faults } of outcomes) {
    for (const fault of faults) say(`✗ ${CONTESTANT_NAMES[contestant]}: ${fault}`);
  }
}

/**
 * @param {Figure} figure
 * @param {Outcome} outcome
 */
function writeSpread(figure, { figures }) {
  const found = figures[figure.key];
  if (found === undefined || found.values.length < 2) return '';
  return `${writeFigure(figure, found.least)} – ${writeFigure(figure, found.most)}`;
}

/**
 * The first row is the head; columns in which nothing stands are left out.
 *
 * @param {readonly (readonly string[])[]} rows
 */
function print(rows) {
  const [head = [], ...body] = rows;
  const filled = head.map((_, column) => column === 0 || body.some((row) => row[column] !== ''));
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  say('');
  rows.forEach((row, place) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(Math.max(18, widths[0] ?? 0)) : cell.padStart(widths[column] ?? 0),
    );
    const line = cells.filter((_, column) => filled[column]).join('   ');
    say(place === 0 ? dim(line) : line);
  });
}
