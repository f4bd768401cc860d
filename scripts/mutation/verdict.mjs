/**
 * What a run of Stryker says about the tests.
 *
 * @typedef {object} Survivor a mutant that no test can notice
 * @property {string} file
 * @property {string} line the line that the mutant begins in, trimmed
 * @property {string} from what is replaced, white space made single
 * @property {string} to what it is replaced by
 * @property {string} reason
 *
 * @typedef {object} Position
 * @property {number} line
 * @property {number} column
 *
 * @typedef {object} Mutant as in the format `mutation-testing-report-schema`
 * @property {string} status
 * @property {string} [replacement]
 * @property {{ start: Position, end: Position }} location
 *
 * @typedef {{ files: Record<string, { source: string, mutants: Mutant[] }> }} Report
 *
 * @typedef {Record<'killed' | 'hanging' | 'reasoned' | 'survived', number>} Score
 */
import { existsSync, readFileSync } from 'node:fs';

/**
 * Compares a report with the list of survivors.
 *
 * @param {string} json the report
 * @param {string} list path of the survivors
 */
export function judge(json, list) {
  /** @type {Report} */
  const report = JSON.parse(json);
  /** @type {Survivor[]} */
  const survivors = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  const expected = survivors.filter(({ file }) => file in report.files);
  const unmet = new Map(expected.map((survivor) => [keyOf(survivor), survivor]));
  const known = new Set(unmet.keys());
  /** @type {Map<string, Score>} */
  const scores = new Map();
  /** @type {string[]} */
  const complaints = [];
  for (const [file, { source, mutants }] of Object.entries(report.files)) {
    const lines = source.split('\n');
    for (const mutant of mutants) {
      const described = describe(file, lines, mutant);
      const kind = kindOf(mutant, known.has(keyOf(described)));
      count(scores, file, kind);
      if (kind === 'survived') complaints.push(complaint(described, mutant));
      if (kind === 'reasoned') unmet.delete(keyOf(described));
    }
  }
  for (const { file, line, from, to } of unmet.values())
    complaints.push(`${file} is in survivors.json, but does not survive: ${line}: ${from} → ${to}`);
  return { text: [...complaints, '', ...table(scores)].join('\n'), fine: complaints.length === 0 };
}

/**
 * @param {Mutant} mutant
 * @param {boolean} reasoned
 * @returns {keyof Score}
 */
function kindOf({ status }, reasoned) {
  if (status === 'Killed') return 'killed';
  if (status === 'Timeout') return 'hanging';
  return reasoned ? 'reasoned' : 'survived';
}

/**
 * @param {string} file
 * @param {readonly string[]} lines of the source
 * @param {Mutant} mutant
 * @returns {Omit<Survivor, 'reason'>}
 */
function describe(file, lines, { location: { start, end }, replacement = '' }) {
  const covered = lines.slice(start.line - 1, end.line);
  covered[covered.length - 1] = covered.at(-1)?.slice(0, end.column - 1) ?? '';
  covered[0] = covered[0]?.slice(start.column - 1) ?? '';
  const line = lines[start.line - 1]?.trim() ?? '';
  return { file, line, from: single(covered.join('\n')), to: single(replacement) };
}

/** @param {string} text */
function single(text) {
  return text.replace(/\s+/g, ' ').trim();
}

/** @param {Omit<Survivor, 'reason'>} survivor */
function keyOf({ file, line, from, to }) {
  return JSON.stringify([file, line, from, to]);
}

/**
 * @param {Omit<Survivor, 'reason'>} survivor
 * @param {Mutant} mutant
 */
function complaint({ file, from, to }, { status, location }) {
  const fate = status === 'NoCoverage' ? 'no test reaches it' : 'no test notices';
  return `${file}:${location.start.line}: ${fate}: ${from} → ${to}`;
}

/**
 * Notes a mutant for its file and its directory.
 *
 * @param {Map<string, Score>} scores
 * @param {string} file
 * @param {keyof Score} kind
 */
function count(scores, file, kind) {
  for (const area of [file, `${file.slice(0, file.lastIndexOf('/'))}/`, 'all']) {
    const score = scores.get(area) ?? { killed: 0, hanging: 0, reasoned: 0, survived: 0 };
    score[kind] += 1;
    scores.set(area, score);
  }
}

/**
 * The columns are mutants, those that a failing test killed, those that made one hang, those that survive for a
 * reason, and the others.
 *
 * @param {Map<string, Score>} scores
 */
function table(scores) {
  const header = row('', 'mutants', 'killed', 'hanging', 'reasoned', 'survived', 'score');
  const rows = [...scores].sort(([one], [other]) => (one < other ? -1 : 1));
  return [header, ...rows.map(([area, score]) => scoreRow(area, score))];
}

/**
 * @param {string} area
 * @param {Score} score
 */
function scoreRow(area, { killed, hanging, reasoned, survived }) {
  const mutants = killed + hanging + reasoned + survived;
  const share = (100 * (killed + hanging)) / mutants;
  return row(area, mutants, killed, hanging, reasoned, survived, `${share.toFixed(1)} %`);
}

/** @param {[string, ...(string | number)[]]} cells */
function row(...[name, ...others]) {
  return name.padEnd(36) + others.map((cell) => `${cell}`.padStart(10)).join('');
}
