import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build, type Format } from 'esbuild';
import { ECHOED, type Installation, install, run } from '../support.ts';

const FORMATS = [
  ['esm', 'mjs'],
  ['cjs', 'cjs'],
] as const satisfies [Format, string][];

describe('the installed package and a bundler', () => {
  let installation: Installation;
  /** A directory with no `node_modules` above it. */
  let elsewhere: string;

  before(() => {
    installation = install();
    elsewhere = mkdtempSync(join(tmpdir(), 'volley-bundle-'));
  });
  after(() => {
    installation.remove();
    rmSync(elsewhere, { recursive: true });
  });

  /** Bundles the application; the name of the bundle in the consumer's directory. */
  async function bundle(format: Format, extension: string, external: string[]): Promise<string> {
    const { directory } = installation;
    const name = `${external.length > 0 ? 'beside' : 'whole'}.${extension}`;
    await build({
      ...{ absWorkingDir: directory, entryPoints: ['application.mjs'], outfile: name },
      ...{ bundle: true, platform: 'node', target: 'node20', format, external },
      // It says that import.meta is empty in CommonJS.
      logLevel: 'error',
    });
    return name;
  }

  for (const [format, extension] of FORMATS) {
    it(`runs on the linux driver where it is kept out of the bundle: ${format}`, async () => {
      const name = await bundle(format, extension, ['volley']);
      const result = run(installation, [name], { VOLLEY_DRIVER: 'linux' });
      assert.deepEqual(result, { status: 0, stdout: ECHOED, stderr: '' });
    });

    it(`runs within a bundle, wherever it is: ${format}`, async () => {
      const name = await bundle(format, extension, []);
      cpSync(join(installation.directory, name), join(elsewhere, name));
      for (const directory of [installation.directory, elsewhere]) {
        assert.deepEqual(run({ directory }, [name]), { status: 0, stdout: ECHOED, stderr: '' });
      }
    });

    it(`says why the linux driver is not to be had within a bundle: ${format}`, async () => {
      const name = await bundle(format, extension, []);
      cpSync(join(installation.directory, name), join(elsewhere, name));
      const { status, stderr } = run({ directory: elsewhere }, [name], { VOLLEY_DRIVER: 'linux' });
      assert.notEqual(status, 0);
      assert.match(stderr, /ERR_VOLLEY_ADDON/);
      assert.match(stderr, /--external:volley/);
    });
  }

  it('runs on the linux driver within a bundle of ES modules beside the package', async () => {
    const name = await bundle('esm', 'mjs', []);
    const result = run(installation, [name], { VOLLEY_DRIVER: 'linux' });
    assert.deepEqual(result, { status: 0, stdout: ECHOED, stderr: '' });
  });
});
