/** The addons that the package brings, for tests of the files themselves. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, seen from `build/test/package/tools/`. */
export const root: string = fileURLToPath(new URL('../../../../', import.meta.url));

export interface Prebuild {
  readonly name: string;
  readonly libc: 'glibc' | 'musl';
  readonly architecture: 'x64' | 'arm64';
  /** As readelf(1) calls it. */
  readonly machine: string;
  /** The cross compiler's prefix. */
  readonly triple: string;
  readonly path: string;
}

const ARCHITECTURES = [
  ['x64', 'Advanced Micro Devices X86-64', 'x86_64-linux-gnu'],
  ['arm64', 'AArch64', 'aarch64-linux-gnu'],
] as const;

export const PREBUILDS: readonly Prebuild[] = ARCHITECTURES.flatMap(
  ([architecture, machine, triple]) =>
    (['glibc', 'musl'] as const).map((libc) => ({
      ...{ name: `linux-${architecture}-${libc}`, libc, architecture, machine, triple },
      path: join(root, `native/prebuilds/linux-${architecture}/volley.${libc}.node`),
    })),
);

/**
 * For a test's `skip`: `false` where the addon is there, else why not. A machine without cross compilers has its
 * own alone; CI has all.
 */
export function missingPrebuild({ name, path }: Prebuild): string | false {
  if (existsSync(path)) return false;
  const reason = `needs npm run prebuilds -- ${name} (Debian package gcc-aarch64-linux-gnu)`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

export interface DynamicSymbol {
  readonly name: string;
  /** Such as `GLIBC_2.17`, or ''. */
  readonly version: string;
}

/** The symbols that an addon has, or wants of the process. Weak ones may stay unresolved, and do not count. */
export function symbolsOf(path: string, which: 'defined' | 'undefined'): DynamicSymbol[] {
  const text = execFileSync('readelf', ['--wide', '--dyn-syms', path], { encoding: 'utf8' });
  return text.split('\n').flatMap((line) => {
    const [, , , , binding, , section, versioned] = line.trim().split(/\s+/);
    if (binding !== 'GLOBAL' || versioned === undefined) return [];
    if ((section === 'UND') !== (which === 'undefined')) return [];
    const [name = '', version = ''] = versioned.split(/@+/);
    return [{ name, version }];
  });
}
