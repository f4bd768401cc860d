// The files in bench/results: one for each workload, and one for the machine.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {import('../types.d.ts').Machine} Machine
 * @typedef {import('../types.d.ts').WorkloadResult} WorkloadResult
 */

const MACHINE = 'machine.json';

/** @param {string} directory */
export function writeResults(directory) {
  mkdirSync(directory, { recursive: true });
  /**
   * @param {string} name
   * @param {unknown} content
   */
  const write = (name, content) =>
    writeFileSync(join(directory, name), `${JSON.stringify(content, undefined, 2)}\n`);
  return {
    machine: (/** @type {Machine} */ machine) => write(MACHINE, machine),
    workload: (/** @type {WorkloadResult} */ result) => write(`${result.workload}.json`, result),
  };
}

/**
 * What an earlier run measured, workload by workload.
 *
 * @param {string} directory
 */
export function readResults(directory) {
  /** @type {Map<string, WorkloadResult>} */
  const workloads = new Map();
  if (!existsSync(join(directory, MACHINE))) return undefined;
  for (const name of readdirSync(directory)) {
    if (!name.endsWith('.json') || name === MACHINE) continue;
    /** @type {WorkloadResult} */
    const result = JSON.parse(readFileSync(join(directory, name), 'utf8'));
    workloads.set(result.workload, result);
  }
  /** @type {Machine} */
  const machine = JSON.parse(readFileSync(join(directory, MACHINE), 'utf8'));
  return { machine, workloads };
}
