/**
 * A reporter for `node --test`: prints failures only, whole, and leaves the numbers in the file
 * that the environment variable VOLLEY_TEST_SUMMARY names. See `scripts/suites.mjs`.
 *
 * @typedef {object} Summary
 * @property {number} passed
 * @property {string[]} failed name and place of each test that did
 * @property {Record<string, number>} skipped how many tests each reason kept from running
 *
 * @typedef {object} TestEvent as `node:test` describes its TestsStream
 * @property {string} type
 * @property {EventData} data
 *
 * @typedef {object} EventData
 * @property {string} name
 * @property {number} nesting
 * @property {string} [file]
 * @property {number} [line]
 * @property {string} [message]
 * @property {string | boolean} [skip]
 * @property {{ type?: string, duration_ms: number, error?: FailureError }} [details]
 *
 * @typedef {Error & { failureType?: string }} FailureError
 */
import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { inspect } from 'node:util';

/** How much of what a test file printed is kept for the case that one of its tests fails. */
const MOST_OUTPUT = 20_000;

/** A line of a stack trace that lies within Node, where no failure of ours begins. */
const NODE_FRAME = /^\s+at .*\(?node:internal\/[^)]*\)?$/;

/**
 * @param {AsyncIterable<TestEvent>} events
 * @returns {AsyncGenerator<string>}
 */
export default async function* report(events) {
  /** @type {Summary} */
  const summary = { passed: 0, failed: [], skipped: {} };
  /** @type {string[]} names of the tests and suites around the one reported, outermost first */
  const path = [];
  /** @type {Map<string, string>} */
  const printed = new Map();
  /** @type {Set<string>} */
  const failedFiles = new Set();

  for await (const { type, data } of events) {
    const file = data.file ?? '';
    if (type === 'test:start') {
      path.length = data.nesting;
      path.push(data.name);
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      const text = (printed.get(file) ?? '') + (data.message ?? '');
      printed.set(file, text.slice(-MOST_OUTPUT));
    } else if (type === 'test:fail' && isItself(data)) {
      const own = isFile(data) ? relative('', data.name) : data.name;
      const name = [...path.slice(0, data.nesting), own].join(' › ');
      summary.failed.push(`${name} (${place(data)})`);
      failedFiles.add(file);
      yield `\nFAILED ${name}\n  ${place(data)}${seconds(data)}\n  ${explain(data)}\n`;
    } else if (type === 'test:diagnostic' && data.message?.includes('VOLLEY_TEST_SEED')) {
      yield `  ${data.message}\n`; // How many random inputs a test tried, and how to repeat it.
    } else if (type === 'test:pass' && data.details?.type !== 'suite' && !isFile(data)) {
      count(summary, data);
    } else if (type === 'test:pass' && data.skip) {
      count(summary, data);
    }
  }

  for (const file of failedFiles) {
    const text = printed.get(file);
    if (text) yield `\noutput of ${relative('', file)}:\n${text}\n`;
  }
  const destination = process.env.VOLLEY_TEST_SUMMARY;
  if (destination) writeFileSync(destination, JSON.stringify(summary));
}

/**
 * @param {Summary} summary
 * @param {EventData} data
 */
function count(summary, data) {
  if (data.skip === undefined || data.skip === false) {
    summary.passed += 1;
  } else {
    const reason =
      typeof data.skip === 'string' && data.skip !== '' ? data.skip : 'no reason given';
    summary.skipped[reason] = (summary.skipped[reason] ?? 0) + 1;
  }
}

/**
 * Whether a failure is the test's own. A suite, or a test around others, fails with its inner
 * ones, which were reported before it.
 *
 * @param {EventData} data
 */
function isItself(data) {
  return data.details?.error?.failureType !== 'subtestsFailed';
}

/**
 * A test file counts as a test of that name where it holds none.
 *
 * @param {EventData} data
 */
function isFile(data) {
  return data.nesting === 0 && data.file !== undefined && resolve(data.name) === data.file;
}

/** @param {EventData} data */
function place({ file = '', line }) {
  return `${relative('', file)}${line ? `:${line}` : ''}`;
}

/** @param {EventData} data */
function seconds({ details }) {
  return details === undefined ? '' : ` after ${(details.duration_ms / 1000).toFixed(2)} s`;
}

/** @param {EventData} data */
function explain({ details }) {
  const error = details?.error?.cause ?? details?.error;
  // An assertion's message shows both values already; inspecting it would show them again.
  const text = error instanceof Error && 'generatedMessage' in error ? error.stack : inspect(error);
  return (text ?? '')
    .split('\n')
    .filter((line) => !NODE_FRAME.test(line))
    .join('\n  ');
}
