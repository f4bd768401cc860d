/**
 * Looks for mistakes in the C code without running it: by warnings of gcc, its `-fanalyzer`, and clang-tidy with
 * native/.clang-tidy.
 *
 *     npm run analyze
 *
 * Any finding fails. It is mended, or a comment beside the code says why not (NOLINT); a check that does not fit is
 * switched off in one place, with its reason.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from './build.mjs';
import { nodeHeaders, readTarget } from './prebuild/compile.mjs';

/**
 * Beside those that native/binding.gyp asks for. Not `-Wswitch-enum`: what a `default` stands for is not to be
 * listed. At `-O2`, since some warnings come of what the optimiser finds out.
 */
const WARNINGS = [
  ...['-O2', '-Wcast-qual', '-Wcast-align=strict', '-Wformat=2', '-Wundef', '-Wpointer-arith'],
  ...[
    '-Wwrite-strings',
    '-Wmissing-prototypes',
    '-Wmissing-declarations',
    '-Wold-style-definition',
  ],
  ...['-Wredundant-decls', '-Wnested-externs', '-Wnull-dereference', '-Wdouble-promotion'],
  ...['-Wswitch-default', '-Wvla', '-Walloca', '-Wlogical-op', '-Wduplicated-cond'],
  ...['-Wduplicated-branches', '-Warith-conversion', '-Wbad-function-cast', '-Wunused-macros'],
  ...['-Wimplicit-fallthrough=5', '-Wjump-misses-init', '-Wstrict-overflow=2', '-Wtrampolines'],
];

/**
 * What does not fit programs that only tests run:
 * - concurrency-mt-unsafe: getenv, strerror and exit, in programs of one thread or before there is a second;
 * - cert-err34-c: their numbers come from a test, which fails where one is wrong;
 * - readability-inconsistent-declaration-parameter-name: what stands in for functions of libc has names of its own;
 * - performance-no-int-to-ptr: a shim is given the arguments of a system call as numbers;
 * - bugprone-suspicious-memory-comparison and its other names: addresses are compared after all of their bytes were set;
 * - bugprone-suspicious-include: what tries static functions of the addon includes the file that has them.
 */
const NOT_IN_TESTS = [
  ...['performance-no-int-to-ptr', 'bugprone-suspicious-memory-comparison', 'cert-exp42-c'],
  'cert-flp37-c',
  ...['concurrency-mt-unsafe', 'cert-err34-c', 'bugprone-suspicious-include'],
  'readability-inconsistent-declaration-parameter-name',
];

/** @typedef {{ program: string, args: string[], file: string }} Look */

/**
 * The C files below a directory, by their paths from the root.
 *
 * @param {string} directory
 */
function sources(directory) {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.c') && !/(?:^|\/)(?:build|node_modules)\//.test(name))
    .map((name) => join(directory, name))
    .sort();
}

/** @returns {Look[]} */
function looks() {
  const { cflags, defines } = readTarget();
  // As nothing, so that a file of the tests may define the same again.
  const macros = defines.map((define) => (define.includes('=') ? `-D${define}` : `-D${define}=`));
  const common = [...cflags, ...macros, '-Inative', '-isystem', nodeHeaders()];
  /** @param {string} file @param {string[]} checks */
  const both = (file, checks) => [
    {
      ...{ program: 'gcc', file },
      args: [...common, ...WARNINGS, '-fanalyzer', '-c', file, '-o', '/dev/null'],
    },
    {
      ...{ program: 'clang-tidy', file },
      args: [...tidy(checks), file, '--', ...common],
    },
  ];
  const without = NOT_IN_TESTS.map((check) => `-${check}`);
  return [
    ...sources('native').flatMap((file) => both(file, [])),
    ...sources('test').flatMap((file) => both(file, without)),
  ];
}

/** @param {string[]} checks more of them, or with a minus, fewer */
function tidy(checks) {
  return ['--quiet', '--config-file=native/.clang-tidy', `--checks=${checks.join(',')}`];
}

/**
 * What a program complains of; '' for nothing.
 *
 * @param {Look} look
 */
async function complaints({ program, args }) {
  const child = spawn(program, args, { cwd: root, env: { ...process.env, LC_ALL: 'C' } });
  const failed = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code !== 0));
  });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  return (await failed) ? (await printed).join('') || `${program} failed` : '';
}

const started = Date.now();
const waiting = looks();
const count = waiting.length;
let found = 0;

async function work() {
  for (let look = waiting.shift(); look !== undefined; look = waiting.shift()) {
    const said = await complaints(look);
    if (said === '') continue;
    found += 1;
    console.log(`FAILED ${look.program} ${look.file}\n${said}`);
  }
}

try {
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${count} looks at C files, ${found} with findings (${seconds} s)`);
  process.exitCode = found > 0 ? 1 : 0;
} catch (error) {
  console.error(`${error}\nIt takes gcc and clang-tidy (Debian: apt-get install gcc clang-tidy).`);
  process.exitCode = 1;
}
