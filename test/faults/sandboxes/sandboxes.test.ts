/** Volley where something is missing that it usually has. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Facts } from '#volley/cli/doctor/facts.js';
import { root } from '../../real/support.ts';
import { full } from '../support.ts';
import { buildLauncher, fixture, reasonAgainst, runIn, SANDBOXES } from './support.ts';

const WELL = { unconnected: 'in order', connected: 'in order', broadcast: 'ok' };

/** Of the contract suite, what needs none of the things that are missing. */
const CONTRACT = [
  ...['bind', 'close', 'connect', 'message', 'options', 'send-delivery', 'send-errors'],
  ...(full ? ['abort', 'async-context', 'create', 'legacy', 'lookup', 'multicast', 'sync'] : []),
].map((name) => join(root, `build/test/contract/${name}.test.js`));

function runContract(command: readonly string[]): void {
  const environment = { VOLLEY_TEST_TARGET: 'linux', VOLLEY_DRIVER: 'linux' };
  // The runner in this process must not take the inner one for a file of its own.
  const inner = { ...environment, NODE_TEST_CONTEXT: undefined };
  const flags = ['--test', '--test-concurrency=2', '--test-reporter=tap'];
  const { status, stdout, stderr } = runIn(command, [...flags, ...CONTRACT], inner);
  const failed = stdout.split('\n').filter((line) => /^\s*not ok/.test(line));
  assert.deepEqual({ status, failed }, { status: 0, failed: [] }, `${stdout}${stderr}`);
  assert.match(stdout, /^# pass \d\d/m);
}

function runTraffic(command: readonly string[], environment: NodeJS.ProcessEnv = {}): object {
  const { status, stdout, stderr } = runIn(command, [fixture('traffic')], environment);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  const result: object = JSON.parse(stdout);
  return result;
}

function doctor(command: readonly string[]): Facts {
  const { stdout, stderr } = runIn(command, [join(root, 'dist/cli/main.js'), 'doctor', '--json'], {
    VOLLEY_DRIVER: undefined,
  });
  assert.equal(stderr, '');
  const facts: Facts = JSON.parse(stdout);
  return facts;
}

const { 'a network': noNetwork, ...others } = SANDBOXES;

for (const [lacking, command] of Object.entries(others)) {
  describe(`without ${lacking}`, { skip: reasonAgainst(command) }, () => {
    it('datagrams flow', () => {
      assert.deepEqual(runTraffic(command), WELL);
    });

    it('the doctor finds the native driver working', () => {
      const { driver, loopback, kernel } = doctor(command);
      assert.equal(driver.name, 'linux');
      assert.equal(driver.addonProblem, null);
      assert.equal(loopback.roundTrip, 'ok');
      assert.equal(kernel.features?.sendmmsg, 'ok');
    });

    it('the contract holds', () => runContract(command));
  });
}

describe('without a network', { skip: reasonAgainst(noNetwork) }, () => {
  it('errors are those of node:dgram', () => {
    const outcomes = ['linux', 'node'].map((target) => {
      const { status, stdout, stderr } = runIn(noNetwork, [fixture('unreachable')], {
        VOLLEY_TEST_TARGET: target,
      });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      return stdout;
    });
    assert.equal(outcomes[0], outcomes[1]);
    assert.match(String(outcomes[0]), /ENETUNREACH/);
  });

  it('the doctor says that no datagram came back', () => {
    const { driver, loopback } = doctor(noNetwork);
    assert.equal(driver.name, 'linux');
    assert.match(loopback.roundTrip, /ENETUNREACH|not back/);
  });
});

const launcher = buildLauncher();
after(() => launcher.remove());

/** What a seccomp filter forbids, and what then is not as it was. */
const FORBIDDEN = {
  batches: {},
  segmentation: {},
  merging: {},
  options: { broadcast: true },
} as const;

for (const [what, changes] of Object.entries(FORBIDDEN)) {
  for (const code of ['EPERM', 'ENOSYS', 'ENOPROTOOPT', 'EINVAL'] as const) {
    // A batch call with another errno has failed, and is not forbidden.
    if (what === 'batches' && !['EPERM', 'ENOSYS'].includes(code)) continue;
    const command = [launcher.path, what, String(constants.errno[code])];
    it(`where ${what} are forbidden by ${code}, datagrams flow`, {
      skip: reasonAgainst(command),
    }, () => {
      const expected = 'broadcast' in changes ? { ...WELL, broadcast: code } : WELL;
      assert.deepEqual(runTraffic(command), expected);
    });
  }
}

for (const what of ['batches', 'segmentation', 'merging']) {
  const command = [launcher.path, what, String(constants.errno.EPERM)];
  it(`where ${what} are forbidden, the contract holds`, { skip: reasonAgainst(command) }, () =>
    runContract(command),
  );
}
