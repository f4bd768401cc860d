/** A package as a user gets it: packed, and installed into a directory elsewhere. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

const FIXTURES = join(root, 'test/package/fixtures');

/**
 * Runs npm without scripts and without a network: everything that is installed here lies on this
 * machine already.
 */
function npm(directory: string, ...args: string[]): string {
  const quiet = ['--ignore-scripts', '--offline', '--no-audit', '--no-fund', '--loglevel=error'];
  return execFileSync('npm', [...args, ...quiet], {
    cwd: directory,
    encoding: 'utf8',
    // The tests run under many lines of Node, npm under the one that it came with.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** Packs the package in `directory`; the path of its tarball. */
function pack(directory: string, destination: string): string {
  const before = new Set(readdirSync(destination));
  npm(directory, 'pack', '--pack-destination', destination);
  const [tarball, ...others] = readdirSync(destination).filter((name) => !before.has(name));
  assert.ok(tarball !== undefined && others.length === 0);
  return join(destination, tarball);
}

/** The files of a tarball, without the leading `package/`. */
function list(tarball: string): string[] {
  const names = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
  return names
    .trimEnd()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''));
}

export interface Installation {
  /** Where the consumer lives. */
  directory: string;
  /** What the tarball holds. */
  files: string[];
  /** Of the tarball, in bytes. */
  size: number;
  remove(): void;
}

/** What the fixtures print where all is well. */
export const ECHOED = 'there and back\n';

/** Packs Volley and its dependencies, and installs the tarballs into a new directory. */
export function install(): Installation {
  const directory = mkdtempSync(join(tmpdir(), 'volley-consumer-'));
  const tarball = pack(root, directory);
  const { dependencies = {} }: { dependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const tarballs = Object.keys(dependencies).map((name) => [
    name,
    `file:${pack(join(root, 'node_modules', name), directory)}`,
  ]);
  const manifest = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: { ...Object.fromEntries(tarballs), volley: `file:${tarball}` },
  };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  npm(directory, 'install');
  for (const name of readdirSync(FIXTURES))
    copyFileSync(join(FIXTURES, name), join(directory, name));
  return {
    directory,
    files: list(tarball),
    size: statSync(tarball).size,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A copy, to spoil. */
export function copy(installation: Installation): Installation {
  const directory = mkdtempSync(join(tmpdir(), 'volley-consumer-'));
  cpSync(installation.directory, directory, { recursive: true });
  const remove = () => rmSync(directory, { recursive: true, force: true });
  return { ...installation, directory, remove };
}

/** Runs a fixture of the consumer under this Node; what it printed. */
export function run(
  { directory }: Pick<Installation, 'directory'>,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  return { status, stdout, stderr };
}
