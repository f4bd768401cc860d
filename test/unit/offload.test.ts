import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { OpenOptions } from '#volley/driver.js';
import {
  availableOffload,
  chooseOffload,
  corruptsSegments,
  mostSegments,
} from '#volley/drivers/linux/offload.js';

const OPTIONS: OpenOptions = {
  family: 'IPv4',
  reuseAddr: false,
  reusePort: false,
  ipv6Only: false,
  gso: true,
  gro: true,
};

/** What the suite itself may have been started with. */
const { VOLLEY_GSO, VOLLEY_GRO } = process.env;

function setEnvironment(name: 'VOLLEY_GSO' | 'VOLLEY_GRO', value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

describe('offload', () => {
  afterEach(() => {
    setEnvironment('VOLLEY_GSO', VOLLEY_GSO);
    setEnvironment('VOLLEY_GRO', VOLLEY_GRO);
  });

  it('keeps off the kernels that corrupt segments, 7.0.0 to 7.1.4', () => {
    for (const kernel of ['7.0.0', '7.0.9-generic', '7.1.0-rc3', '7.1.4', '7.1.4-2-amd64', '7.0']) {
      assert.equal(corruptsSegments(kernel), true, kernel);
    }
    for (const kernel of [
      '6.18.44-fc-v657',
      '6.99.99',
      '7.1.5',
      '7.1.10',
      '7.2.0',
      '8.0.1',
      '70.0.0',
      '5.4.0-7',
      '',
      'x.y',
    ]) {
      assert.equal(corruptsSegments(kernel), false, kernel);
    }
  });

  it('is switched off by the environment, each by itself', () => {
    const addon = { supportsSegmentation: () => true };
    for (const [gso, gro] of [
      [undefined, undefined],
      ['0', undefined],
      [undefined, '0'],
      ['1', ''],
    ]) {
      setEnvironment('VOLLEY_GSO', gso);
      setEnvironment('VOLLEY_GRO', gro);
      const available = availableOffload(addon);
      assert.equal(available.gso, gso !== '0');
      assert.equal(available.gro, gro !== '0');
    }
  });

  it('makes groups as large as the kernel takes: 128 datagrams since 6.9, 64 before', () => {
    for (const kernel of ['6.9.0', '6.18.44-fc-v657', '7.2', '10.0.1']) {
      assert.equal(mostSegments(kernel), 128, kernel);
    }
    for (const kernel of ['4.18.0', '5.15.0-91-generic', '6.8.12', '4.4.0', 'strange']) {
      assert.equal(mostSegments(kernel), 64, kernel);
    }
  });

  it('needs a kernel that knows segmentation', () => {
    setEnvironment('VOLLEY_GSO', undefined);
    setEnvironment('VOLLEY_GRO', undefined);
    const addon = { supportsSegmentation: () => false };
    const available = availableOffload(addon);
    assert.equal(available.gso, false);
    assert.equal(available.gro, true);
  });

  it('is what is available, unless the options of the socket say no', () => {
    const both = { gso: true, gro: true };
    const neither = { gso: false, gro: false };
    assert.deepEqual(chooseOffload(both, OPTIONS), both);
    assert.deepEqual(chooseOffload(both, { ...OPTIONS, gso: false }), { gso: false, gro: true });
    assert.deepEqual(chooseOffload(both, { ...OPTIONS, gro: false }), { gso: true, gro: false });
    assert.deepEqual(chooseOffload(neither, OPTIONS), neither);
  });
});
