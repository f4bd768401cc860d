/**
 * A copy of the package for a tool, whose addon is compiled for it. The tests run in the copy, as they are: what
 * is `volley` there finds the addon where it always does, so neither Volley nor a test needs a way to be
 * told of another one.
 *
 * @typedef {import('./tools.mjs').Tool} Tool
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build.mjs';
import { nodeHeaders, readTarget } from '../prebuild/compile.mjs';
import { execute } from '../prebuild/execute.mjs';

/** What the tests and Volley are made of. Packages are found where they are: the copy lies below the root. */
const PARTS = [
  'package.json',
  'dist',
  'build/modules',
  'build/test',
  'scripts',
  'test',
  'examples',
];

/**
 * Makes the copy anew; where it is.
 *
 * @param {Tool} tool
 */
export function makeTree(tool) {
  const tree = treeOf(tool);
  rmSync(tree, { recursive: true, force: true });
  for (const part of PARTS) {
    cpSync(join(root, part), join(tree, part), {
      recursive: true,
      filter: (path) => !path.endsWith('/node_modules'),
    });
  }
  for (const file of tool.without) {
    console.log(`left out, since it cannot run under ${tool.name}: ${file}`);
    rmSync(join(tree, 'test', file));
  }
  const native = join(root, 'native');
  const sources = readTarget().sources.map((name) => join(native, name));
  compileAddon(tool, sources, join(tree, 'native/build/Release'));
  return tree;
}

/** @param {Tool} tool */
export function treeOf(tool) {
  return join(root, 'build/sanitize', tool.name);
}

/**
 * An empty directory for what the tool finds.
 *
 * @param {Tool} tool
 * @param {string} name
 */
export function makeLogs(tool, name) {
  const logs = join(treeOf(tool), 'logs', name);
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  return logs;
}

/**
 * @param {Tool} tool
 * @param {string[]} sources their whole paths: they are in the stack traces
 * @param {string} directory where `volley.node` will be
 */
export function compileAddon({ flags }, sources, directory) {
  const { defines, cflags } = readTarget();
  mkdirSync(directory, { recursive: true });
  const product = join(directory, 'volley.node');
  const args = [
    ...['-shared', '-fPIC', ...flags, ...cflags],
    ...defines.map((define) => `-D${define}`),
    ...['-isystem', nodeHeaders(), '-o', product, ...sources],
  ];
  execute('gcc', args, { need: 'gcc has to be there (Debian: apt-get install gcc)' });
  return product;
}
