/** What the tests of failing calls share: the library that lets them fail, and a process to go through cases. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Case, Outcome } from './fixtures/cases.ts';
import { PLAN_BYTES } from './fixtures/faults.ts';

/** What the calls of are failing: Volley, or what it is compared to. */
export type Target = 'linux' | 'node';

const LIMIT = 300_000 * Number(process.env['VOLLEY_TEST_PATIENCE'] ?? 1);

export class Shim {
  readonly #directory = mkdtempSync(join(tmpdir(), 'volley-faults-'));
  readonly #library = join(this.#directory, 'faults.so');
  #runs = 0;

  constructor() {
    const source = new URL('../../../../test/faults/calls/fixtures/faults.c', import.meta.url);
    const flags = ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror'];
    const path = fileURLToPath(source);
    execFileSync('cc', [...flags, '-shared', '-fPIC', '-o', this.#library, path, '-ldl']);
  }

  /** The variables of a process whose calls are to fail. */
  environment(target: Target): NodeJS.ProcessEnv {
    this.#runs += 1;
    const plan = join(this.#directory, `plan-${this.#runs}`);
    writeFileSync(plan, new Uint8Array(PLAN_BYTES));
    return {
      ...process.env,
      // What this process was started with is not what is meant to be seen.
      ...{ VOLLEY_GSO: undefined, VOLLEY_GRO: undefined },
      ...{ LD_PRELOAD: this.#library, FAULTS_FILE: plan, VOLLEY_TEST_TARGET: target },
    };
  }

  /** Goes through the cases in one process. With `cold`, nothing was done before the first. */
  async run(target: Target, cases: readonly Case[], cold = false): Promise<Outcome[]> {
    const environment = this.environment(target);
    const file = join(this.#directory, `cases-${this.#runs}.json`);
    writeFileSync(file, JSON.stringify(cases));
    const fixture = fileURLToPath(new URL('fixtures/run.js', import.meta.url));
    const child = spawn(process.execPath, [fixture, file, cold ? 'cold' : 'warm'], {
      ...{ env: environment, timeout: LIMIT, killSignal: 'SIGKILL' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await ended;
    const lines = stdout.split('\n').filter((line) => line !== '');
    if (lines.length !== cases.length || child.exitCode !== 0) {
      const last = JSON.stringify(cases[lines.length]);
      throw new Error(
        `${target} ended (${child.exitCode}, ${child.signalCode}) in ${last}:\n${stderr}`,
      );
    }
    return lines.map((line): Outcome => JSON.parse(line));
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
