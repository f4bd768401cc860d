/** Little memory, under a flood that comes in and is answered; and a receiver that is slower than its sender. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { full, run } from '../support.ts';
import { verdict } from './support.ts';

/** Datagrams that are answered. */
const COUNT = full ? 2_000_000 : 100_000;

/** How long the slow receiver is flooded; ten minutes are worth it once in a while. */
const SECONDS = Number(process.env['VOLLEY_TEST_SLOW_SECONDS'] ?? 10);

/** In bytes. */
const CGROUP = 64 << 20;
const MOST_HEAP = 4 << 20;
const MOST_RESIDENT = 32 << 20;

/** A memory cgroup of its own, of version 2 or 1 (cgroups(7)); `undefined` where none can be made. */
function makeCgroup(): { processes: string; remove: () => void } | undefined {
  for (const [parent, limit] of [
    ['/sys/fs/cgroup', 'memory.max'],
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ] as const) {
    const directory = `${parent}/volley-test-${process.pid}`;
    try {
      mkdirSync(directory);
    } catch {
      continue;
    }
    // Where it is missing, memory is not among what the cgroups of this directory control, if it has any.
    if (existsSync(`${directory}/${limit}`)) {
      writeFileSync(`${directory}/${limit}`, `${CGROUP}`);
      return { processes: `${directory}/cgroup.procs`, remove: () => rmdirSync(directory) };
    }
    rmdirSync(directory);
  }
  return undefined;
}

describe('a server that is flooded and answers', () => {
  const answersAll = { enough: true, failed: 0, altered: 0 };

  it('lives on a heap of 16 MiB', async () => {
    const flags = ['--max-old-space-size=16', '--max-semi-space-size=1'];
    assert.deepEqual(await verdict('squeezed', { args: [`${COUNT}`], flags }), answersAll);
  });

  it('locks no memory (RLIMIT_MEMLOCK)', async () => {
    const wrapper = ['sh', '-c', 'ulimit -l 0; exec "$@"', 'sh'];
    assert.deepEqual(await verdict('squeezed', { args: [`${COUNT}`], wrapper }), answersAll);
  });

  it('lives in a cgroup of 64 MiB', async (t) => {
    const cgroup = makeCgroup();
    if (!cgroup) return t.skip('no memory cgroup can be made here');
    try {
      const enter = `echo $$ > ${cgroup.processes}; exec "$@"`;
      const wrapper = ['sh', '-c', enter, 'sh'];
      // The flooder has to live there, too, so that both are kept small.
      const environment = { NODE_OPTIONS: '--max-old-space-size=16 --max-semi-space-size=1' };
      const setting = { args: [`${COUNT}`], wrapper, environment };
      assert.deepEqual(await verdict('squeezed', setting), answersAll);
    } finally {
      cgroup.remove();
    }
  });
});

it(`a receiver that is slower than its sender, for ${SECONDS} s: memory flat, drops counted`, async () => {
  const { stdout, stderr, code } = await run('slow-receiver', {
    args: [`${SECONDS}`],
    flags: ['--expose-gc', '--max-semi-space-size=1'],
    environment: { VOLLEY_REPORT: '1' },
    from: import.meta.url,
  });
  assert.equal(code, 0, stderr);
  const result: Record<string, unknown> = JSON.parse(stdout);
  assert.ok(Number(result['dropped']) > 0, 'it was not slower');
  assert.equal(result['accounted'], true, stdout);
  assert.ok(Number(result['heap']) < MOST_HEAP, stdout);
  assert.ok(Number(result['resident']) < MOST_RESIDENT, stdout);
  assert.match(stderr, new RegExp(`received \\d+ in \\d+, ${result['dropped']} dropped`));
});
