import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Installation, install, root, run } from './support.ts';

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
      /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.*\.(?:js|d\.ts)(?:\.map)?|src\/.*\.ts|native\/[\w-]+\.[ch]|native\/binding\.gyp|prebuilds\/.*\.node)$/;
    assert.deepEqual(
      files.filter((name) => !allowed.test(name)),
      [],
    );
  });

  it('has a target for every source map', () => {
    const { files } = installation;
    for (const name of files.filter((file) => file.endsWith('.js.map'))) {
      const source = name.replace(/^dist\//, 'src/').replace(/\.js\.map$/, '.ts');
      assert.ok(files.includes(source), `${name} has no ${source}`);
    }
  });

  it('runs no script at installation', () => {
    assert.ok(!installation.files.includes('binding.gyp'), 'a binding.gyp counts as a script');
  });

  it('can be imported', () => {
    const result = run(installation, ['imported.mjs']);
    assert.deepEqual(result, { status: 0, stdout: 'there and back\ntrue\n', stderr: '' });
  });

  it('can be required', () => {
    const { status, stdout, stderr } = run(installation, ['required.cjs']);
    assert.deepEqual({ status, stdout }, { status: 0, stdout: 'there and back\n' }, stderr);
  });

  it('has one Socket whichever way it comes', () => {
    const { status, stdout, stderr } = run(installation, ['both.cjs']);
    assert.deepEqual({ status, stdout }, { status: 0, stdout: 'true\ntrue\ntrue\n' }, stderr);
  });

  it('takes the builtin driver where it is told to', () => {
    const result = run(installation, ['imported.mjs'], { VOLLEY_DRIVER: 'builtin' });
    assert.deepEqual(result, { status: 0, stdout: 'there and back\ntrue\n', stderr: '' });
  });

  it('takes the builtin driver where no addon may load', () => {
    const result = run(installation, ['--no-addons', 'imported.mjs']);
    assert.deepEqual(result, { status: 0, stdout: 'there and back\ntrue\n', stderr: '' });
  });

  it('says what is missing where the native driver is demanded but no addon came along', (t) => {
    if (installation.files.some((name) => name.endsWith('.node'))) {
      t.skip('this tarball brings an addon');
      return;
    }
    const { status, stderr } = run(installation, ['imported.mjs'], { VOLLEY_DRIVER: 'linux' });
    assert.notEqual(status, 0);
    assert.match(stderr, /native/);
    assert.match(stderr, /node-gyp|npm /, 'names no command that mends it');
  });

  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    it(`compiles in TypeScript with moduleResolution ${resolution}`, () => {
      const config = {
        compilerOptions: {
          ...{ module, moduleResolution: resolution, target: 'es2022', types: ['node'] },
          ...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
          typeRoots: [join(root, 'node_modules/@types')],
        },
        files: ['consumer.ts'],
      };
      const name = join(installation.directory, `tsconfig.${resolution}.json`);
      writeFileSync(name, JSON.stringify(config));
      const compiler = join(root, 'node_modules/typescript/bin/tsc');
      const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', name], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stdout);
    });
  }
});
