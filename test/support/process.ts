import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  pid: number | undefined;
  stdout: string;
  stderr: string;
  /** What the fixture printed, one JSON value a line. */
  lines: unknown[];
}

export interface RunOptions {
  /** Arguments for the fixture. */
  arguments?: readonly string[];
  /** Flags for node. */
  flags?: readonly string[];
  /** A command and its arguments to put in front of node, such as `unshare`. */
  prefix?: readonly string[];
  /** A descriptor that the fixture gets as its number 3. */
  descriptor?: number;
}

/** The fixtures stay where they were written; only TypeScript is compiled to build/. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../../../test/contract/fixtures/${name}`, import.meta.url));
}

/**
 * A hung fixture is a failure of its own, not of the whole run; generous for a busy machine. An emulated one
 * asks for more, see scripts/arm64.mjs.
 */
const LIMIT_MILLISECONDS = 20_000 * Number(process.env['VOLLEY_TEST_PATIENCE'] ?? 1);

/** Runs a fixture to its end. */
export function run(name: string, options: RunOptions = {}): Promise<Exit> {
  const command = [
    ...(options.prefix ?? []),
    process.execPath,
    '--no-warnings',
    ...(options.flags ?? []),
    fixturePath(name),
    ...(options.arguments ?? []),
  ];
  const [executable = process.execPath, ...rest] = command;
  const child = spawn(executable, rest, {
    stdio: ['ignore', 'pipe', 'pipe', options.descriptor ?? 'ignore'],
    timeout: LIMIT_MILLISECONDS,
    killSignal: 'SIGKILL',
  });
  return exitOf(child);
}

/** What a child printed and how it ended. */
export function exitOf(child: ChildProcess): Promise<Exit> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, pid: child.pid, stdout, stderr, lines: parseLines(stdout) });
    });
  });
}

function parseLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        return line;
      }
    });
}
