// npm run soak [-- --millions N]: sends datagrams from one process to another for as long as it takes,
// half of them by send() and 'message', half by sendMany() and 'messages', and checks every one.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

const FLOWS = 4;
/** Nothing may be lost; if nothing arrives for so long, in seconds, something was. */
const PATIENCE = 20;
/** What a process may grow by, in bytes, from a tenth of the way on. */
const GROWTH = 32 * 1024 * 1024;

const { values } = parseArgs({ options: { millions: { type: 'string', default: '100' } } });
const total = Number(values.millions) * 1_000_000;
if (!(total > 0)) throw new RangeError(`--millions ${values.millions}: it takes a number above 0`);

let fine = true;
for (const mode of ['message', 'messages']) fine = (await soak(mode, total / 2)) && fine;
console.log(fine ? 'ok: none lost, altered, misplaced or misattributed; memory flat' : 'FAILED');
process.exitCode = fine ? 0 : 1;

/**
 * @param {string} mode
 * @param {number} count Datagrams.
 */
async function soak(mode, count) {
  const receiver = start('receiver.mjs', mode);
  const [{ port }] = await once(receiver.child, 'message');
  const sender = start('sender.mjs', mode, String(port), String(count));
  /** @type {Baseline} */
  const baseline = { receiver: undefined, sender: undefined };
  let before = -1;
  let silent = 0;
  const began = performance.now();
  while (!sender.report.last && silent < PATIENCE) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { received = 0 } = receiver.report;
    silent = received === before ? silent + 1 : 0;
    before = received;
    if (received > count / 10) {
      // Each reports once a second, the sender later than the receiver for the first time.
      baseline.receiver ??= receiver.report.memory;
      baseline.sender ??= sender.report.memory;
    }
    show(mode, receiver.report, sender.report, (performance.now() - began) / 1000);
  }
  const seconds = (performance.now() - began) / 1000;
  receiver.child.send('finish');
  await once(receiver.child, 'exit');
  sender.child.kill();
  show(mode, receiver.report, sender.report, seconds);
  return verdict(receiver.report, sender.report, baseline, count);
}

/** @typedef {Record<string, number | undefined> & { last?: number }} Report */

/**
 * The memory of both processes a tenth of the way on, in bytes, or as soon as it is known.
 *
 * @typedef {{ receiver: number | undefined, sender: number | undefined }} Baseline
 */

/**
 * @param {string} script
 * @param {string} mode
 * @param {string[]} rest
 */
function start(script, mode, ...rest) {
  const child = fork(new URL(script, import.meta.url), [mode, String(FLOWS), ...rest]);
  /** @type {{ child: import('node:child_process').ChildProcess, report: Report }} */
  const started = { child, report: {} };
  child.on('message', (report) => Object.assign(started.report, report));
  return started;
}

/**
 * @param {Report} received
 * @param {Report} sent
 * @param {Baseline} baseline
 * @param {number} count
 */
function verdict(received, sent, baseline, count) {
  const wrong = ['altered', 'misplaced', 'misattributed', 'errors'].filter(
    (name) => received[name] !== 0,
  );
  if (sent.failed !== 0) wrong.push('failed');
  if ((received.received ?? 0) < count) wrong.push('lost');
  if (growth(received, baseline.receiver) > GROWTH) wrong.push('memory of the receiver');
  if (growth(sent, baseline.sender) > GROWTH) wrong.push('memory of the sender');
  if (wrong.length > 0) console.log(`  wrong: ${wrong.join(', ')}`);
  return wrong.length === 0;
}

/**
 * In bytes. A run that is over before a process reported has nothing to compare.
 *
 * @param {Report} report
 * @param {number | undefined} baseline
 */
function growth({ memory = 0 }, baseline = memory) {
  return memory - baseline;
}

/**
 * @param {string} mode
 * @param {Report} received
 * @param {Report} sent
 * @param {number} seconds
 */
function show(mode, received, sent, seconds) {
  const count = received.received ?? 0;
  const { altered = 0, misplaced = 0, misattributed = 0 } = received;
  console.log(
    `${mode.padEnd(8)} ${String(Math.round(seconds)).padStart(5)} s  ${count.toLocaleString('en')} received` +
      ` (${Math.round(count / seconds / 1000)} k/s), ${altered} altered, ${misplaced} misplaced, ${misattributed} misattributed,` +
      ` ${sent.failed ?? 0} failed; ${megabytes(received.memory)} and ${megabytes(sent.memory)} MB`,
  );
}

/** @param {number | undefined} bytes */
function megabytes(bytes = 0) {
  return Math.round(bytes / 1024 / 1024);
}
