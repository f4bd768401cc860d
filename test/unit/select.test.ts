import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Opens a socket by the package in `directory` and tells the driver, or the error. */
async function driverOf(
  directory: string,
  wanted: string | undefined,
  flags: string[] = [],
): Promise<{ driver?: string; code?: string; message?: string }> {
  const script = `
    import { currentDriver } from ${JSON.stringify(`${directory}/build/modules/drivers/select.js`)};
    import { createSocket } from ${JSON.stringify(`${directory}/build/modules/index.js`)};
    try {
      createSocket('udp4').close();
      console.log(JSON.stringify({ driver: currentDriver().name }));
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
    }`;
  const { VOLLEY_DRIVER: _, ...env } = process.env;
  const { stdout } = await run(
    process.execPath,
    [...flags, '--input-type=module', '--eval', script],
    { env: wanted === undefined ? env : { ...env, VOLLEY_DRIVER: wanted } },
  );
  return JSON.parse(stdout);
}

/** A copy of the package whose addon was never compiled. */
async function packageWithoutAddon(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'volley-without-addon-'));
  test.after(() => rm(directory, { recursive: true }));
  await cp(join(root, 'build/modules'), join(directory, 'build/modules'), { recursive: true });
  await cp(join(root, 'package.json'), join(directory, 'package.json'));
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}

describe('the driver', () => {
  it('is linux where the addon loads', { skip: process.platform !== 'linux' }, async () => {
    assert.deepEqual(await driverOf(root, undefined), { driver: 'linux' });
    assert.deepEqual(await driverOf(root, ''), { driver: 'linux' });
  });

  it('is the one that VOLLEY_DRIVER names', async () => {
    assert.deepEqual(await driverOf(root, 'builtin'), { driver: 'builtin' });
  });

  it('is builtin where addons are switched off', async () => {
    assert.deepEqual(await driverOf(root, undefined, ['--no-addons']), { driver: 'builtin' });
  });

  it('is builtin where the addon is missing', async (test) => {
    const directory = await packageWithoutAddon(test);
    assert.deepEqual(await driverOf(directory, undefined), { driver: 'builtin' });
  });

  it('is builtin where the directory of the addons cannot be read', async (test) => {
    const directory = await packageWithoutAddon(test);
    await mkdir(join(directory, 'native/prebuilds'), { recursive: true });
    const prebuilds = join(directory, `native/prebuilds/${process.platform}-${process.arch}`);
    await writeFile(prebuilds, 'no directory');
    assert.deepEqual(await driverOf(directory, undefined), { driver: 'builtin' });
    const { code } = await driverOf(directory, 'linux');
    assert.equal(code, 'ERR_VOLLEY_ADDON');
  });

  it('says that addons are switched off where linux is asked for', async () => {
    const { code, message } = await driverOf(root, 'linux', ['--no-addons']);
    assert.equal(code, 'ERR_VOLLEY_ADDON');
    assert.match(String(message), /--no-addons/);
  });

  it('names each path tried, and the command that mends it', async (test) => {
    const directory = await packageWithoutAddon(test);
    const { code, message } = await driverOf(directory, 'linux');
    assert.equal(code, 'ERR_VOLLEY_ADDON');
    for (const part of [
      join(directory, 'native/build/Release/volley.node'),
      join(directory, 'native/prebuilds/'),
      'does not exist',
      'npm run build:native',
    ]) {
      assert.ok(message?.includes(part), `"${part}" is not in: ${message}`);
    }
  });

  it('cannot be anything else', async () => {
    const { code, message } = await driverOf(root, 'windows');
    assert.equal(code, 'ERR_VOLLEY_DRIVER');
    assert.match(String(message), /"windows".*"linux" or "builtin"/);
  });
});
