/**
 * Makes the addons that the package brings, each where node-gyp-build looks for it:
 *
 *     npm run prebuilds [-- [--check] target...]
 *
 * A target is linux-x64-glibc, linux-x64-musl, linux-arm64-glibc, linux-arm64-musl, or host; without one all are
 * made. What is newer than its sources stays. With --check nothing is made, and it is an error where
 * one is missing, older than its sources, or would not load. The same compiler makes the same addon, to the byte, so
 * whoever builds the same sources can compare the sums that are printed.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newest, root } from '../build.mjs';
import { compile } from './compile.mjs';
import { faults } from './inspect.mjs';
import { selectTargets } from './targets.mjs';

/** @typedef {import('./targets.mjs').Target} Target */

/** @param {Target} target */
function isStale({ product }) {
  const path = join(root, product);
  if (!existsSync(path)) return true;
  const sources = Math.max(
    newest(join(root, 'native'), /\.(?:[ch]|gyp)$/),
    newest(join(root, 'scripts/prebuild'), /\.mjs$/),
  );
  return statSync(path).mtimeMs < sources;
}

/**
 * Brings a target up to date, where it may; whether it is fine then.
 *
 * @param {Target} target
 * @param {boolean} onlyCheck
 */
function prepare(target, onlyCheck) {
  const stale = isStale(target);
  if (stale && !onlyCheck) compile(target);
  const found = faults(target);
  if (stale && onlyCheck && found.length === 0) found.push('it is older than its sources');
  if (found.length > 0) {
    console.error(`${target.name}: ${target.product} cannot be shipped:`);
    for (const fault of found) console.error(`  ${fault}`);
    return false;
  }
  const addon = readFileSync(join(root, target.product));
  const sum = createHash('sha256').update(addon).digest('hex');
  const size = addon.length.toLocaleString('en');
  console.log(`${target.name.padEnd(18)}${size.padStart(8)} bytes  sha256 ${sum}`);
  return true;
}

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});

try {
  const fine = selectTargets(positionals).map((target) => prepare(target, values.check));
  if (fine.includes(false)) {
    if (values.check) console.error('"npm run prebuilds" makes the addons anew.');
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
