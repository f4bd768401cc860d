/**
 * The system calls with which a program sends: seen, and made to fail, by a library that is loaded in
 * front of the system's (`fixtures/system-calls.c`, LD_PRELOAD in ld.so(8)). Unlike strace(1) it can
 * let single messages fail, and needs no permission.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { corruptsSegments } from '#volley/drivers/linux/offload.js';
import type { Flow, FlowResult } from './fixtures/flow.ts';
import { root } from './support.ts';

const run = promisify(execFile);

/** For a test's `skip`: `false` where datagrams leave in groups here, else why not. */
export const noGroups: string | false = corruptsSegments(release())
  ? `Linux ${release()} corrupts segments`
  : false;

/** One message of a call, as the program asked for it. */
export interface SentMessage {
  /** Bytes of payload. */
  readonly length: number;
  /** Of its UDP_SEGMENT control message; 0 where it has none. */
  readonly segment: number;
  /** Destination address; '' for the peer of a connected socket. */
  readonly to: string;
}

export interface SendCall {
  readonly call: 'sendmsg' | 'sendmmsg';
  readonly fd: number;
  /** What the call returned, or the negative errno. */
  readonly result: number;
  readonly messages: readonly SentMessage[];
}

export interface OptionCall {
  readonly call: 'setsockopt';
  readonly fd: number;
  readonly result: number;
  readonly name: 'UDP_GRO' | 'UDP_SEGMENT' | 'other';
}

const isSend = (call: SendCall | OptionCall): call is SendCall => call.call !== 'setsockopt';

/** What a program did. */
export class Calls {
  readonly all: readonly (SendCall | OptionCall)[];

  constructor(text: string) {
    this.all = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line): SendCall | OptionCall => JSON.parse(line));
  }

  get sends(): SendCall[] {
    return this.all.filter(isSend);
  }

  /** The options of the level SOL_UDP that were set. */
  get options(): string[] {
    return this.all.flatMap((call) => (isSend(call) ? [] : [call.name]));
  }

  /** The messages that left, in order, as `length/segment`. */
  get left(): string[] {
    return this.sends.flatMap(({ call, result, messages }) => {
      const count = call === 'sendmmsg' ? Math.max(result, 0) : result < 0 ? 0 : 1;
      return messages.slice(0, count).map(({ length, segment }) => `${length}/${segment}`);
    });
  }
}

/** A directory for the library and what it writes. */
export class Witness {
  readonly #directory = mkdtempSync(join(tmpdir(), 'volley-calls-'));
  readonly #library = join(this.#directory, 'system-calls.so');
  #runs = 0;

  constructor() {
    const source = join(root, 'test/real/fixtures/system-calls.c');
    execFileSync('cc', ['-shared', '-fPIC', '-o', this.#library, source, '-ldl']);
  }

  /** Variables for a program that is to be watched, and what it did so far. */
  watch(): { environment: NodeJS.ProcessEnv; calls: () => Calls } {
    this.#runs += 1;
    const file = join(this.#directory, `calls-${this.#runs}`);
    return {
      environment: {
        // What this process was started with is not what is meant to be seen.
        VOLLEY_GSO: undefined,
        VOLLEY_GRO: undefined,
        LD_PRELOAD: this.#library,
        CALLS_FILE: file,
      },
      calls: () => new Calls(existsSync(file) ? readFileSync(file, 'utf8') : ''),
    };
  }

  /** Runs a fixture to its end: what it printed last, and what it did. */
  async run(
    fixture: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<{ result: unknown; calls: Calls }> {
    const watched = this.watch();
    const path = fileURLToPath(new URL(`fixtures/${fixture}.js`, import.meta.url));
    const { stdout, stderr } = await run(process.execPath, [path, ...args], {
      env: { ...process.env, ...watched.environment, ...environment },
      timeout: 30_000,
    });
    assert.equal(stderr, '');
    return {
      result: JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''),
      calls: watched.calls(),
    };
  }

  /** Has datagrams flow, and checks that each arrives once, unaltered, in order, or failed. */
  async flow(
    flow: Flow,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<{ result: FlowResult; calls: Calls }> {
    const { result, calls } = await this.run('flow', [JSON.stringify(flow)], environment);
    assert.ok(isFlowResult(result));
    const all = flow.rounds.flat();
    const failed = new Set(result.errors.map(([number]) => number));
    assert.equal(result.altered, 0);
    assert.deepEqual(result.callbacks, [...all.keys()], 'callbacks, in order');
    for (const [address, numbers] of Object.entries(result.arrived)) {
      const expected = [...all.keys()].filter(
        (number) => all[number]?.to === address && !failed.has(number),
      );
      assert.deepEqual(numbers, expected, `to ${address}`);
    }
    return { result, calls };
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}

function isFlowResult(value: unknown): value is FlowResult {
  return typeof value === 'object' && value !== null && 'arrived' in value && 'callbacks' in value;
}
