/**
 * Builds the instrumented copy of the repository, in which Stryker runs this. Mutated code cannot be expected to have
 * the right types, and is emitted all the same; what could not be built shows in the run without mutants.
 */
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSources, compile, root } from '../build.mjs';

/** The copy is three directories below the original: build/mutation/sandbox-… */
const original = join(root, '../../..');

// Stryker's own link would come only after this.
symlinkSync(join(original, 'node_modules'), join(root, 'node_modules'));
buildSources();
compile('test/tsconfig.json');

// The tests get what runs them more than once in the place of node:test.
const harness = pathToFileURL(join(original, 'scripts/mutation/harness.mjs')).href;
for (const name of readdirSync(join(root, 'build/test'), { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.js')) continue;
  const path = join(root, 'build/test', name);
  const text = readFileSync(path, 'utf8');
  if (text.includes("'node:test'"))
    writeFileSync(path, text.replace("'node:test'", `'${harness}'`));
}
