/** Programs in a project of their own, into which Volley is installed, with and without the swap. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Exit, exitOf } from '../support/process.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A hung program is a failure of its own; generous for a busy machine. */
const LIMIT_MILLISECONDS = 30_000;

export const nodeMajor: number = Number(process.versions.node.split('.')[0]);

/** The driver that this suite is run over. */
export const driver: string = process.env.VOLLEY_DRIVER ?? 'linux';

/** The flags that swap; each does the same. */
export const FLAGS = [
  ['--import', 'volley/register'],
  ['--require', 'volley/register'],
] as const;

/** Copies what the package consists of when it is installed, with the addon that was compiled here. */
export function installVolley(directory: string): void {
  for (const part of ['package.json', 'dist', 'native/build/Release/volley.node']) {
    if (!existsSync(join(root, part))) continue;
    mkdirSync(dirname(join(directory, part)), { recursive: true });
    cpSync(join(root, part), join(directory, part), { recursive: true });
  }
  const loader = 'node_modules/node-gyp-build';
  cpSync(join(root, loader), join(directory, loader), { recursive: true });
}

/** A directory with the fixtures, `files`, and Volley in `node_modules`, for all tests of a file. */
export function createProject(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'volley-swap-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(join(root, 'test/swap/fixtures'), directory, { recursive: true });
  installVolley(join(directory, 'node_modules/volley'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

/** Runs Node in `directory` to its end. */
export function run(
  directory: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Exit> {
  const inherited: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: '' };
  // Else a `node --test` of the program would take itself for a part of this run.
  delete inherited.NODE_TEST_CONTEXT;
  delete inherited.VOLLEY_TEST_SUMMARY;
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MILLISECONDS,
    killSignal: 'SIGKILL',
  });
  return exitOf(child);
}
