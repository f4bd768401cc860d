import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ECHOED, type Installation, install, run } from '../support.ts';

/** Untyped, and CommonJS. */
const { inject }: { inject: Inject } = createRequire(import.meta.url)('postject');
type Inject = (
  executable: string,
  name: string,
  data: Buffer,
  options: { sentinelFuse: string },
) => Promise<void>;

/** What Node looks for in itself to learn whether it carries an application (its docs name it). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

describe('a single executable application', () => {
  let installation: Installation;

  before(() => {
    installation = install();
  });
  after(() => installation.remove());

  it('takes the package from beside the executable, on the linux driver', async () => {
    const { directory } = installation;
    const executable = join(directory, 'application');
    const config = {
      ...{ main: 'executable.cjs', output: 'application.blob' },
      disableExperimentalSEAWarning: true,
    };
    writeFileSync(join(directory, 'sea.json'), JSON.stringify(config));
    const made = run(installation, ['--experimental-sea-config', 'sea.json']);
    assert.equal(made.status, 0, made.stderr);
    copyFileSync(process.execPath, executable);
    chmodSync(executable, 0o755);
    const blob = readFileSync(join(directory, 'application.blob'));
    await inject(executable, 'NODE_SEA_BLOB', blob, { sentinelFuse: FUSE });

    const { status, stdout, stderr } = spawnSync(executable, {
      ...{ cwd: '/', encoding: 'utf8', env: { ...process.env, VOLLEY_DRIVER: 'linux' } },
    });
    assert.deepEqual({ status, stdout }, { status: 0, stdout: ECHOED }, stderr);
  });
});
