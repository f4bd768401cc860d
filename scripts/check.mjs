/**
 * The fast local loop: types, lint, unit tests. Prints what is wrong, and a line for each step.
 */
import { buildNative, buildSources, compile, complaints } from './build.mjs';
import { run, select } from './suites.mjs';

/** @type {readonly (readonly [string, () => string])[]} */
const steps = [
  ['addon', buildNative],
  ['types of src', buildSources],
  ['types of test', () => compile('test/tsconfig.json')],
  ['types of scripts, examples, demo', () => compile('scripts/tsconfig.json')],
  [
    'lint',
    () => complaints('node_modules/@biomejs/biome/bin/biome', 'lint', '--error-on-warnings'),
  ],
];

for (const [name, step] of steps) {
  const started = Date.now();
  const wrong = step();
  verdict(name, wrong === '', started);
  if (wrong !== '') console.log(wrong);
}

const started = Date.now();
for (const suite of select(['unit'])) {
  const { passed, failed } = await run(suite, process.execPath);
  verdict(`${passed + failed.length} unit tests`, failed.length === 0, started);
}

/**
 * @param {string} name
 * @param {boolean} fine
 * @param {number} started in milliseconds
 */
function verdict(name, fine, started) {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${fine ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (!fine) process.exitCode = 1;
}
