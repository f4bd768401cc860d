// The results as a table in Markdown, for people and for the README.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTESTANT_NAMES } from '../contestants.mjs';
import { overview } from './overview.mjs';
import { ratio, writeRatio } from './ratios.mjs';
import { writeFigure } from './units.mjs';

/**
 * @typedef {import('../types.d.ts').ContestantId} ContestantId
 * @typedef {import('../types.d.ts').Figure} Figure
 * @typedef {import('../types.d.ts').Machine} Machine
 * @typedef {import('../types.d.ts').Outcome} Outcome
 * @typedef {import('../types.d.ts').WorkloadResult} WorkloadResult
 */

const UNITS = {
  'per second': '/s',
  µs: ' µs',
  ms: ' ms',
  bytes: ' bytes',
  'CPU s a million': ' CPU s a million',
};

/** @type {readonly ContestantId[]} */
const OWN = ['volley', 'volley-batches'];

/**
 * Writes overview.md: medians, with the ratios of both of Volley's ways to node:dgram and to C.
 *
 * @param {string} directory
 * @param {{ machine: Machine, workloads: Map<string, WorkloadResult> }} results
 */
export function writeReport(directory, { machine, workloads }) {
  const ids = /** @type {readonly ContestantId[]} */ (Object.keys(CONTESTANT_NAMES));
  const head = ['', ...Object.values(CONTESTANT_NAMES), 'against node:dgram', 'against C'];
  const rows = overview(workloads).map(({ title, figure, outcomes }) => [
    title,
    ...ids.map((id) => cell(figure, outcomes, id)),
    ratios('node', figure, outcomes),
    ratios('c', figure, outcomes),
  ]);
  const lines = [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows];
  const { processor, cores, kernel, versions, pinned, date } = machine;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const text = [
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `${processor}, ${cores} cores, Linux ${kernel}; ${names.join(', ')}; ${pinned}; ${date.slice(0, 10)}.`,
    'Medians. Where two ratios stand, the first is of the events, the second of the batches.',
  ];
  writeFileSync(join(directory, 'overview.md'), `${text.join('\n')}\n`);
}

/**
 * @param {Figure} figure
 * @param {readonly Outcome[]} outcomes
 * @param {ContestantId} id
 */
function cell(figure, outcomes, id) {
  const found = outcomes.find(({ contestant }) => contestant === id)?.figures[figure.key];
  return found === undefined ? '–' : `${writeFigure(figure, found.median)}${UNITS[figure.unit]}`;
}

/**
 * @param {ContestantId} reference
 * @param {Figure} figure
 * @param {readonly Outcome[]} outcomes
 */
function ratios(reference, figure, outcomes) {
  const [events, batches] = OWN.map((id) => {
    const outcome = outcomes.find(({ contestant }) => contestant === id);
    const value = outcome && ratio(reference, figure, outcome, outcomes);
    return value === undefined ? undefined : `${writeRatio(value)} ×`;
  });
  if (batches === undefined) return events ?? '–';
  return `${events ?? '–'}, ${batches}`;
}
