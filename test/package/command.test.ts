import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Installation, install, root, run } from './support.ts';

describe('the command of the packed package', () => {
  let installation: Installation;

  before(() => {
    installation = install();
  });
  after(() => installation.remove());

  it('is where npm puts commands, and tells the version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const result = run(installation, ['node_modules/.bin/volley', '--version']);
    assert.deepEqual(result, { status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('tells the facts of the installation', () => {
    const { stdout, stderr } = run(installation, ['node_modules/.bin/volley', 'doctor', '--json']);
    assert.equal(stderr, '');
    const { driver, loopback } = JSON.parse(stdout);
    assert.equal(loopback.roundTrip, 'ok');
    const told: string = driver.addon ?? driver.addonProblem;
    assert.ok(told.includes(join(installation.directory, 'node_modules/volley/native')), told);
  });
});
