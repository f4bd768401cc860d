import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { emulated } from './support.ts';

const directory = mkdtempSync(join(tmpdir(), 'volley-sandbox-'));
after(() => rmSync(directory, { recursive: true }));

const launcher = join(directory, 'forbid');
const source = new URL('../../../test/support/forbid.c', import.meta.url);
const exchange = fileURLToPath(new URL('./fixtures/exchange.js', import.meta.url));
const probe = fileURLToPath(new URL('./fixtures/probe.js', import.meta.url));
execFileSync('cc', ['-o', launcher, fileURLToPath(source)]);

const { EPERM, ENOSYS, EMSGSIZE } = constants.errno;

/** What a fixture prints where both calls give `errno`; `undefined` where they cannot be forbidden, so that the test is skipped. */
function runForbidden(context: TestContext, errno: number, fixture: string): string | undefined {
  const child = spawnSync(launcher, ['batches', String(errno), process.execPath, fixture], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (child.status === 77) {
    context.skip(`no seccomp filters here: ${child.stderr.trim()}`);
    return undefined;
  }
  assert.equal(child.stderr, '');
  return child.stdout;
}

for (const [name, errno] of Object.entries({ ENOSYS, EPERM })) {
  test(`where sendmmsg and recvmmsg give ${name}, datagrams go one by one`, (context) => {
    const printed = runForbidden(context, errno, exchange);
    if (printed === undefined) return;
    const { calls, ...rest } = JSON.parse(printed);
    assert.deepEqual(rest, {
      inOrder: true,
      sent: 120,
      failing: [1, -EMSGSIZE],
      failures: [],
    });
    assert(calls <= 2, 'it is found out once');
  });
}

test('where they give EPERM, the probe says so', {
  skip: emulated && 'qemu-user makes a sendmsg of each message itself, which nothing forbids',
}, (context) => {
  const printed = runForbidden(context, EPERM, probe);
  if (printed === undefined) return;
  const { sendmmsg, recvmmsg, packetInformation } = JSON.parse(printed);
  assert.deepEqual(
    { sendmmsg, recvmmsg, packetInformation },
    { sendmmsg: -EPERM, recvmmsg: -EPERM, packetInformation: 0 },
  );
});

test('with them, the same exchange', () => {
  const result: unknown = JSON.parse(
    execFileSync(process.execPath, [exchange], { encoding: 'utf8' }),
  );
  assert.deepEqual(result, {
    inOrder: true,
    sent: 120,
    calls: 1,
    failing: [1, -EMSGSIZE],
    failures: [],
  });
});
