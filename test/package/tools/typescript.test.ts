import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Installation, install, root, run } from '../support.ts';

/** Consumers, and settings under which they compile. */
const CONSUMERS = [
  ['nodenext', ['consumer.ts'], { module: 'nodenext' }],
  ['bundler', ['consumer.ts'], { module: 'esnext', moduleResolution: 'bundler' }],
  ['cts', ['default.cts', 'require.cts'], { module: 'nodenext' }],
  ['commonjs', ['commonjs/default.ts', 'commonjs/require.ts'], { module: 'nodenext' }],
] as const;

describe('the installed package in TypeScript', () => {
  let installation: Installation;

  before(() => {
    installation = install();
    const { directory } = installation;
    mkdirSync(join(directory, 'commonjs'));
    writeFileSync(join(directory, 'commonjs/package.json'), '{ "type": "commonjs" }');
    for (const name of ['default', 'require']) {
      copyFileSync(join(directory, `${name}.cts`), join(directory, 'commonjs', `${name}.ts`));
    }
  });
  after(() => installation.remove());

  /** Compiles consumers into `outDir`; the compiler's complaints. */
  function compile(outDir: string, files: readonly string[], settings: object): string {
    const { directory } = installation;
    const config = {
      compilerOptions: {
        ...{ ...settings, outDir, rootDir: '.', target: 'es2022' },
        ...{ strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
        ...{ types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
      },
      files,
    };
    const name = join(directory, `tsconfig.${outDir}.json`);
    writeFileSync(name, JSON.stringify(config));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    return spawnSync(process.execPath, [compiler, '-p', name], { encoding: 'utf8' }).stdout;
  }

  for (const [name, files, settings] of CONSUMERS) {
    it(`compiles: ${name}`, () => {
      assert.equal(compile(`out-${name}`, files, settings), '');
    });
  }

  it('runs when it was compiled to CommonJS, by either form of import', () => {
    assert.equal(compile('out', ['default.cts', 'require.cts'], { module: 'nodenext' }), '');
    for (const consumer of ['out/default.cjs', 'out/require.cjs']) {
      const { status, stdout, stderr } = run(installation, [consumer]);
      assert.deepEqual({ status, stdout }, { status: 0, stdout: 'true\n' }, stderr);
    }
  });
});
