/** Sandboxes: commands to put in front of Node, and what runs in them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missing, root } from '../../real/support.ts';

const MINUTES = 60_000 * Number(process.env['VOLLEY_TEST_PATIENCE'] ?? 1);

export interface Exit {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A shell script that ends by becoming the command behind it. */
const scripted = (script: string): string[] => ['sh', '-c', `${script} && exec "$@"`, 'sh'];

/** Everything that is mounted, as read-only; a look whether it is, since some systems do not say. */
const READ_ONLY = `
  for place in $(awk '{ print $5 }' /proc/self/mountinfo | sort -r); do
    mount -o remount,bind,ro "$place" 2>/dev/null
  done
  ! touch ${tmpdir()}/volley-read-only 2>/dev/null
`;

/** By what it lacks. Each leaves nothing behind: a namespace ends with what runs in it. */
export const SANDBOXES = {
  'a file system that can be written': ['unshare', '--mount', ...scripted(READ_ONLY.trim())],
  '/proc and /sys': [
    ...['unshare', '--mount'],
    ...scripted('mount -t tmpfs none /sys && mount -t tmpfs none /proc'),
  ],
  'a privileged user': [
    ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    ...['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'],
  ],
  'a network': ['unshare', '--net'],
} as const;

/** For a test's `skip`: `false` where Node runs behind the command, else why not. */
export function reasonAgainst(command: readonly string[]): string | false {
  const readable = join(root, 'package.json');
  const [program = '', ...rest] = [...command, 'cat', readable, process.execPath];
  const lacking = missing(program, 'util-linux');
  if (lacking !== false) return lacking;
  const { status } = spawnSync(program, rest, { stdio: 'ignore' });
  return status === 0 ? false : `${program} cannot be used here, or what it runs cannot read this`;
}

/** Runs Node behind a command, with words of its own, to its end. */
export function runIn(
  command: readonly string[],
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Exit {
  const [program = '', ...rest] = [...command, process.execPath, '--no-warnings', ...words];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    ...{ encoding: 'utf8', timeout: 2 * MINUTES, killSignal: 'SIGKILL', cwd: root },
    env: { ...process.env, ...environment },
  });
  return { status, stdout, stderr };
}

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url));

/** Compiles the launcher that forbids system calls; it is removed with its directory. */
export function buildLauncher(): { path: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'volley-forbid-'));
  const path = join(directory, 'forbid');
  execFileSync('cc', ['-o', path, join(root, 'test/support/forbid.c')]);
  return { path, remove: () => rmSync(directory, { recursive: true }) };
}
