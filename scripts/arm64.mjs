/**
 * Runs test suites on arm64, emulated by qemu-user, with the addon that the package brings for it:
 *
 *     npm run test:arm64 [-- [--line 20] suite...]
 *
 * Without names, those that need no programs for arm64 but Node. It takes Debian's gcc-aarch64-linux-gnu,
 * qemu-user and libstdc++6-arm64-cross, and
 *
 *     npm ci --prefix .ci/nodes-arm64 --force
 *
 * (npm installs a package for another machine only when forced).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { complaints, root } from './build.mjs';

/** Where Debian's cross packages put the libraries for arm64. */
const LIBRARIES = '/usr/aarch64-linux-gnu';

/** What stands for a second on the machine itself; most of it is V8 that compiles anew in each process. */
const PATIENCE = 10;

const { values, positionals } = parseArgs({
  options: { line: { type: 'string', default: '26' } },
  allowPositionals: true,
});

/**
 * What has to be there, and what brings it; '' where all is.
 *
 * @param {string} node
 */
function missing(node) {
  const packages = 'apt-get install gcc-aarch64-linux-gnu qemu-user libstdc++6-arm64-cross';
  if (spawnSync('qemu-aarch64', ['--version']).status !== 0) return `no qemu-aarch64: ${packages}`;
  if (!existsSync(join(LIBRARIES, 'lib/libstdc++.so.6'))) return `no libstdc++: ${packages}`;
  if (!existsSync(node)) return `no ${node}: npm ci --prefix .ci/nodes-arm64 --force`;
  return '';
}

/**
 * A program that is Node for arm64 to whoever runs it. Node has to know it as itself, since it starts child
 * processes, and this machine cannot run the binary directly.
 *
 * @param {string} node
 */
function emulated(node) {
  const directory = join(root, 'build/arm64');
  const program = join(directory, `node${values.line}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${program}.cjs`, `process.execPath = ${JSON.stringify(program)};\n`);
  const command = `exec qemu-aarch64 -L ${LIBRARIES} '${node}' --require '${program}.cjs' "$@"`;
  writeFileSync(program, `#!/bin/sh\nexport PREBUILDS_ONLY=1\n${command}\n`, { mode: 0o755 });
  return program;
}

const node = join(root, `.ci/nodes-arm64/node_modules/node${values.line}/bin/node`);
const wrong =
  missing(node) || complaints(join(root, 'scripts/prebuild/main.mjs'), 'linux-arm64-glibc');
if (wrong !== '') {
  console.error(wrong);
  process.exitCode = 1;
} else {
  const suites = positionals.length > 0 ? positionals : ['native', 'package'];
  const args = [join(root, 'scripts/test.mjs'), '--node', emulated(node), ...suites];
  const { status } = spawnSync(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, VOLLEY_TEST_PATIENCE: `${PATIENCE}`, VOLLEY_TEST_EMULATED: '1' },
  });
  process.exitCode = status ?? 1;
}
