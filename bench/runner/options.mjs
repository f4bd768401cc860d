// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { CONTESTANTS } from '../contestants.mjs';

/**
 * @typedef {import('../types.d.ts').ContestantId} ContestantId
 * @typedef {import('../types.d.ts').Settings} Settings
 *
 * @typedef {object} Options
 * @property {readonly string[]} workloads none means all
 * @property {Settings} settings
 * @property {readonly ContestantId[]} only
 * @property {string} node
 * @property {string | undefined} output
 * @property {boolean} charts only draw the charts of what was measured before
 */

const FULL = { quick: false, rounds: 5, seconds: 1, warmup: 0.5 };
/** Too short for figures that mean much: it is there to see that nothing is lost or altered. */
const QUICK = { quick: true, rounds: 1, seconds: 0.2, warmup: 0.2 };

/** @param {readonly { name: string, title: string }[]} workloads */
function help(workloads) {
  const width = Math.max(...workloads.map(({ name }) => name.length));
  return `npm run bench -- [options] [workload ...]

  --quick          fewer sizes, one short round; fails only if a datagram was lost or
                   altered where none may be, or if a process failed
  --rounds N       rounds, each with every contestant (${FULL.rounds}; --quick: ${QUICK.rounds})
  --seconds S      how long a measurement counts (${FULL.seconds}; --quick: ${QUICK.seconds})
  --only A,B       only these contestants: ${CONTESTANTS.join(', ')}
  --node PATH      the Node for Volley and for node:dgram (this one)
  --output DIR     where the results go (bench/results; with --quick, --only or fewer
                   rounds bench/build/results, to leave the full ones alone)
  --charts         measure nothing, draw the charts of the results that are there
  --help           this

Workloads:
${workloads.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join('\n')}`;
}

/**
 * @param {readonly string[]} words
 * @param {readonly { name: string, title: string }[]} workloads
 * @returns {Options | string} a string is to be printed instead of a run
 */
export function readOptions(words, workloads) {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      output: { type: 'string' },
      charts: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return help(workloads);
  const names = workloads.map(({ name }) => name);
  for (const name of positionals) oneOf('workload', name, names);
  const usual = values.quick ? QUICK : FULL;
  return {
    workloads: positionals,
    settings: {
      ...usual,
      rounds: positive('--rounds', values.rounds, usual.rounds, Number.isInteger),
      seconds: positive('--seconds', values.seconds, usual.seconds, Number.isFinite),
    },
    only: values.only?.split(',').map(contestant) ?? CONTESTANTS,
    node: values.node,
    output: values.output,
    charts: values.charts,
  };
}

/**
 * Whether a run is less than the whole, so that it must not replace the results of a whole one.
 *
 * @param {Options} options
 */
export function isPartial({ settings, only }) {
  const { quick, rounds, seconds } = settings;
  return quick || rounds < FULL.rounds || seconds < FULL.seconds || only !== CONTESTANTS;
}

/**
 * @param {string} name
 * @param {string | undefined} value
 * @param {number} usual
 * @param {(value: number) => boolean} fits
 */
function positive(name, value, usual, fits) {
  if (value === undefined) return usual;
  const number = Number(value);
  if (!fits(number) || number <= 0) throw new Error(`${name} takes a number above 0, not ${value}`);
  return number;
}

/** @param {string} name */
function contestant(name) {
  oneOf('contestant', name, CONTESTANTS);
  return /** @type {ContestantId} */ (name);
}

/**
 * @param {string} what
 * @param {string} name
 * @param {readonly string[]} names
 */
function oneOf(what, name, names) {
  if (!names.includes(name)) throw new Error(`no ${what} ${name}; there are ${names.join(', ')}`);
}
