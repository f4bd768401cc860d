// npm run bench: measures the contestants in every workload. `--help` says what can be chosen.
import { join } from 'node:path';
import process from 'node:process';
import { contestants } from './contestants.mjs';
import { machine, pinning } from './runner/machine.mjs';
import { endAll, measureCase } from './runner/measure.mjs';
import { isPartial, readOptions } from './runner/options.mjs';
import { bench, install, programs } from './runner/programs.mjs';
import { readResults, writeResults } from './runner/results.mjs';
import { writeReport } from './runner/report.mjs';
import { heading, progress, say, table } from './runner/screen.mjs';
import { workloads } from './workloads/index.mjs';

/**
 * @typedef {import('./runner/options.mjs').Options} Options
 * @typedef {import('./types.d.ts').CaseResult} CaseResult
 * @typedef {import('./types.d.ts').Workload} Workload
 */

/** A load average above this disturbs what is measured. */
const BUSY = 0.5;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    endAll();
    process.exit(130);
  });
}

try {
  const options = readOptions(process.argv.slice(2), workloads);
  if (typeof options === 'string') console.log(options);
  else await run(options);
} catch (error) {
  say(`✗ ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

/** @param {Options} options */
async function run(options) {
  install(say);
  const directory = options.output ?? join(bench, isPartial(options) ? 'build/results' : 'results');
  if (!options.charts) await measure(options, directory);
  await draw(directory);
}

/**
 * @param {Options} options
 * @param {string} directory
 */
async function measure(options, directory) {
  const found = programs(options.node);
  const pins = pinning();
  const files = writeResults(directory);
  const here = machine(found, pins);
  files.machine(here);
  say(
    `${here.processor}, ${here.cores} cores, Linux ${here.kernel}, Node ${here.versions['node']}`,
  );
  say(pins.how);
  if (here.load > BUSY) say(`the machine is busy (load ${here.load}), so the figures will be off`);
  for (const runtime of [found.bun, found.deno]) {
    if ('missing' in runtime) say(`skipped: ${runtime.missing}`);
  }
  const all = contestants(found).filter(({ id }) => options.only.includes(id));
  for (const workload of chosen(options)) {
    const taking = all.filter(({ id }) => workload.contestants.includes(id));
    const stage = { contestants: taking, programs: found, pins, ...options, progress };
    files.workload(await measureWorkload(workload, stage));
  }
}

/**
 * @param {Workload} workload
 * @param {import('./runner/measure.mjs').Stage} stage
 */
async function measureWorkload(workload, stage) {
  const { name, title, description, figures } = workload;
  /** @type {CaseResult[]} */
  const cases = [];
  const result = {
    ...{ workload: name, title, description, figures, settings: stage.settings },
    ...{ date: new Date().toISOString(), cases },
  };
  heading(result);
  for (const test of workload.cases(stage.settings)) {
    const measured = await measureCase(stage, name, test);
    cases.push(measured);
    table(result, measured);
    if (measured.outcomes.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
  }
  return result;
}

/** @param {Options} options */
function chosen({ workloads: names }) {
  return names.length === 0 ? workloads : workloads.filter(({ name }) => names.includes(name));
}

/**
 * The charts need the charting library; where it could not be had, the tables are the result.
 *
 * @param {string} directory
 */
async function draw(directory) {
  const results = readResults(directory);
  if (results === undefined) throw new Error(`${directory} holds no results; measure first`);
  writeReport(directory, results);
  try {
    const { drawCharts } = await import('./runner/charts.mjs');
    say(`\nresults and charts: ${directory}`);
    drawCharts(directory, results);
  } catch (error) {
    say(`no charts: ${error instanceof Error ? error.message : error}`);
  }
}
