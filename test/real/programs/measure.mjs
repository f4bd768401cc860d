/**
 * Prints a table of what each program sends and receives, and how long it takes, on `node:dgram` and on Volley:
 *
 *     node test/real/programs/measure.mjs [--runs 5] [program...]
 *
 * Medians; the two alternate. The last column has what Volley takes of the time and of the CPU time that `node:dgram` takes.
 * Datagrams are counted in runs of their own, since counting takes time too.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '5' } },
  allowPositionals: true,
});

/** What each does, and how many rounds of it take long enough to measure. */
const PROGRAMS = {
  'multicast-dns': ['5,000 queries by multicast, one after the other', 5_000],
  dns2: ['10,000 questions, 16 at a time, a socket for each', 10_000],
  coap: ['5,000 PUTs and GETs, 8 at a time; an observation; blocks', 5_000],
  'bittorrent-dht': ['50 nodes join, announce and look up', undefined],
  'hot-shots': ['a million counters, 128 under way', 1_000_000],
  'net-snmp': ['5,000 requests of v1, v2c and v3, 8 at a time; walks', 5_000],
  werift: ['a data channel, 5,000 messages echoed, 16 under way', 5_000],
  'node-ssdp': ['5,000 searches, one after the other; advertisements', 5_000],
};

/** @typedef {keyof typeof PROGRAMS} Program */

const REGISTER = new URL('../../../dist/register.js', import.meta.url).href;
const COUNT = new URL('./count.mjs', import.meta.url).href;
const COUNTED = /sent (?<sent>\d+) .*received (?<received>\d+)/g;

/**
 * @param {Program} program
 * @param {string[]} flags
 * @param {Record<string, string>} [environment]
 */
async function run(program, flags, environment = {}) {
  const path = fileURLToPath(new URL(`./${program}.mjs`, import.meta.url));
  const [, rounds] = PROGRAMS[program];
  const args = rounds === undefined ? [] : ['--rounds', `${rounds}`];
  return promisify(execFile)(process.execPath, [...flags, path, ...args], {
    env: { ...process.env, ...environment },
  });
}

/** @type {Record<'node' | 'volley', { counted: string[], timed: string[], environment: Record<string, string> }>} */
const TARGETS = {
  node: { counted: ['--import', COUNT], timed: [], environment: {} },
  volley: {
    counted: ['--import', REGISTER],
    timed: ['--import', REGISTER],
    environment: { VOLLEY_DRIVER: 'linux' },
  },
};

/**
 * Sent and received, by all threads together.
 *
 * @param {Program} program
 * @param {keyof typeof TARGETS} target
 */
async function count(program, target) {
  const { counted, environment } = TARGETS[target];
  const { stderr } = await run(program, counted, { ...environment, VOLLEY_REPORT: '1' });
  const total = { sent: 0, received: 0 };
  for (const { groups } of stderr.matchAll(COUNTED)) {
    total.sent += Number(groups?.sent);
    total.received += Number(groups?.received);
  }
  return `${total.sent.toLocaleString('en')} / ${total.received.toLocaleString('en')}`;
}

/**
 * @param {Program} program
 * @param {keyof typeof TARGETS} target
 * @returns {Promise<{ milliseconds: number, cpuMilliseconds: number }>}
 */
async function time(program, target) {
  const { timed, environment } = TARGETS[target];
  const { stdout } = await run(program, timed, environment);
  return JSON.parse(stdout);
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * @param {Program} program
 * @returns {Promise<string>} the row
 */
async function measure(program) {
  /** @type {Record<keyof typeof TARGETS, { milliseconds: number, cpuMilliseconds: number }[]>} */
  const results = { node: [], volley: [] };
  for (let index = 0; index < Number(values.runs); index += 1) {
    results.node.push(await time(program, 'node'));
    results.volley.push(await time(program, 'volley'));
  }
  const wall = (/** @type {keyof typeof TARGETS} */ target) =>
    median(results[target].map(({ milliseconds }) => milliseconds));
  const cpu = (/** @type {keyof typeof TARGETS} */ target) =>
    median(results[target].map(({ cpuMilliseconds }) => cpuMilliseconds));
  const { version } = JSON.parse(
    readFileSync(new URL(`node_modules/${program}/package.json`, import.meta.url), 'utf8'),
  );
  const cells = [
    `\`${program}\` ${version}`,
    PROGRAMS[program][0],
    await count(program, 'node'),
    await count(program, 'volley'),
    `${seconds(wall('node'))} / ${seconds(cpu('node'))}`,
    `${seconds(wall('volley'))} / ${seconds(cpu('volley'))}`,
    `${(wall('volley') / wall('node')).toFixed(2)} / ${(cpu('volley') / cpu('node')).toFixed(2)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** @param {number} milliseconds */
function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** @param {string} name @returns {name is Program} */
function isProgram(name) {
  return Object.hasOwn(PROGRAMS, name);
}

const heads = [
  'program',
  'what it does',
  'datagrams out / in, `node:dgram`',
  'on Volley',
  'time / CPU, `node:dgram`',
  'on Volley',
  'Volley takes',
];
console.log(`| ${heads.join(' | ')} |\n|${'---|'.repeat(heads.length)}`);
const names = positionals.length > 0 ? positionals : Object.keys(PROGRAMS);
for (const name of names.filter(isProgram)) console.log(await measure(name));
