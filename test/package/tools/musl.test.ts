/**
 * No registry has a Node for musl, so the addons for it are loaded by musl's own loader into a program that
 * offers what Node would, and the parts that depend on musl's layouts send and receive.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingPrebuild, PREBUILDS, type Prebuild, root, symbolsOf } from './prebuilds.ts';

const FIXTURES = join(root, 'test/package/tools/fixtures');

/** Those that node-gyp took for the addon of this machine. */
function nodeHeaders(): string {
  const text = readFileSync(join(root, 'native/build/config.gypi'), 'utf8').replace(/^#.*$/gm, '');
  const { variables }: { variables: { nodedir: string } } = JSON.parse(text);
  return join(variables.nodedir, 'include/node');
}

/** What runs programs of an architecture here: nothing, or an emulator. */
function emulator(architecture: string): string[] {
  return architecture === process.arch ? [] : [`qemu-${architecture.replace('arm64', 'aarch64')}`];
}

/** Why a program for it cannot be run here, or `false`. */
function lacking(prebuild: Prebuild): string | false {
  const [program] = emulator(prebuild.architecture);
  if (program !== undefined && spawnSync(program, ['--version']).error !== undefined) {
    if (process.env['CI'] === 'true') throw new Error(`needs ${program}`);
    return `needs ${program} (Debian package qemu-user)`;
  }
  return missingPrebuild(prebuild);
}

for (const prebuild of PREBUILDS.filter(({ libc }) => libc === 'musl')) {
  const { name, triple, architecture, path } = prebuild;
  const muslTriple = triple.replace('gnu', 'musl');
  const musl = join(root, 'build/musl', muslTriple);
  const library = join(musl, 'lib', muslTriple, 'libc.so');

  describe(`the addon for ${name}`, { skip: lacking(prebuild) }, () => {
    let directory: string;

    before(() => {
      directory = mkdtempSync(join(tmpdir(), 'volley-musl-'));
      const wanted = symbolsOf(path, 'undefined').map((symbol) => symbol.name);
      const ofNode = wanted.filter((symbol) => /^(?:napi|uv)_/.test(symbol));
      assert.ok(ofNode.includes('napi_wrap') && ofNode.includes('uv_poll_start'));
      const stubs = ofNode.map((symbol) => `void ${symbol}(void) { abort(); }\n`);
      writeFileSync(join(directory, 'stubs.c'), `#include <stdlib.h>\n${stubs.join('')}`);
    });
    after(() => rmSync(directory, { recursive: true }));

    /** Compiles a program against musl, with stand-ins for what Node offers; its path. */
    function compile(...sources: string[]): string {
      const compiler = `${triple}-gcc`;
      const ask = (what: string) => execFileSync(compiler, [what], { encoding: 'utf8' }).trim();
      const headers = join(musl, 'usr/include');
      const own = ask('-print-file-name=include');
      const start = ['crt1.o', 'crti.o'].map((object) => join(musl, 'usr/lib', muslTriple, object));
      const end = join(musl, 'usr/lib', muslTriple, 'crtn.o');
      const program = join(directory, 'program');
      const including = [join(headers, muslTriple), own, headers, join(headers, triple)];
      execFileSync(compiler, [
        ...['-std=gnu11', '-D_GNU_SOURCE', '-DNAPI_VERSION=8', '-no-pie', '-rdynamic', '-nostdlib'],
        ...['-nostdinc', ...including.flatMap((place) => ['-isystem', place])],
        ...['-isystem', nodeHeaders(), '-I', join(root, 'native'), '-o', program],
        ...[...start, join(directory, 'stubs.c'), ...sources],
        ...[library, '-lgcc', end],
      ]);
      return program;
    }

    function run(program: string, ...args: string[]): { status: number | null; output: string } {
      const [command = library, ...rest] = [...emulator(architecture), library, program, ...args];
      const { status, stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8' });
      return { status, output: `${stdout}${stderr}` };
    }

    it('is loaded by musl, and has its entry point', () => {
      const program = compile(join(FIXTURES, 'load.c'));
      assert.deepEqual(run(program, path), { status: 0, output: 'loaded\n' });
    });

    it('sends and receives batches and groups in the layout of musl', () => {
      const native = ['address.c', 'control.c'].map((file) => join(root, 'native', file));
      const program = compile(join(FIXTURES, 'batches.c'), ...native);
      assert.deepEqual(run(program), { status: 0, output: '1 2 3 3 1\n' });
    });
  });
}
