import nodeDgram from 'node:dgram';
import os from 'node:os';

/**
 * What the contract suite runs against: `node` is node:dgram itself, the reference; `linux` and
 * `builtin` are Volley on that driver. Set by VOLLEY_TEST_TARGET. With VOLLEY_TEST_SWAP=1, Volley is taken
 * from `node:dgram`, in whose place `volley/register` (in NODE_OPTIONS) has put it.
 */
export type Target = 'node' | 'linux' | 'builtin';
type Dgram = typeof nodeDgram;

const TARGETS: readonly string[] = ['node', 'linux', 'builtin'] satisfies Target[];

function isTarget(name: string): name is Target {
  return TARGETS.includes(name);
}

function readTarget(): Target {
  const { VOLLEY_TEST_TARGET: name = 'node' } = process.env;
  if (!isTarget(name)) {
    throw new Error(`VOLLEY_TEST_TARGET must be one of ${TARGETS.join(', ')}, not '${name}'`);
  }
  return name;
}

function isDgram(value: unknown): value is Dgram {
  return (
    typeof value === 'object' && value !== null && 'createSocket' in value && 'Socket' in value
  );
}

/** The suite compiles without Volley's types: it must hold Volley to node:dgram's. */
const VOLLEY: string = 'volley';

async function load(wanted: Target): Promise<{ dgram: Dgram; namespace: object }> {
  if (wanted === 'node') {
    return { dgram: nodeDgram, namespace: await import('node:dgram') };
  }
  Object.assign(process.env, { VOLLEY_DRIVER: wanted });
  const namespace: unknown = await import(VOLLEY);
  if (typeof namespace !== 'object' || namespace === null || !('default' in namespace)) {
    throw new Error('volley has no default export');
  }
  if (!isDgram(namespace.default)) {
    throw new Error("volley's default export is not shaped like node:dgram");
  }
  if (process.env.VOLLEY_TEST_SWAP !== '1') return { dgram: namespace.default, namespace };
  if (nodeDgram.createSocket !== namespace.default.createSocket) {
    throw new Error('VOLLEY_TEST_SWAP=1, but Volley is not in the place of node:dgram');
  }
  return { dgram: nodeDgram, namespace: await import('node:dgram') };
}

export const target: Target = readTarget();
export const nodeMajor: number = Number(process.versions.node.split('.')[0]);

/** Why `node:dgram` of this line is nothing to hold Volley to in detail: Volley behaves like the newest (docs/compatibility.md, "By line"). */
export const olderReference: string | false =
  nodeMajor < 26 && `reference is older than what Volley follows: Node ${nodeMajor}`;

const loaded = await load(target);
/** The module under test. */
export const dgram: Dgram = loaded.dgram;
/** The same module as `import * as` shows it. */
export const namespace: object = loaded.namespace;

/** `node:dgram` itself, for what is not under test, wherever a swap has put it. */
export const original: Pick<Dgram, 'createSocket' | 'Socket'> = Reflect.get(
  nodeDgram,
  Symbol.for('volley.node-dgram'),
) ?? { createSocket: nodeDgram.createSocket, Socket: nodeDgram.Socket };

/** Features that came with a Node line: the first major that has each. */
const SINCE = {
  bindSync: 24,
  connectSync: 24,
  blockLists: 22,
  reusePort: 22,
  networkPermission: 26,
} as const;
export type Feature = keyof typeof SINCE;

/** What the builtin driver cannot add to the node:dgram below it. */
const BELOW_BUILTIN: readonly Feature[] = ['reusePort'];

/**
 * Why a test of `feature` cannot run here, or `false`. Only the reference may lack a feature of
 * the newest line, and the builtin driver what the node:dgram of its line cannot do.
 */
export function lacks(...features: Feature[]): string | false {
  for (const feature of features) {
    if (nodeMajor >= SINCE[feature]) continue;
    if (target === 'node') return `reference lacks it: ${feature} on Node ${nodeMajor}`;
    if (feature === 'networkPermission') return `Node ${nodeMajor} has no network permission`;
    if (target === 'builtin' && BELOW_BUILTIN.includes(feature)) {
      return `the builtin driver cannot do it over Node ${nodeMajor}: ${feature}`;
    }
  }
  return false;
}

/** Whether the loopback interface has ::1. */
export const hasIPv6: boolean = Object.values(os.networkInterfaces()).some((addresses) =>
  addresses?.some((entry) => entry.address === '::1'),
);
