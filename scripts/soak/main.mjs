/**
 * Sends datagrams for as long as you like, checks each of them, and watches what it costs.
 *
 *     npm run soak                      a hundred million datagrams
 *     npm run soak -- --millions 10     so many
 *     npm run soak -- --hours 72        so long; a line a minute, --every SECONDS changes that
 *
 * Five processes run at once: a sender and a receiver that use `send()` and `'message'`, another two that use `sendMany()` and
 * `'messages'`, and one that opens, uses and drops sockets of every kind, and threads. Each line tells the datagrams that arrived so
 * far, what went wrong, and of each process memory (RSS), open descriptors and how late its event loop was. The last line
 * is the verdict, the exit code 1 where it is not good.
 */
import { parseArgs } from 'node:util';
import { Crew } from './crew.mjs';
import { heading, line } from './lines.mjs';
import { verdict } from './verdict.mjs';

/** For so long each process gets something in any case, in seconds. */
const PATIENCE = 20;

const { values } = parseArgs({
  options: {
    millions: { type: 'string', default: '100' },
    hours: { type: 'string' },
    every: { type: 'string' },
  },
});
const hours = values.hours === undefined ? undefined : positive('hours', values.hours);
const count = hours === undefined ? positive('millions', values.millions) * 1_000_000 : undefined;
const every = positive('every', values.every ?? (hours === undefined ? '1' : '60'));

const began = performance.now();
const crew = await Crew.start(count);
/** @type {import('./crew.mjs').Sample[]} */
const samples = [];
console.log(heading);
do {
  await new Promise((resolve) => setTimeout(resolve, every * 1000));
  await take(crew.ask('report'));
} while (!isOver());
await take(crew.finish());

const wrong = verdict(samples);
for (const what of wrong) console.log(`wrong: ${what}`);
console.log(
  wrong.length === 0
    ? 'ok: none lost, altered, misplaced or misattributed; memory and descriptors flat'
    : 'FAILED',
);
process.exit(wrong.length === 0 ? 0 : 1);

/** @param {Promise<import('./crew.mjs').Sample>} asked */
async function take(asked) {
  const sample = await asked;
  samples.push(sample);
  console.log(line(sample, (performance.now() - began) / 1000));
}

/** Also where somebody is silent or stuck: the last question then tells who. */
function isOver() {
  if (crew.silent.size > 0 || isStuck()) return true;
  return hours === undefined ? crew.done : performance.now() - began >= hours * 3_600_000;
}

/** Whether a process has got no datagram for long: something was lost, and its sender waits for it. */
function isStuck() {
  const now = samples.at(-1);
  const before = samples.at(-1 - Math.ceil(PATIENCE / every));
  if (!now || !before || crew.done) return false;
  return [...now].some(([name, { datagrams }]) => datagrams === before.get(name)?.datagrams);
}

/**
 * @param {string} name
 * @param {string} text
 */
function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`--${name} ${text}: it takes a number above 0`);
  return value;
}
