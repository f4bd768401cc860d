import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { copy, ECHOED, type Installation, install, run } from './support.ts';

/** What may have become of the addons, and what is said of it where the native driver is demanded. */
const LOSSES = [
  ['are missing', (path: string) => rmSync(path, { recursive: true }), /does not exist/],
  ['are damaged', (path: string) => damage(path), /cannot be loaded/],
] as const;

function damage(directory: string): void {
  for (const name of readdirSync(directory)) writeFileSync(join(directory, name), 'not an addon');
}

describe('the packed package, installed elsewhere', () => {
  let installation: Installation;

  before(() => {
    installation = install();
  });
  after(() => installation.remove());

  it('holds what runs, what it was made from, and nothing else', () => {
    const { files } = installation;
    for (const name of [
      'package.json',
      'README.md',
      'LICENSE',
      'dist/index.js',
      'dist/index.d.ts',
      'src/index.ts',
      'native/binding.gyp',
      'native/module.c',
    ]) {
      assert.ok(files.includes(name), `${name} is missing`);
    }
    const allowed =
      /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|dist\/.*\.(?:js|d\.ts)(?:\.map)?|src\/.*\.ts|native\/[\w-]+\.[ch]|native\/binding\.gyp|native\/prebuilds\/linux-(?:x64|arm64)\/volley\.(?:glibc|musl)\.node|docs\/[\w-]+\.md|examples\/[\w-]+\.mjs|bench\/results\/overview\.svg)$/;
    assert.deepEqual(
      files.filter((name) => !allowed.test(name)),
      [],
    );
  });

  it('has a target for every source map', () => {
    const { directory, files } = installation;
    const maps = files.filter((file) => file.endsWith('.map'));
    assert.ok(maps.length > 0);
    for (const name of maps) {
      const text = readFileSync(join(directory, 'node_modules/volley', name), 'utf8');
      const { sources }: { sources: string[] } = JSON.parse(text);
      for (const source of sources) {
        assert.ok(files.includes(join(dirname(name), source)), `${name} has no ${source}`);
      }
    }
  });

  it('runs no script at installation', () => {
    const { directory, files } = installation;
    assert.ok(!files.includes('binding.gyp'), 'a binding.gyp counts as a script');
    const manifest: { scripts?: object } = JSON.parse(
      readFileSync(join(directory, 'node_modules/volley/package.json'), 'utf8'),
    );
    const names = Object.keys(manifest.scripts ?? {});
    assert.deepEqual(
      names.filter((name) => /install$/.test(name)),
      [],
    );
  });

  it('depends on the loader of the addon alone, which depends on nothing', () => {
    const { directory } = installation;
    for (const [name, wanted] of [
      ['volley', ['node-gyp-build']],
      ['node-gyp-build', []],
    ] as const) {
      const path = join(directory, 'node_modules', name, 'package.json');
      const manifest: Record<string, object | undefined> = JSON.parse(readFileSync(path, 'utf8'));
      assert.deepEqual(Object.keys(manifest['dependencies'] ?? {}), wanted);
      assert.deepEqual(Object.keys(manifest['optionalDependencies'] ?? {}), []);
      assert.deepEqual(Object.keys(manifest['peerDependencies'] ?? {}), []);
    }
    const installed = readdirSync(join(directory, 'node_modules'));
    assert.deepEqual(installed.filter((name) => !name.startsWith('.')).sort(), [
      'node-gyp-build',
      'volley',
    ]);
  });

  it('is smaller than a megabyte', () => {
    assert.ok(installation.size < 1_000_000, `${installation.size} bytes`);
  });

  it('brings an addon for this machine, and takes the linux driver by itself', () => {
    const result = run(installation, ['driver.mjs']);
    assert.deepEqual(result, { status: 0, stdout: 'linux\n', stderr: '' });
  });

  for (const driver of ['linux', 'builtin']) {
    const environment = { VOLLEY_DRIVER: driver };

    it(`can be imported, on the ${driver} driver`, () => {
      const result = run(installation, ['imported.mjs'], environment);
      assert.deepEqual(result, { status: 0, stdout: `${ECHOED}true\n`, stderr: '' });
    });

    it(`can be required, on the ${driver} driver`, () => {
      const { status, stdout, stderr } = run(installation, ['required.cjs'], environment);
      assert.deepEqual({ status, stdout }, { status: 0, stdout: ECHOED }, stderr);
    });

    it(`has one Socket whichever way it comes, on the ${driver} driver`, () => {
      const { status, stdout, stderr } = run(installation, ['both.cjs'], environment);
      assert.deepEqual({ status, stdout }, { status: 0, stdout: 'true\ntrue\ntrue\n' }, stderr);
    });
  }

  it('takes the builtin driver where no addon may load', () => {
    const result = run(installation, ['--no-addons', 'imported.mjs']);
    assert.deepEqual(result, { status: 0, stdout: `${ECHOED}true\n`, stderr: '' });
    assert.equal(run(installation, ['--no-addons', 'driver.mjs']).stdout, 'builtin\n');
  });

  it('works under the permission model where it may read nothing but its package', () => {
    const known = process.allowedNodeEnvironmentFlags;
    const flags = [
      known.has('--permission') ? '--permission' : '--experimental-permission',
      ...(known.has('--allow-net') ? ['--allow-net'] : []),
      ...['--allow-addons', `--allow-fs-read=${installation.directory}/*`],
      // Where Node is emulated, it has a preload there.
      `--allow-fs-read=${dirname(process.execPath)}/*`,
    ];
    const environment = { VOLLEY_DRIVER: 'linux' };
    const args = [...flags, 'imported.mjs'];
    const { status, stdout, stderr } = run(installation, args, environment);
    assert.deepEqual({ status, stdout }, { status: 0, stdout: `${ECHOED}true\n` }, stderr);
  });

  for (const [loss, lose, expected] of LOSSES) {
    it(`takes the builtin driver where the addons ${loss}, or says so`, (test) => {
      const spoilt = copy(installation);
      test.after(() => spoilt.remove());
      const prebuilds = 'node_modules/volley/native/prebuilds';
      lose(join(spoilt.directory, prebuilds, `linux-${process.arch}`));

      const result = run(spoilt, ['imported.mjs']);
      assert.deepEqual(result, { status: 0, stdout: `${ECHOED}true\n`, stderr: '' });
      assert.equal(run(spoilt, ['driver.mjs']).stdout, 'builtin\n');

      const { status, stderr } = run(spoilt, ['imported.mjs'], { VOLLEY_DRIVER: 'linux' });
      assert.notEqual(status, 0);
      assert.match(stderr, /native/);
      assert.match(stderr, expected);
      assert.match(stderr, /node-gyp|npm /, 'names no command that mends it');
    });
  }
});
