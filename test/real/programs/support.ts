/**
 * Runs a program of this folder on `node:dgram` and then, swapped by `volley/register`, on each of Volley's drivers, and
 * compares what it observed.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { missing, root } from '../support.ts';

const FOLDER = `${root}test/real/programs/`;
const REGISTER = pathToFileURL(`${root}dist/register.js`).href;
const DRIVERS = ['linux', 'builtin'];

/** A line of `VOLLEY_REPORT=1`; each thread that opened a socket prints one. */
const REPORT =
  /^volley: .*: (?<sockets>\d+) sockets?; sent (?<sent>\d+) .*; received (?<received>\d+) .*; driver (?<driver>\w+)/;

/** A program of Debian's that takes part, and the package that brings it. */
interface Command {
  name: string;
  debianPackage: string;
}

interface Run {
  outcome: unknown;
  /** What it wrote to stderr. */
  complaints: string;
}

/** Starts the program NAME.mjs, whose `--rounds` are `rounds`, and compares. */
export function behavesTheSame(name: string, rounds?: number): void {
  const args = rounds === undefined ? [] : ['--rounds', String(rounds)];
  describe(name, () => compare(name, args));
}

/** The same, while a program of Debian's takes part. */
export function behavesTheSameWith(command: Command, name: string): void {
  const skip = missing(command.name, command.debianPackage);
  const args = ['--with-command', '--rounds', '16'];
  describe(`${name} with ${command.name}`, { skip }, () => compare(name, args));
}

function compare(name: string, args: readonly string[]): void {
  let expected: unknown;

  it('does its work on node:dgram', async () => {
    assert.ok(existsSync(`${FOLDER}node_modules`), 'run: npm ci --prefix test/real/programs');
    const { outcome, complaints } = await run(name, args, [], {});
    assert.equal(complaints, '');
    expected = outcome;
  });

  for (const driver of DRIVERS) {
    it(`observes on the ${driver} driver what it does on node:dgram`, async () => {
      assert.ok(expected, 'there is nothing to compare with');
      const environment = { VOLLEY_DRIVER: driver, VOLLEY_REPORT: '1' };
      const { outcome, complaints } = await run(name, args, ['--import', REGISTER], environment);
      assert.deepEqual(outcome, expected);
      wentThrough(driver, complaints.trim().split('\n'));
    });
  }
}

/** All that the program wrote to stderr has to be reports, and nothing in them may be 0. */
function wentThrough(driver: string, reports: readonly string[]): void {
  const total = { sockets: 0, sent: 0, received: 0 };
  for (const report of reports) {
    const { sockets, sent, received, driver: used } = REPORT.exec(report)?.groups ?? {};
    assert.equal(used, driver, report);
    total.sockets += Number(sockets);
    total.sent += Number(sent);
    total.received += Number(received);
  }
  for (const [name, count] of Object.entries(total)) assert.notEqual(count, 0, name);
}

async function run(
  name: string,
  args: readonly string[],
  flags: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Run> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...flags, `${FOLDER}${name}.mjs`, ...args],
    { env: { ...process.env, ...environment } },
  );
  const { outcome } = JSON.parse(stdout);
  return { outcome, complaints: stderr };
}
