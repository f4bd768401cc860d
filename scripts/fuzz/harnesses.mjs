/**
 * The harnesses in test/fuzz: what each is made of, and making it.
 *
 * @typedef {object} Harness
 * @property {string} name
 * @property {string[]} sources below the root
 * @property {number} longest how long inputs may be, in bytes
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build.mjs';
import { execute } from '../prebuild/execute.mjs';

const FOLDER = join(root, 'test/fuzz');

/** @type {readonly Harness[]} */
export const harnesses = [
  {
    name: 'address-text',
    sources: [
      'test/fuzz/address-text.c',
      'test/fuzz/addresses-naively.c',
      'test/fuzz/interfaces.c',
      'native/address.c',
    ],
    longest: 300,
  },
  {
    name: 'address-record',
    sources: ['test/fuzz/address-record.c', 'test/fuzz/interfaces.c', 'native/address.c'],
    longest: 128,
  },
  {
    name: 'control',
    sources: ['test/fuzz/control.c', 'native/control.c'],
    longest: 1200,
  },
  {
    name: 'arrivals',
    sources: ['test/fuzz/arrivals.c', 'native/address.c', 'native/control.c'],
    longest: 1500,
  },
  {
    name: 'outgoing',
    sources: ['test/fuzz/outgoing.c', 'native/address.c', 'native/control.c'],
    longest: 1500,
  },
];

/** A finding ends the process, whichever sanitizer it is of. */
const SANITIZED = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

const FLAGS = [
  ...['-std=gnu11', '-D_GNU_SOURCE', '-g', '-O1', '-Wall', '-Wextra', '-Werror', '-Wconversion'],
  ...['-Wshadow', '-Wstrict-prototypes', '-Inative', '-Itest/fuzz'],
];

/** Newer ones do as well; this is the one of Debian 12. */
const COMPILERS = [
  'clang',
  ...[21, 20, 19, 18, 17, 16, 15, 14].map((version) => `clang-${version}`),
];

/**
 * Compiles a harness that searches for inputs by itself, with libFuzzer.
 *
 * @param {Harness} harness
 * @returns {string} its path
 */
export function buildFuzzer(harness) {
  const need =
    'Fuzzing needs clang and its run-time library (Debian 12: clang-14, libclang-rt-14-dev)';
  const compiler = COMPILERS.find((name) => existsSync(join('/usr/bin', name)));
  if (compiler === undefined) throw new Error(`There is no clang in /usr/bin. ${need}.`);
  return compile(compiler, need, harness, 'fuzzers', ['-fsanitize=fuzzer', ...SANITIZED], []);
}

/**
 * Compiles a harness that runs the inputs that it is given, by the compiler that the addon is compiled by.
 *
 * @param {Harness} harness
 * @returns {string} its path
 */
export function buildReplay(harness) {
  const need = 'Replaying needs gcc and its sanitizers (Debian: apt-get install gcc)';
  return compile('cc', need, harness, 'replay', SANITIZED, ['test/fuzz/replay.c']);
}

/**
 * @param {string} compiler
 * @param {string} need
 * @param {Harness} harness
 * @param {string} folder below build/fuzz
 * @param {string[]} flags
 * @param {string[]} more sources
 */
function compile(compiler, need, { name, sources }, folder, flags, more) {
  const product = join(root, 'build/fuzz', folder, name);
  mkdirSync(join(root, 'build/fuzz', folder), { recursive: true });
  const args = [...FLAGS, ...flags, '-o', product, ...sources, ...more];
  execute(compiler, args, { need });
  return product;
}

/**
 * Where the repository keeps the least inputs that reach what can be reached.
 *
 * @param {string} name
 */
export function corpusOf(name) {
  return join(FOLDER, 'corpus', name);
}

/**
 * Where it keeps inputs that mean something, by names that say what: they stay when the corpus is minimised.
 *
 * @param {string} name
 */
export function seedsOf(name) {
  return join(FOLDER, 'seeds', name);
}

/**
 * What libFuzzer is to try to insert, as options.
 *
 * @param {string} name
 */
export function dictionaryOf(name) {
  const path = join(FOLDER, `${name}.dict`);
  return existsSync(path) ? [`-dict=${path}`] : [];
}

/**
 * The files of a folder; none where it does not exist.
 *
 * @param {string} folder
 */
export function filesOf(folder) {
  return existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
}
