/**
 * Whether a tool finds what is wrong with broken.c, in a Node that is run as the tests are, and nothing where
 * nothing is wrong.
 *
 * @typedef {import('./tools.mjs').Tool} Tool
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../build.mjs';
import { findings } from './findings.mjs';
import { compileAddon, makeLogs, treeOf } from './tree.mjs';

/**
 * What it failed to find.
 *
 * @param {Tool} tool
 * @param {string} node
 * @returns {string[]}
 */
export function selfTest(tool, node) {
  const source = join(root, 'scripts/sanitize/broken.c');
  const addon = compileAddon(tool, [source], join(treeOf(tool), 'broken'));
  const missed = Object.entries(tool.defects)
    .filter(([defect, words]) => !found(tool, node, addon, defect).some((text) => words.test(text)))
    .map(([defect]) => defect);
  const imagined = found(tool, node, addon, 'nothing');
  return [
    ...missed.map((defect) => `${tool.name} does not find: ${defect}`),
    ...imagined.map((finding) => `${tool.name} finds what is not there: ${finding}`),
  ];
}

/**
 * What the tool says of one defect. Nobody hears what the process itself says, as in some tests.
 *
 * @param {Tool} tool
 * @param {string} node
 * @param {string} addon
 * @param {string} defect
 */
function found(tool, node, addon, defect) {
  const logs = makeLogs(tool, defect);
  const [program = node, ...args] = tool.command(node, logs);
  const script = `require(${JSON.stringify(addon)}).${defect}()`;
  spawnSync(program, [...args, '--eval', script], {
    stdio: 'ignore',
    env: { ...process.env, ...tool.environment(logs) },
  });
  return findings(logs);
}
