/** Runs the `volley` command as it was built. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's root, seen from `build/test/cli/`. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

const COMMAND = fileURLToPath(new URL('dist/cli/main.js', `file://${root}`));

export interface Exit {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Settings {
  environment?: NodeJS.ProcessEnv;
  /** For node. */
  flags?: readonly string[];
  /** A command and its arguments to put in front of node, such as `unshare`. */
  prefix?: readonly string[];
}

/** Runs `volley` with these words to its end. What the tests themselves were started with is left out. */
export function volley(words: readonly string[], settings: Settings = {}): Exit {
  const { environment = {}, flags = [], prefix = [] } = settings;
  const { VOLLEY_DRIVER, VOLLEY_GSO, VOLLEY_GRO, ...inherited } = process.env;
  const [program = process.execPath, ...rest] = [
    ...prefix,
    ...[process.execPath, '--no-warnings', ...flags, COMMAND, ...words],
  ];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...inherited, ...environment },
  });
  return { status, stdout, stderr };
}
