/** Sandboxes: commands to put in front of Node, and what runs in them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missing, root } from '../../real/support.ts';
import { full } from '../support.ts';

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

/** What `fixtures/traffic.ts` prints where nothing is amiss. */
export const WELL = { unconnected: 'in order', connected: 'in order', broadcast: 'ok' };

/** Of the contract suite, what needs none of the things that are missing. */
const CONTRACT = [
  ...['bind', 'close', 'connect', 'message', 'options', 'send-delivery', 'send-errors'],
  ...(full ? ['abort', 'async-context', 'create', 'legacy', 'lookup', 'multicast', 'sync'] : []),
].map((name) => join(root, `build/test/contract/${name}.test.js`));

export function runContract(command: readonly string[]): void {
  const environment = { VOLLEY_TEST_TARGET: 'linux', VOLLEY_DRIVER: 'linux' };
  // The runner in this process must not take the inner one for a file of its own.
  const inner = { ...environment, NODE_TEST_CONTEXT: undefined };
  const flags = ['--test', '--test-concurrency=2', '--test-reporter=tap'];
  const { status, stdout, stderr } = runIn(command, [...flags, ...CONTRACT], inner);
  const failed = stdout.split('\n').filter((line) => /^\s*not ok/.test(line));
  assert.deepEqual({ status, failed }, { status: 0, failed: [] }, `${stdout}${stderr}`);
  assert.match(stdout, /^# pass \d\d/m);
}

export function runTraffic(
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): object {
  const { status, stdout, stderr } = runIn(command, [fixture('traffic')], environment);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  const result: object = JSON.parse(stdout);
  return result;
}

/** Compiles the launcher that forbids system calls; it is removed with its directory. */
export function buildLauncher(): { path: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'volley-forbid-'));
  const path = join(directory, 'forbid');
  execFileSync('cc', ['-o', path, join(root, 'test/support/forbid.c')]);
  return { path, remove: () => rmSync(directory, { recursive: true }) };
}
