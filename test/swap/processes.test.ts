/** Threads, children and cluster workers: where the flag is inherited, `dgram` is Volley; and nowhere else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProject, FLAGS, run } from './support.ts';

const directory = createProject({
  'one.test.cjs': `
    const dgram = require('dgram');
    require('node:test').test('is Volley', () => {
      require('node:assert').ok('sendMany' in dgram.Socket.prototype);
    });`,
});

const heard = (isVolley: boolean): unknown[] => ['hello', isVolley];

for (const flags of FLAGS) {
  const words = flags.join(' ');
  const nodeOptions = `${flags[0]}=${flags[1]}`;

  test(`${words}: worker threads`, async () => {
    const { lines, stderr } = await run(directory, [...flags, 'thread.mjs', ...flags]);
    // Without flags of its own a thread has those of the process, not so with an empty list.
    assert.deepEqual(lines, [heard(true), heard(false), heard(true)], stderr);
    assert.equal(stderr, '');
  });

  test(`${words}: worker threads, by NODE_OPTIONS`, async () => {
    const { lines, stderr } = await run(directory, ['thread.mjs'], { NODE_OPTIONS: nodeOptions });
    assert.deepEqual(lines, [heard(true), heard(true), heard(true)], stderr);
  });

  test(`${words}: children`, async () => {
    const { lines, stderr } = await run(directory, [...flags, 'children.mjs', nodeOptions]);
    const expected = [
      ['fork', heard(true)],
      ['fork, execArgv: []', heard(false)],
      ['spawn', heard(false)],
      ['spawn, NODE_OPTIONS', heard(true)],
    ];
    assert.deepEqual(lines, expected, stderr);
    assert.equal(stderr, '');
  });

  test(`${words}: children, by NODE_OPTIONS`, async () => {
    const { lines, stderr } = await run(directory, ['children.mjs', nodeOptions], {
      NODE_OPTIONS: nodeOptions,
    });
    const expected = ['fork', 'fork, execArgv: []', 'spawn', 'spawn, NODE_OPTIONS'];
    assert.deepEqual(
      lines,
      expected.map((name) => [name, heard(true)]),
      stderr,
    );
  });

  for (const primary of [true, false]) {
    for (const worker of [true, false]) {
      test(`${words}: cluster: primary ${primary}, workers ${worker}`, async () => {
        const own = primary ? flags : [];
        const theirs = JSON.stringify(worker ? flags : []);
        const { lines, stderr } = await run(directory, [...own, 'cluster.mjs', theirs]);
        const expected = { primary, workers: [worker, worker], onePort: true, heard: 16 };
        assert.deepEqual(lines, [expected], stderr);
        assert.equal(stderr, '');
      });
    }
  }

  test(`${words}: node --test`, async () => {
    const { stdout, code } = await run(directory, [...flags, '--test', 'one.test.cjs'], {
      NODE_OPTIONS: nodeOptions,
    });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /pass 1\b/);
  });
}
