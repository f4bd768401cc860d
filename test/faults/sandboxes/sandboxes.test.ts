/** Volley where something is missing that it usually has. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Facts } from '#volley/cli/doctor/facts.js';
import { root } from '../../real/support.ts';
import {
  fixture,
  reasonAgainst,
  runContract,
  runIn,
  runTraffic,
  SANDBOXES,
  WELL,
} from './support.ts';

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
