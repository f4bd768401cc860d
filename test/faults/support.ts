/** What the tests of faults share: running a fixture in a process of its own, and its verdict. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Whether the long form is asked for, the one that takes minutes. */
export const full: boolean = process.env['VOLLEY_TEST_FULL'] === '1';

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Setting {
  args?: readonly string[];
  environment?: NodeJS.ProcessEnv;
  /** Options of Node itself. */
  flags?: readonly string[];
  /** The command that starts Node, for limits and namespaces: `wrapper… node fixture`. */
  wrapper?: readonly string[];
  /** The URL of the module whose `fixtures/` are meant. */
  from?: string;
}

/** Runs `fixtures/NAME` to its end. */
export async function run(name: string, setting: Setting = {}): Promise<Outcome> {
  const fixture = fileURLToPath(new URL(`fixtures/${name}.js`, setting.from ?? import.meta.url));
  const [command = '', ...args] = [
    ...(setting.wrapper ?? []),
    process.execPath,
    ...(setting.flags ?? []),
    fixture,
    ...(setting.args ?? []),
  ];
  const child = spawn(command, args, { env: { ...process.env, ...setting.environment } });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
}

/** Runs a fixture that must end well; the JSON object that it printed last. */
export async function verdict(
  name: string,
  setting: Setting = {},
): Promise<Record<string, unknown>> {
  const { code, signal, stdout, stderr } = await run(name, setting);
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, `${stdout}${stderr}`);
  const result: Record<string, unknown> = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  return result;
}

/** The open file descriptors of this process, the one that reads the list not counted. */
export function descriptors(): number {
  return readdirSync('/proc/self/fd').length - 1;
}

/** A command in front of others: a network namespace with the loopback up, once these have run. */
export function alone(...commands: readonly string[]): string[] {
  const all = ['ip link set lo up', ...commands, 'exec "$@"'];
  return ['unshare', '--net', 'sh', '-c', all.join(' && '), 'sh'];
}
