/**
 * Compiles the addon for a target, for release.
 *
 * @typedef {import('./targets.mjs').Target} Target
 */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../build.mjs';
import { execute, isInstalled } from './execute.mjs';
import { muslRoot } from './musl.mjs';
import { hostLibc } from './targets.mjs';

const NATIVE = join(root, 'native');

/**
 * `-z now` and `-z relro`: the tables that calls into Node go through are read-only once the addon is loaded. The second
 * line ends the process where memory was written beyond its bounds, before that can be made use of; some compilers set
 * _FORTIFY_SOURCE by themselves (Ubuntu's, to 3), and to set it anew is an error of -Werror.
 */
const RELEASE = [
  ...['-shared', '-fPIC', '-O2', '-s'],
  ...[
    '-U_FORTIFY_SOURCE',
    '-D_FORTIFY_SOURCE=2',
    '-fstack-protector-strong',
    '-fstack-clash-protection',
  ],
  ...['-Wl,-z,relro', '-Wl,-z,now', '-Wl,-z,noexecstack', '-Wl,--as-needed'],
];

/** @param {Target} target */
export function compile(target) {
  const { sources, defines, cflags } = readTarget();
  const product = join(root, target.product);
  const unfinished = `${product}.unfinished`;
  const { compiler, need } = findCompiler(target);
  const { including, linking } = againstLibc(target, compiler, need);
  mkdirSync(dirname(product), { recursive: true });
  const args = [
    ...RELEASE,
    ...cflags,
    ...defines.map((define) => `-D${define}`),
    ...including,
    ...['-isystem', nodeHeaders()],
    ...['-o', unfinished, ...sources],
    ...linking,
  ];
  execute(compiler, args, { directory: NATIVE, need });
  renameSync(unfinished, product);
}

/**
 * What native/binding.gyp says. It is a literal of Python (GYP's "Input Format Reference"), which is there
 * where node-gyp runs.
 *
 * @returns {{ sources: string[], defines: string[], cflags: string[] }}
 */
export function readTarget() {
  const literal = readFileSync(join(NATIVE, 'binding.gyp'), 'utf8');
  const script = 'import ast, json, sys; print(json.dumps(ast.literal_eval(sys.stdin.read())))';
  const need = 'Python 3 reads native/binding.gyp (Debian: apt-get install python3)';
  return JSON.parse(execute('python3', ['-c', script], { input: literal, need })).targets[0];
}

/** The headers that node-gyp took when it compiled the addon for this machine: all targets have the same. */
export function nodeHeaders() {
  const configuration = join(NATIVE, 'build/config.gypi');
  if (!existsSync(configuration)) {
    throw new Error('The headers of Node are not known yet: run "npm run build:native" first.');
  }
  const text = readFileSync(configuration, 'utf8').replace(/^#.*$/gm, '');
  return join(JSON.parse(text).variables.nodedir, 'include/node');
}

/** @param {Target} target */
function findCompiler({ architecture, triple }) {
  const cross = `${triple}-gcc`;
  const isHost = process.platform === 'linux' && architecture === process.arch;
  return {
    compiler: isHost && !isInstalled(cross) ? 'gcc' : cross,
    need: `An addon for ${architecture} is compiled by gcc (Debian: apt-get install ${isHost ? 'gcc' : `gcc-${triple.replace('_', '-')}`})`,
  };
}

/**
 * The compiler's own libc needs no word. musl's headers and library take the place of glibc's otherwise, as
 * in musl-gcc(1): of the compiler, its own headers and libgcc stay. No start files: an addon without constructors
 * has no use for them.
 *
 * @param {Target} target
 * @param {string} compiler
 * @param {string} need
 * @returns {{ including: string[], linking: string[] }}
 */
function againstLibc(target, compiler, need) {
  if (target.libc === hostLibc()) return { including: [], linking: [] };
  if (target.libc === 'glibc') {
    throw new Error(`${target.name} is made on a system with glibc, and this one has musl.`);
  }
  const musl = muslRoot(target);
  const own = execute(compiler, ['-print-file-name=include'], { need }).trim();
  const headers = join(musl, 'usr/include');
  const places = [join(headers, target.muslTriple), own, headers, join(headers, target.triple)];
  const libraries = join(musl, 'lib', target.muslTriple);
  return {
    including: ['-nostdinc', ...places.flatMap((place) => ['-isystem', place])],
    linking: ['-nostdlib', `-L${libraries}`, '-l:libc.so', '-lgcc'],
  };
}
