// The table of contestants: what each is, which program plays its roles, and what its API can do.
import { fileURLToPath } from 'node:url';

/**
 * @typedef {import('./types.d.ts').Contestant} Contestant
 * @typedef {import('./types.d.ts').ContestantId} ContestantId
 * @typedef {import('./types.d.ts').Programs} Programs
 * @typedef {import('./types.d.ts').Role} Role
 */

/**
 * In the order of tables and charts.
 *
 * @type {Readonly<Record<ContestantId, string>>}
 */
export const CONTESTANT_NAMES = {
  volley: 'Volley (events)',
  'volley-batches': 'Volley (batches)',
  node: 'node:dgram',
  bun: 'Bun',
  deno: 'Deno',
  c: 'C limit',
};

/** The names that `--only` takes. */
export const CONTESTANTS = /** @type {readonly ContestantId[]} */ (Object.keys(CONTESTANT_NAMES));

/** @type {readonly Role[]} */
const EVERY_ROLE = ['sink', 'source', 'echo', 'idle', 'keep', 'ring', 'churn', 'import'];

/** What only programs play that run in Node. @type {readonly Role[]} */
const NODE_ROLES = [...EVERY_ROLE, 'flooded'];

const DENO = ['run', '-A', '--unstable-net', '--v8-flags=--expose-gc'];

/**
 * The options of contestants that `bench/reference` does not know. It needs no warm-up to be
 * compiled, so its whole run counts, and it always sends in batches.
 */
const NOT_FOR_C = new Set(['warmup', 'warmup-port', 'window', 'many', 'block', 'one-payload']);

/**
 * @param {Programs} programs
 * @returns {readonly Contestant[]} those that can run here
 */
export function contestants(programs) {
  const { node, bun, deno, volley, reference } = programs;
  /** @type {Contestant[]} */
  const table = [
    {
      id: 'volley',
      roles: NODE_ROLES,
      abilities: ['connect', 'receive-buffer'],
      // An addon that does not load must fail here, not be replaced by node:dgram in silence.
      command: script([node.file, '--expose-gc'], 'dgram.mjs', {
        VOLLEY_BENCH_MODULE: volley,
        VOLLEY_DRIVER: 'linux',
      }),
    },
    {
      id: 'volley-batches',
      roles: ['sink', 'source', 'echo', 'keep', 'flooded'],
      abilities: ['connect', 'receive-buffer'],
      command: script([node.file, '--expose-gc'], 'batches.mjs', {
        VOLLEY_BENCH_MODULE: volley,
        VOLLEY_DRIVER: 'linux',
      }),
    },
    {
      id: 'node',
      roles: NODE_ROLES,
      abilities: ['connect', 'receive-buffer'],
      command: script([node.file, '--expose-gc'], 'dgram.mjs', {
        VOLLEY_BENCH_MODULE: 'node:dgram',
      }),
    },
  ];
  if ('file' in bun) {
    table.push({
      id: 'bun',
      roles: EVERY_ROLE,
      abilities: ['connect'],
      command: script([bun.file, 'run'], 'bun.mjs', {}),
    });
  }
  if ('file' in deno) {
    table.push({
      id: 'deno',
      roles: EVERY_ROLE,
      abilities: [],
      command: script([deno.file, ...DENO], 'deno.mjs', { DENO_NO_UPDATE_CHECK: '1' }),
    });
  }
  table.push({
    id: 'c',
    roles: ['sink', 'source', 'echo'],
    abilities: ['connect', 'receive-buffer'],
    command: (role, options) => referenceCommand(reference.file, role, options),
  });
  return table;
}

/**
 * A mode of the C program in bench/reference.
 *
 * @param {string} file
 * @param {string} mode
 * @param {import('./types.d.ts').Options} options
 * @returns {import('./types.d.ts').Command}
 */
export function referenceCommand(file, mode, options) {
  const words = Object.entries(options)
    .filter(([name]) => !NOT_FOR_C.has(name) || (mode === 'client' && name === 'warmup'))
    .flatMap(([name, value]) =>
      name === 'size' && value === 'mixed' ? ['--sizes', 'mixed'] : [`--${name}`, String(value)],
    );
  return { file, arguments: [mode, ...words], environment: {} };
}

/**
 * @param {readonly [string, ...string[]]} runtime
 * @param {string} name of a file in contestants/
 * @param {Record<string, string>} environment
 * @returns {Contestant['command']}
 */
function script([file, ...words], name, environment) {
  const path = fileURLToPath(new URL(`contestants/${name}`, import.meta.url));
  return (role, options) => ({
    file,
    arguments: [...words, path, role, ...pairs(options)],
    environment,
  });
}

/** @param {import('./types.d.ts').Options} options */
function pairs(options) {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}
