/** The inputs that fuzzing has kept, once each, under the sanitizers of gcc; scripts/fuzz searches for more. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const corpus = new URL('../../../test/fuzz/corpus/', import.meta.url);
const script = fileURLToPath(new URL('../../../scripts/fuzz/main.mjs', import.meta.url));

for (const harness of readdirSync(corpus)) {
  test(`${harness}: nothing that was ever found is wrong again`, () => {
    const child = spawnSync(process.execPath, [script, '--replay', harness], { encoding: 'utf8' });
    assert.equal(child.status, 0, `${child.stdout}${child.stderr}`);
  });
}
