/**
 * What the package brings an addon for.
 *
 * @typedef {object} Target
 * @property {string} name
 * @property {'x64' | 'arm64'} architecture as `process.arch` says it
 * @property {'glibc' | 'musl'} libc
 * @property {string} machine as readelf(1) says it
 * @property {string} triple the prefix of the cross compiler, and of Debian's directories
 * @property {string} muslTriple the name of musl's directories
 * @property {string} debian Debian's name of the architecture
 * @property {string} product where node-gyp-build looks for the addon, from the root
 */

/** @param {Omit<Target, 'name' | 'product'>} target */
function target(target) {
  const { architecture, libc } = target;
  return {
    ...target,
    name: `linux-${architecture}-${libc}`,
    product: `native/prebuilds/linux-${architecture}/volley.${libc}.node`,
  };
}

const x64 = /** @type {const} */ ({
  architecture: 'x64',
  machine: 'Advanced Micro Devices X86-64',
  triple: 'x86_64-linux-gnu',
  muslTriple: 'x86_64-linux-musl',
  debian: 'amd64',
});

const arm64 = /** @type {const} */ ({
  architecture: 'arm64',
  machine: 'AArch64',
  triple: 'aarch64-linux-gnu',
  muslTriple: 'aarch64-linux-musl',
  debian: 'arm64',
});

/** @type {readonly Target[]} */
export const targets = [
  target({ ...x64, libc: 'glibc' }),
  target({ ...x64, libc: 'musl' }),
  target({ ...arm64, libc: 'glibc' }),
  target({ ...arm64, libc: 'musl' }),
];

/** The C library of the running Node: the report names glibc's version where there is one. */
export function hostLibc() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/**
 * The targets with these names, all of them where there are none. `host` is that of the running Node.
 *
 * @param {string[]} names
 */
export function selectTargets(names) {
  if (names.length === 0) return targets;
  return names.map((name) => {
    const wanted = name === 'host' ? `linux-${process.arch}-${hostLibc()}` : name;
    const found = targets.find((target) => target.name === wanted);
    if (found !== undefined) return found;
    const known = targets.map((target) => target.name).join(', ');
    throw new Error(`no target ${wanted}; there are ${known}, and host`);
  });
}
