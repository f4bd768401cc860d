/** process.send(message, socket): what plain Node does with its sockets, the swap does with Volley's. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { createProject, driver, FLAGS, run } from './support.ts';

const directory = createProject({
  'imported.mjs': `
    import { fork } from 'node:child_process';
    import { fileURLToPath } from 'node:url';
    import dgram from 'volley';
    const child = fork(fileURLToPath(new URL('./passed.cjs', import.meta.url)));
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      try {
        child.send('a socket', socket);
      } catch ({ name, code, message }) {
        console.log(JSON.stringify([name, code, message]));
      }
      socket.close();
      child.disconnect();
    });`,
});

const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

/** The other flag does the same, as `loading.test.ts` shows. */
const [SWAP] = FLAGS;

/** Who is swapped. */
const PAIRS = [
  { parent: true, child: true },
  { parent: true, child: false },
  { parent: false, child: true },
] as const;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The same but for whether the child's socket is Volley's, and for random ports. */
function comparable(lines: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(lines), (key, value: unknown) => {
    if (key === 'isVolley') return undefined;
    return typeof value === 'string' ? value.replace(/:\d+$/, ':PORT') : value;
  });
}

/** What the child told of its socket, if it got any. */
function childReport(lines: readonly unknown[]): Record<string, unknown> | undefined {
  for (const line of lines) {
    if (Array.isArray(line) && line[0] === 'child' && isRecord(line[1])) return line[1];
  }
  return undefined;
}

for (const type of ['udp4', 'udp6'] as const) {
  const skip = type === 'udp6' && !hasIPv6 ? 'this machine has no IPv6 on loopback' : false;

  for (const state of ['bound', 'connected', 'unbound', 'binding', 'closed']) {
    test(`${type}: a ${state} socket`, { skip }, async () => {
      const reference = await run(directory, ['passing.mjs', state, type, '[]']);
      assert.deepEqual(reference.lines.at(-1), ['exit', 0, null], reference.stderr);
      for (const { parent, child } of PAIRS) {
        const outcome = await run(directory, [
          ...(parent ? SWAP : []),
          ...['passing.mjs', state, type, JSON.stringify(child ? SWAP : [])],
        ]);
        const who = `parent ${parent}, child ${child}: ${outcome.stderr}`;
        assert.deepEqual(comparable(outcome.lines), comparable(reference.lines), who);
        const report = childReport(outcome.lines);
        if (report?.isSocket) assert.equal(report.isVolley, child, who);
      }
    });
  }

  for (const { parent, child } of PAIRS) {
    const words = `parent ${parent}, children ${child}`;
    test(`${type}: readers of one socket amid volleys: ${words}`, { skip }, async () => {
      const own = parent ? SWAP : [];
      const theirs = JSON.stringify(child ? SWAP : []);
      const { lines, stderr } = await run(directory, [...own, 'sharing.mjs', type, theirs]);
      assert.deepEqual(lines, [{ altered: [], twice: 0 }], stderr);
    });
  }
}

for (const { parent, child } of PAIRS) {
  test(`no descriptor is left of 200: parent ${parent}, child ${child}`, {
    skip: hasIPv6 ? false : 'this machine has no IPv6 on loopback',
  }, async () => {
    const own = parent ? SWAP : [];
    const theirs = JSON.stringify(child ? SWAP : []);
    const { lines, stderr } = await run(directory, [...own, 'many.mjs', '200', theirs]);
    assert.deepEqual(lines, [{ more: [0, 0] }], stderr);
  });
}

test('without the swap Node says that it cannot pass the sockets of volley', async () => {
  const { lines, stderr } = await run(directory, ['imported.mjs']);
  const message = 'This handle type cannot be sent';
  assert.deepEqual(lines, [['TypeError', 'ERR_INVALID_HANDLE_TYPE', message]], stderr);
});

test(`sockets are passed on over the ${driver} driver`, async () => {
  const theirs = JSON.stringify(SWAP);
  const args = [...SWAP, 'passing.mjs', 'bound', 'udp4', theirs];
  const { stderr } = await run(directory, args, { VOLLEY_REPORT: '1' });
  const reports = stderr.split('\n').filter((line) => line.startsWith('volley:'));
  assert.equal(reports.length, 2, stderr);
  for (const line of reports) assert.match(line, new RegExp(`driver ${driver}`));
});
