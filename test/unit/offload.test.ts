import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { OpenOptions } from '#volley/driver.js';
import {
  availableOffload,
  chooseOffload,
  corruptsSegments,
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
      assert.deepEqual(availableOffload(addon), { gso: gso !== '0', gro: gro !== '0' });
    }
  });

  it('needs a kernel that knows segmentation', () => {
    setEnvironment('VOLLEY_GSO', undefined);
    setEnvironment('VOLLEY_GRO', undefined);
    const addon = { supportsSegmentation: () => false };
    assert.deepEqual(availableOffload(addon), { gso: false, gro: true });
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
