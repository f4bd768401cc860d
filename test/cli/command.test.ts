import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root, volley } from './support.ts';

const USAGE = /^Usage: volley <command>$/m;

describe('volley', () => {
  it('shows how it is used, on the standard output, where that was asked for', () => {
    const { status, stdout, stderr } = volley(['--help']);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, USAGE);
    assert.match(stdout, /volley doctor --json/);
  });

  it('tells its version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.deepEqual(volley(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('minds no reader that has read enough', () => {
    const reading = ['sh', '-c', '("$@"; echo "exit code $?" >&2) | true', 'sh'];
    const { stderr } = volley(['doctor'], { prefix: reading });
    assert.equal(stderr, 'exit code 0\n');
  });

  for (const [words, reason] of [
    [[], 'volley: a command is missing'],
    [['dcotor'], 'volley: there is no command "dcotor"'],
    [['doctor', 'who'], 'volley: doctor takes no "who"'],
    [['doctor', '--loud'], "volley: Unknown option '--loud'"],
  ] as const) {
    it(`refuses: volley ${words.join(' ')}`, () => {
      const { status, stdout, stderr } = volley(words);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.ok(stderr.startsWith(reason), stderr);
      assert.match(stderr, USAGE);
    });
  }
});
