import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { missingPrebuild, PREBUILDS, root, symbolsOf } from './prebuilds.ts';

/** What readelf(1) says of an addon. */
function readelf(path: string, ...options: string[]): string {
  const environment = { ...process.env, LC_ALL: 'C' };
  return execFileSync('readelf', ['--wide', ...options, path], {
    ...{ encoding: 'utf8', env: environment },
  });
}

for (const prebuild of PREBUILDS) {
  const { name, path, machine, libc } = prebuild;

  describe(`the addon for ${name}`, { skip: missingPrebuild(prebuild) }, () => {
    it('is for its machine, and without symbols for a debugger', () => {
      assert.match(readelf(path, '--file-header'), new RegExp(`Machine: +${machine}`));
      assert.doesNotMatch(readelf(path, '--sections'), /\.symtab|\.debug/);
    });

    it('shows Node its entry points, and nothing else', () => {
      assert.deepEqual(
        symbolsOf(path, 'defined')
          .map((symbol) => symbol.name)
          .sort(),
        ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
      );
    });

    it('has its tables read-only once it is loaded', () => {
      assert.match(readelf(path, '--segments'), /GNU_RELRO/);
      assert.match(readelf(path, '--dynamic'), /BIND_NOW/);
    });

    it('ends the process where the stack was overrun', () => {
      assert.match(readelf(path, '--dyn-syms'), /__stack_chk_fail/);
    });

    it(`needs no library but ${libc}`, () => {
      const needed = [...readelf(path, '--dynamic').matchAll(/\(NEEDED\).*\[(.*)\]/g)];
      const names = needed.map(([, library]) => library);
      const known = libc === 'glibc' ? ['libc.so.6'] : ['libc.so'];
      assert.deepEqual(
        names.filter((library) => !/^ld-linux/.test(library ?? '')),
        known,
      );
    });

    it('needs nothing that is newer than Node 20 needs itself', () => {
      const versions = symbolsOf(path, 'undefined')
        .map(({ version }) => version)
        .filter((version) => version !== '');
      if (libc === 'musl') assert.deepEqual(versions, [], 'musl has no versions');
      else assert.ok(versions.length > 0, 'glibc has');
      for (const version of versions) {
        assert.match(version, /^GLIBC_2\.(?:\d|1\d|2[0-8])(?:\.\d+)?$/);
      }
    });
  });
}

/** What `npm run prebuilds` and `npm pack` look at, elsewhere. */
function copy(test: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'volley-packing-'));
  test.after(() => rmSync(directory, { recursive: true }));
  for (const name of ['native', 'scripts', 'build/musl']) {
    const from = join(root, name);
    const to = join(directory, name);
    if (existsSync(from)) cpSync(from, to, { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}

it('made again in another place, an addon is the same to the byte', (test) => {
  const host = PREBUILDS.find(({ name }) => name === `linux-${process.arch}-glibc`);
  if (!host) return test.skip('no addon for this machine');
  const again = host.path.replace(root, `${copy(test)}/`);
  rmSync(again);
  const script = join(again, '../../../../scripts/prebuild/main.mjs');
  execFileSync(process.execPath, [script, host.name], { stdio: 'ignore' });
  assert.ok(readFileSync(again).equals(readFileSync(host.path)));
});

/** What `npm pack` runs. */
describe('packing', () => {
  function check(
    directory: string,
    ...targets: string[]
  ): { status: number | null; stderr: string } {
    const script = join(directory, 'scripts/prebuild/main.mjs');
    return spawnSync(process.execPath, [script, '--check', ...targets], { encoding: 'utf8' });
  }

  it('goes on where the addons are there', (test) => {
    const { status, stderr } = check(copy(test), 'host');
    assert.equal(status, 0, stderr);
  });

  it('stops where one is missing', (test) => {
    const directory = copy(test);
    for (const { name, path } of PREBUILDS) {
      rmSync(path.replace(root, `${directory}/`), { force: true });
      const { status, stderr } = check(directory, name);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`^${name}: .*\\n +it is missing$`, 'm'));
      assert.match(stderr, /npm run prebuilds/);
    }
  });

  it('stops where one is older than its sources', (test) => {
    const directory = copy(test);
    const now = new Date();
    utimesSync(join(directory, 'native/send.c'), now, now);
    const { status, stderr } = check(directory, 'host');
    assert.equal(status, 1);
    assert.match(stderr, /older than its sources/);
  });
});
