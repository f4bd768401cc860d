/**
 * The test files that mutants are tried on, each in the environment of a suite and under a Node.
 *
 * @typedef {object} Case
 * @property {string} id
 * @property {string} source the test file, below `test/`
 * @property {string} node path of the binary
 * @property {Record<string, string>} environment
 * @property {RegExp | undefined} judges sources on all of whose mutants it is tried, whether it is seen to reach them or not
 * @property {boolean} alone whether it is tried on no others
 */
import { execFileSync } from 'node:child_process';
import { suites, testSources } from '../suites.mjs';

/** Suites all of whose files are tried on whatever they reach. */
const GENERAL = ['unit', 'contract:linux', 'volley:linux'];

/** Files of these that reach their subject in processes and threads which cannot say so, and that subject. */
const FROM_AFAR = new Map([
  ['unit unit/send-queue.test.ts', /\/flush\.ts$/],
  ['contract:linux contract/order-of-changes.test.ts', /\/flush\.ts$/],
  ['contract:linux contract/descriptor.test.ts', /\/bind\.ts$/],
  ['volley:linux volley/queue.test.ts', /\/(?:close|receive|send|send-many|send-many-report)\.ts$/],
]);

/**
 * Files that take seconds, or of suites that have little to add: these are tried on the mutants of their subject alone.
 *
 * @type {readonly (readonly [string, RegExp])[]}
 */
const SPECIAL = [
  ['contract:linux contract/cluster.test.ts', /\/(?:cluster|bind|listening|close)\.ts$/],
  ['contract:linux contract/ref-unref.test.ts', /\/(?:socket|legacy)\.ts$/],
  ['contract:linux contract/worker-threads.test.ts', /\/flush\.ts$/],
  [
    'contract:linux contract/permission.test.ts',
    /\/(?:permission|bind|connect|send|send-many|synchronous)\.ts$/,
  ],
  ['volley:linux volley/process.test.ts', /\/(?:flush|permission|send|send-many)\.ts$/],
  ['contract:builtin contract/bind.test.ts', /\/(?:bind|listening)\.ts$/],
  ['contract:builtin contract/close.test.ts', /\/engine\/.*\.ts$|\/close\.ts$/],
  ['contract:builtin contract/connect.test.ts', /\/connect\.ts$/],
  ['contract:builtin contract/sync.test.ts', /\/synchronous\.ts$/],
  ['contract:builtin contract/send-delivery.test.ts', /\/engine\/.*\.ts$|\/(?:send|receive)\.ts$/],
  ['contract:builtin contract/cluster.test.ts', /\/(?:bind|close|receive)\.ts$/],
  ['volley:builtin volley/send-many-callback.test.ts', /\/send-many(?:-report)?\.ts$/],
  ['volley:builtin volley/close.test.ts', /\/close\.ts$/],
  ['volley:builtin volley/connect-sync.test.ts', /\/synchronous\.ts$/],
  ['volley:builtin volley/shared.test.ts', /\/bind\.ts$/],
  ['volley:builtin volley/drops.test.ts', /\/socket\.ts$/],
  ['volley:linux volley/throwing.test.ts', /\/(?:flush|send-queue|receive|send)\.ts$/],
  ['swap:linux swap/transfer.test.ts', /\/transfer\.ts$/],
];

/** What takes long and depends on how busy the machine is: its failures would say nothing of mutants. */
const LEFT_OUT = ['volley:linux volley/backpressure.test.ts'];

/**
 * What only some lines of Node have, tried under each that is given, and the sources that it is about.
 *
 * @type {ReadonlyMap<string, RegExp>}
 */
const OF_A_LINE = new Map([
  ['unit unit/hidden-class.test.ts', /\/socket\.ts$/],
  ['unit unit/block-list.test.ts', /\/block-list\.ts$/],
  ['contract:linux contract/legacy.test.ts', /\/legacy\.ts$/],
  ['contract:linux contract/permission.test.ts', /\/permission\.ts$/],
  ['volley:linux volley/process.test.ts', /\/permission\.ts$/],
  ['volley:builtin volley/connect-sync.test.ts', /\/synchronous\.ts$/],
]);

/**
 * The cases under some Nodes: the first runs all of them, the others what only some lines have.
 *
 * @param {RegExp} wanted what has to be in their ids
 * @param {readonly string[]} nodes paths of binaries
 * @returns {Case[]}
 */
export function cases(wanted, nodes) {
  const [first = process.execPath, ...others] = nodes;
  const every = [
    ...all().map((row) => toCase(row, first)),
    ...others.flatMap((node) =>
      all()
        .filter(({ id }) => OF_A_LINE.has(id))
        .map((row) => toCase({ ...row, judges: OF_A_LINE.get(row.id), alone: true }, node)),
    ),
  ];
  return every.filter(({ id }) => wanted.test(id));
}

/** @typedef {Omit<Case, 'node'>} Row */

/** @returns {Row[]} */
function all() {
  const special = new Map(SPECIAL);
  /** @type {Row[]} */
  const rows = [];
  for (const { name, directory, environment } of suites) {
    for (const source of testSources(directory)) {
      const id = `${name} ${source}`;
      const own = special.get(id);
      const judges = own ?? FROM_AFAR.get(id);
      special.delete(id);
      if (own || (GENERAL.includes(name) && !LEFT_OUT.includes(id)))
        rows.push({ id, source, environment, judges, alone: own !== undefined });
    }
  }
  for (const id of special.keys()) throw new Error(`cases.mjs names ${id}, which is not there`);
  return rows;
}

/**
 * @param {Row} row
 * @param {string} node
 * @returns {Case}
 */
function toCase(row, node) {
  return { ...row, node, id: `${row.id} on ${major(node)}` };
}

/** @param {string} node */
function major(node) {
  return execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'], {
    encoding: 'utf8',
  }).trim();
}
