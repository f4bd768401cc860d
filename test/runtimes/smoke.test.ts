/** Volley under Bun and Deno, over their own `node:dgram`; scripts/runtimes has the whole contract suite. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const FIXTURES = join(root, 'test/runtimes/fixtures');

interface Runtime {
  name: string;
  /** Of the packages that hold its binary, one a platform. */
  scope: string;
  binary: string;
  run: readonly string[];
  /** What loads a module ahead of the program. */
  preload: string;
}

const RUNTIMES: readonly Runtime[] = [
  { name: 'Bun', scope: '@oven', binary: 'bin/bun', run: ['run'], preload: '--preload' },
  { name: 'Deno', scope: '@deno', binary: 'deno', run: ['run', '-A'], preload: '--preload' },
];

/** The binary that runs here, of those that `npm ci --prefix bench` brought. */
function find({ scope, binary }: Runtime): string | undefined {
  const directory = join(root, 'bench/node_modules', scope);
  const platforms = existsSync(directory) ? readdirSync(directory) : [];
  return platforms
    .map((platform) => join(directory, platform, binary))
    .find((file) => spawnSync(file, ['--version']).status === 0);
}

/** In CI a runtime that is missing is an error, or else nothing would be proven there. */
function reasonAgainst({ name }: Runtime, file: string | undefined): string | false {
  if (file !== undefined) return false;
  const reason = `needs ${name}, which "npm ci --prefix bench" brings`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

for (const runtime of RUNTIMES) {
  const file = find(runtime);
  describe(`under ${runtime.name}`, { skip: reasonAgainst(runtime, file) }, () => {
    const { VOLLEY_DRIVER: _, ...inherited } = process.env;
    const start = (words: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
      spawnSync(String(file), [...runtime.run, ...words], {
        cwd: root,
        encoding: 'utf8',
        timeout: 20_000,
        env: { ...inherited, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', ...environment },
      });
    /** What a fixture printed; anything on the standard error, such as a warning, is a failure. */
    const printed = (...words: string[]): unknown => {
      const { status, stdout, stderr } = start(words);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      return JSON.parse(stdout);
    };

    it('takes the builtin driver by itself, as volley doctor says', () => {
      const { stdout, stderr } = start([join(root, 'dist/cli/main.js'), 'doctor', '--json']);
      assert.equal(stderr, '');
      const { driver, loopback, runtime: told } = JSON.parse(stdout);
      assert.equal(told.name, runtime.name);
      assert.equal(driver.name, 'builtin');
      assert.equal(loopback.roundTrip, 'ok');
    });

    it('can import it, and datagrams go there and back', () => {
      assert.deepEqual(printed(join(FIXTURES, 'echo.mjs')), {
        text: 'there and back',
        size: 14,
        family: 'IPv4',
      });
    });

    it('can require it', () => {
      assert.deepEqual(printed(join(FIXTURES, 'required.cjs')), { sendMany: 'function' });
    });

    it('keeps the order of what is sent together', () => {
      const numbers = Array.from({ length: 40 }, (_, index) => index);
      assert.deepEqual(printed(join(FIXTURES, 'order.mjs')), numbers);
    });

    it('says why there is no native driver, where that is demanded', () => {
      const { status, stdout, stderr } = start([join(FIXTURES, 'echo.mjs')], {
        VOLLEY_DRIVER: 'linux',
      });
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
      assert.match(stderr, new RegExp(`this is ${runtime.name} \\d+\\.\\d+`));
      assert.match(stderr, /Unset VOLLEY_DRIVER/);
    });

    it('puts Volley in the place of node:dgram by volley/register', () => {
      const register = join(root, 'dist/register.js');
      assert.deepEqual(printed(runtime.preload, register, join(FIXTURES, 'swapped.cjs')), {
        required: true,
        prefixed: true,
        getBuiltinModule: true,
        importedDefault: true,
      });
    });
  });
}
