import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Facts } from '#volley/cli/doctor/facts.js';
import { root, type Settings, volley } from './support.ts';

/** The facts, and the exit code, of `volley doctor --json`. */
function facts(settings: Settings = {}): Facts & { status: number | null } {
  const { status, stdout, stderr } = volley(['doctor', '--json'], settings);
  assert.equal(stderr, '');
  return { ...JSON.parse(stdout), status };
}

/** A mount namespace whose /proc is empty: unshare(1). */
const WITHOUT_PROC = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs none /proc && exec "$@"',
  'sh',
];

function reasonAgainst([program = '', ...words]: readonly string[]): string | false {
  return spawnSync(program, [...words, 'true']).status === 0
    ? false
    : `${program} may not be used here`;
}

const linuxOnly = process.platform !== 'linux' && 'the native driver is for Linux';

describe('volley doctor', { skip: linuxOnly }, () => {
  it('tells what is: driver, addon, kernel, loopback', () => {
    const { status, runtime, driver, kernel, loopback, permission } = facts();
    assert.equal(status, 0);
    assert.equal(runtime.version, process.versions.node);
    assert.equal(runtime.arch, process.arch);
    assert.equal(driver.name, 'linux');
    assert.match(String(driver.addon), /\.node$/);
    assert.equal(driver.addonProblem, null);
    assert.equal(kernel.release, release());
    assert.equal(kernel.features?.sendmmsg, 'ok');
    assert.equal(kernel.features?.packetInformation, 'ok');
    assert.equal(loopback.roundTrip, 'ok');
    assert.ok(Number(loopback.receiveBuffer) > 0);
    assert.deepEqual(permission, { enforced: false, network: true, addons: true, workers: true });
  });

  it('tells the ceilings of the kernel as /proc has them', () => {
    const { buffers, openFiles } = facts();
    const ceiling = readFileSync('/proc/sys/net/core/rmem_max', 'utf8');
    assert.equal(buffers.receiveMaximum, Number(ceiling));
    assert.equal(buffers.udpMemory?.length, 3);
    assert.ok(openFiles !== null && openFiles.soft !== 0);
  });

  it('fits on a screen', () => {
    const { status, stdout, stderr } = volley(['doctor']);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.ok(stdout.split('\n').length <= 50);
    assert.match(stdout, /^driver {4}linux \(the addon loads\)$/m);
    assert.match(stdout, /^ {2}GSO \(UDP_SEGMENT\) +\w/m);
    assert.match(stdout, /^ {2}net\.core\.rmem_max +\d+/m);
    assert.ok(!stdout.includes('\u001b'), 'it has no colours');
  });

  it('tells what switches the offload off', () => {
    const { kernel } = facts({ environment: { VOLLEY_GSO: '0', VOLLEY_GRO: '0' } });
    assert.deepEqual(kernel.gso, { used: false, switchedOffBy: 'VOLLEY_GSO=0' });
    assert.deepEqual(kernel.gro, { used: false, switchedOffBy: 'VOLLEY_GRO=0' });
  });

  it('is content with the builtin driver where it was asked for and the native one works', () => {
    const { status, driver, loopback } = facts({ environment: { VOLLEY_DRIVER: 'builtin' } });
    assert.equal(status, 0);
    assert.equal(driver.name, 'builtin');
    assert.equal(driver.wanted, 'builtin');
    assert.match(String(driver.addon), /\.node$/);
    assert.equal(loopback.roundTrip, 'ok');
  });

  it('fails, and says why, where the addon does not load', () => {
    const { status, driver, kernel, loopback } = facts({ flags: ['--no-addons'] });
    assert.equal(status, 1);
    assert.equal(driver.name, 'builtin');
    assert.equal(driver.addon, null);
    assert.match(String(driver.addonProblem), /--no-addons/);
    assert.equal(kernel.features, null);
    assert.equal(loopback.roundTrip, 'ok');
    const { stdout } = volley(['doctor'], { flags: ['--no-addons'] });
    assert.match(stdout, /^problem: .*--no-addons/m);
  });

  it('fails where VOLLEY_DRIVER names no driver', () => {
    const { status, driver, loopback } = facts({ environment: { VOLLEY_DRIVER: 'windows' } });
    assert.equal(status, 1);
    assert.equal(driver.name, null);
    assert.match(String(driver.problem), /"windows"/);
    assert.match(loopback.roundTrip, /"windows"/);
  });

  it('lives without /proc', { skip: reasonAgainst(WITHOUT_PROC) }, () => {
    const { status, driver, buffers, drops, openFiles } = facts({ prefix: WITHOUT_PROC });
    assert.equal(status, 0);
    assert.equal(driver.name, 'linux');
    assert.deepEqual(new Set(Object.values(buffers)), new Set([null]));
    assert.deepEqual({ drops, openFiles }, { drops: { ipv4: null, ipv6: null }, openFiles: null });
    assert.match(volley(['doctor'], { prefix: WITHOUT_PROC }).stdout, /rmem_max +unknown/);
  });

  const permission = ['--permission', '--experimental-permission'].find((flag) =>
    process.allowedNodeEnvironmentFlags.has(flag),
  );
  it('tells the state of the permission model', {
    skip: permission ? false : 'no such model',
  }, () => {
    const flags = [String(permission), `--allow-fs-read=${join(root, '*')}`];
    const forbidden = facts({ flags });
    assert.equal(forbidden.status, 1);
    assert.equal(forbidden.permission.enforced, true);
    assert.equal(forbidden.permission.workers, false);
    assert.equal(forbidden.driver.addon, null);
    // /proc may not be read either.
    assert.equal(forbidden.buffers.receiveMaximum, null);
    const modelKnowsNetwork = process.allowedNodeEnvironmentFlags.has('--allow-net');
    assert.equal(forbidden.permission.network, modelKnowsNetwork ? false : null);
  });
});
