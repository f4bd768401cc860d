/**
 * Reads a compiled addon, and says what would keep it from loading where it is meant to.
 *
 * @typedef {import('./targets.mjs').Target} Target
 *
 * @typedef {object} SymbolEntry
 * @property {string} name
 * @property {string} version such as `GLIBC_2.17`; '' for none
 * @property {boolean} defined
 *
 * @typedef {object} Inspection
 * @property {string} machine
 * @property {string[]} needed the libraries that the loader has to find
 * @property {SymbolEntry[]} symbols the dynamic ones
 * @property {boolean} stripped
 * @property {boolean} readOnly whether relocated data become read-only, all at once
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build.mjs';
import { execute } from './execute.mjs';
import { muslRoot } from './musl.mjs';

/** Node 20's own binaries need glibc 2.28 (BUILDING.md of Node 20), so nothing newer may be needed here. */
const NEWEST_GLIBC = [2, 28];

/** What Node calls: the entry point, and the version of Node-API that it was compiled for. */
const ENTRY_POINTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** What the process has from Node itself. */
const OF_NODE = /^(?:napi_|node_api_|uv_)/;

/**
 * @param {string} path
 * @returns {Inspection}
 */
function inspect(path) {
  const need = 'readelf reads the addon (Debian: apt-get install binutils)';
  const options = [
    '--wide',
    '--file-header',
    '--segments',
    '--sections',
    '--dynamic',
    '--dyn-syms',
  ];
  const text = execute('readelf', [...options, path], { need });
  return {
    machine: text.match(/^\s*Machine:\s+(.*)$/m)?.[1] ?? 'unknown',
    needed: [...text.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name = '']) => name),
    symbols: [...readSymbols(text)],
    stripped: !/\s\.symtab\s/.test(text),
    readOnly: /^\s*GNU_RELRO\s/m.test(text) && /BIND_NOW|\bNOW\b/.test(text),
  };
}

/** @param {string} text */
function* readSymbols(text) {
  // Number, value, size, type, binding, visibility, section, name@version (its number).
  const line =
    /^\s*\d+: [0-9a-f]+\s+\d+ \S+\s+(?:GLOBAL|WEAK)\s+\S+\s+(\S+) ([^@\s]+)(?:@+(\S+))?/gm;
  for (const [, section = '', name = '', version = ''] of text.matchAll(line)) {
    yield { name, version, defined: section !== 'UND' };
  }
}

/**
 * What is wrong with the addon of a target; nothing where it is fine.
 *
 * @param {Target} target
 * @returns {string[]}
 */
export function faults(target) {
  const path = join(root, target.product);
  if (!existsSync(path)) return ['it is missing'];
  const addon = inspect(path);
  const wanted = addon.symbols.filter(({ name, defined }) => !defined && !OF_NODE.test(name));
  const shown = addon.symbols.filter(({ defined }) => defined).map(({ name }) => name);
  return [
    ...complain(addon.machine !== target.machine, `it is for ${addon.machine}`),
    // One of its own inside would have an errno and a memory of its own.
    ...complain(addon.needed.length === 0, "it does not take the process's C library"),
    ...complain(!addon.stripped, 'it is not stripped'),
    ...complain(!addon.readOnly, 'its relocated data stay writable'),
    ...complain(!shown.includes('napi_register_module_v1'), 'it has no entry point'),
    ...shown.filter((name) => !ENTRY_POINTS.includes(name)).map((name) => `it shows ${name}`),
    ...(target.libc === 'glibc' ? glibcFaults(addon, wanted) : muslFaults(target, addon, wanted)),
  ];
}

/**
 * @param {boolean} condition
 * @param {string} text
 */
function complain(condition, text) {
  return condition ? [text] : [];
}

/**
 * @param {Inspection} addon
 * @param {SymbolEntry[]} wanted
 */
function glibcFaults({ needed }, wanted) {
  const known = /^(?:libc\.so\.6|ld-linux-[\w-]+\.so\.[12])$/;
  return [
    ...needed.filter((name) => !known.test(name)).map((name) => `it needs ${name}`),
    ...wanted
      .filter(({ version }) => isNewer(version))
      .map(({ name, version }) => `it needs ${name} of ${version}, and Node 20 only 2.28`),
  ];
}

/** @param {string} version */
function isNewer(version) {
  const [major = 0, minor = 0] = version
    .replace(/^GLIBC_/, '')
    .split('.')
    .map(Number);
  const [newestMajor = 0, newestMinor = 0] = NEWEST_GLIBC;
  return major > newestMajor || (major === newestMajor && minor > newestMinor);
}

/**
 * musl's loader takes every name that begins with `libc.` for itself (ldso/dynlink.c, `reserved`), so
 * Debian's name of it, `libc.so`, is found on Alpine, which calls it `libc.musl-x86_64.so.1`.
 *
 * @param {Target} target
 * @param {Inspection} addon
 * @param {SymbolEntry[]} wanted
 */
function muslFaults(target, { needed }, wanted) {
  const known = /^libc\.(?:so|musl-\w+\.so\.1)$/;
  const library = join(muslRoot(target), 'lib', target.muslTriple, 'libc.so');
  const offered = new Set(inspect(library).symbols.map(({ name }) => name));
  return [
    ...needed.filter((name) => !known.test(name)).map((name) => `it needs ${name}`),
    ...wanted
      .filter(({ name, version }) => version !== '' || !offered.has(name))
      .map(({ name, version }) => `it needs ${name} ${version}, which musl has not`),
  ];
}
