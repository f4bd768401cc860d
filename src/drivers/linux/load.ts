/** Finds and loads the native addon. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Addon } from './addon.ts';
import type { LinuxHandle } from './handle.ts';

/** Why the addon is not there, in words for whoever has to mend it. */
export class AddonUnavailable extends Error {
  override name = 'AddonUnavailable';
  readonly code = 'ERR_VOLLEY_ADDON';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Volley's native Linux driver cannot be used: ${reason}`, options);
  }
}

/** An addon, and the file that it came from. */
export interface LoadedAddon {
  readonly addon: Addon<LinuxHandle>;
  readonly path: string;
}

/**
 * `native/` in the package: it holds `build/Release` (compiled here) and `prebuilds` (shipped). It is found by the
 * package's own name, since this module may lie anywhere in it, or in a bundle beside it.
 * @throws {@link AddonUnavailable} in a bundle that is not beside it, or in CommonJS and knows no `import.meta`
 */
function nativeDirectory(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('volley/package.json')), 'native');
  } catch (error) {
    throw new AddonUnavailable(
      'its package is not to be found from here. Where Volley was bundled into another file, keep it out of the ' +
        'bundle (esbuild: --external:volley), and install it beside; with --permission, allow to read it (--allow-fs-read).',
      { cause: error },
    );
  }
}

/**
 * Loads the addon that fits this machine and Node.
 * @throws {@link AddonUnavailable}
 */
export function loadAddon(): LoadedAddon {
  if (process.platform !== 'linux') {
    throw new AddonUnavailable(`it is for Linux, and this is ${process.platform}.`);
  }
  refuseOtherRuntimes();
  const { addon, path } = requireAddon(nativeDirectory());
  if (!isAddon(addon)) {
    throw new AddonUnavailable(`${path} is not the addon of this version. ${MENDING}`);
  }
  return { addon, path };
}

/** What each runtime that is not Node would crash of, once the addon is loaded: there is no asking it before. */
const OTHER_RUNTIMES = [
  ['bun', 'Bun', 'has no uv_poll_init'],
  ['deno', 'Deno', 'has no uv_guess_handle and ends the process in napi_make_callback'],
] as const;

/** They offer Node-API, but not all of it and of libuv; so they are told by name. Bun 1.4 and Deno 2.9 were tried. */
function refuseOtherRuntimes(): void {
  for (const [key, name, lack] of OTHER_RUNTIMES) {
    const version = process.versions[key];
    if (version === undefined) continue;
    throw new AddonUnavailable(
      `it is for Node, and this is ${name} ${version}, whose Node-API ${lack}. ` +
        'Unset VOLLEY_DRIVER: the builtin driver then takes over.',
    );
  }
}

const MENDING =
  'The package brings addons for Linux on x64 and arm64: installing it anew restores a missing one. ' +
  'In a clone of the repository, "npm run build:native" compiles it (it needs python3, make and g++). ' +
  'Without it, unset VOLLEY_DRIVER: the builtin driver then takes over.';

function requireAddon(directory: string): { addon: unknown; path: string } {
  const require = createRequire(import.meta.url);
  try {
    // The loader is CommonJS and untyped: its `resolve` takes the directory that holds the builds.
    const { resolve }: { resolve: (directory: string) => string } = tellingLibc(() =>
      require('node-gyp-build'),
    );
    const path = resolve(directory);
    return { addon: require(path), path };
  } catch (error) {
    throw new AddonUnavailable(explain(error, directory), { cause: error });
  }
}

/** What node-gyp-build looks for, to tell musl from glibc, unless the variable LIBC tells it. */
const MARK_OF_MUSL = '/etc/alpine-release';

/**
 * Where the permission model forbids that look, which would end in an exception, Node itself is asked: only one
 * that is linked to glibc reports its version.
 */
function tellingLibc<T>(load: () => T): T {
  const mayLook = process.permission?.has('fs.read', MARK_OF_MUSL) ?? true;
  if (mayLook || process.env.LIBC) return load();
  const { header }: { header?: { glibcVersionRuntime?: string } } = Object(
    process.report.getReport(),
  );
  process.env.LIBC = header?.glibcVersionRuntime ? 'glibc' : 'musl';
  try {
    return load();
  } finally {
    delete process.env.LIBC;
  }
}

function explain(error: unknown, directory: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_DLOPEN_DISABLED') {
    return 'this process may not load addons (--no-addons, or --permission without --allow-addons).';
  }
  if (code === 'ERR_ACCESS_DENIED' && error instanceof Error && 'resource' in error) {
    return `this process may not read ${error.resource}: run Node with --allow-fs-read=${error.resource}, too.`;
  }
  const tried = candidates(directory)
    .map((path) => `\n  ${path}: ${existsSync(path) ? 'cannot be loaded' : 'does not exist'}`)
    .join('');
  const said = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return `${said}\nTried, for ${process.platform}-${process.arch} and Node ${process.version}:${tried}\n${MENDING}`;
}

/** The places the loader looks at, in its order. */
function candidates(directory: string): string[] {
  const target = `${process.platform}-${process.arch}`;
  const prebuilds = join(directory, 'prebuilds', target);
  const shipped = namesIn(prebuilds).map((name) => join(prebuilds, name));
  return [
    join(directory, 'build', 'Release', 'volley.node'),
    ...(shipped.length > 0 ? shipped : [join(prebuilds, '*.node')]),
  ];
}

/** None where the directory does not exist or may not be read: the loader found none there either. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

const FUNCTIONS = [
  ...['setup', 'create', 'bind', 'adopt', 'duplicate', 'connect', 'disconnect', 'localAddress'],
  ...['descriptor', 'hasRef'],
  ...['remoteAddress', 'startReceiving', 'stopReceiving', 'send', 'setOption', 'getOption'],
  ...['setMulticastInterface', 'setMembership', 'ref', 'unref', 'close', 'parseAddress'],
  ...['formatAddress', 'describeDescriptor', 'supportsSegmentation', 'probe'],
];

function isAddon(value: unknown): value is Addon<LinuxHandle> {
  return (
    typeof value === 'object' &&
    value !== null &&
    FUNCTIONS.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
