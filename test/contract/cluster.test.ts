import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdDescriptor } from '../support/descriptor.ts';
import { run } from '../support/process.ts';
import { FAMILIES } from '../support/sockets.ts';
import { lacks } from '../support/target.ts';

const ENDED = [
  [0, null],
  [0, null],
];

/** The order between a worker's own report and the cluster's 'listening' is not the contract's. */
function sorted(lines: unknown[]): string[] {
  return lines.map((line) => JSON.stringify(line)).sort();
}

for (const { type, skip, loopback, nonlocal, any } of FAMILIES) {
  const listening = (id: number, address: string, fd = -1): unknown[] => [
    'listening',
    id,
    { addressType: type, address, fd },
    true,
  ];
  const first = { address: loopback, port: 'first' };
  const inUse = {
    error: `bind EADDRINUSE ${loopback}:PORT`,
    code: 'EADDRINUSE',
    errno: -98,
    syscall: 'bind',
    address: loopback,
  };
  const notAvailable = {
    error: `bind EADDRNOTAVAIL ${nonlocal}`,
    code: 'EADDRNOTAVAIL',
    errno: -99,
    syscall: 'bind',
    address: nonlocal,
  };
  const told = [listening(1, loopback), listening(2, loopback)];

  const CASES: [string, string, unknown[]][] = [
    ['share one socket', 'shared', [[1, first], [2, first], ...told, 'all heard', ...ENDED]],
    ['share, other arguments', 'shared-text', [[1, first], [2, first], ...told, ...ENDED]],
    ['exclusive: true does not share', 'exclusive', [[1, first], [2, inUse], ...ENDED]],
    [
      'exclusive: true, each a port of its own',
      'exclusive-zero',
      [[1, first], [2, { address: loopback, port: 'other' }], ...ENDED],
    ],
    ['a port in use', 'in-use', [[1, inUse], [2, inUse], ...ENDED]],
    ['an address not available', 'nonlocal', [[1, notAvailable], [2, notAvailable], ...ENDED]],
    [
      'binding by sending shares nothing',
      'implicit',
      [[1, { address: any, port: 'first' }], [2, { address: any, port: 'other' }], ...ENDED],
    ],
    [
      'close a shared socket',
      'close',
      [[1, { closed: true }], [2, { closed: true }], ...told, ...ENDED],
    ],
    [
      'close before the primary has answered',
      'close-early',
      [[1, { closed: true }], [2, { closed: true }], ...ENDED],
    ],
    [
      'disconnect closes the shared sockets',
      'disconnect',
      [[1, first], [2, first], ...told, ['closed', 0, null], ['closed', 0, null]],
    ],
  ];
  for (const [words, mode, expected] of CASES) {
    test(`${type}: cluster workers: ${words}`, { skip }, async () => {
      const { lines, stderr } = await run('cluster.mjs', { arguments: [mode, type] });
      assert.deepEqual(sorted(lines), sorted(expected), stderr);
    });
  }

  const noReuse = skip || lacks('reusePort');
  test(`${type}: cluster workers: reusePort`, { skip: noReuse }, async () => {
    const { lines, stderr } = await run('cluster.mjs', { arguments: ['reusePort', type] });
    assert.deepEqual(lines, [[1, first], [2, first], 'all heard', ...ENDED], stderr);
  });

  test(`${type}: cluster workers: a descriptor of the primary`, { skip }, async (t) => {
    const { fd } = await holdDescriptor(t, type, loopback);
    const { lines, stderr } = await run('cluster.mjs', {
      arguments: ['descriptor', type],
      descriptor: fd,
    });
    const expected = [[1, first], [2, first], ...ENDED];
    assert.deepEqual(sorted(lines.filter((line) => !isListening(line))), sorted(expected), stderr);
  });
}

function isListening(line: unknown): boolean {
  return Array.isArray(line) && line[0] === 'listening';
}

test('udp4: cluster workers: a group is joined once for the shared socket', async () => {
  const { lines, stderr } = await run('cluster.mjs', { arguments: ['membership', 'udp4'] });
  const expected = [
    [1, { port: 'first', joined: true }],
    [2, { port: 'first', joined: 'addMembership EADDRINUSE' }],
    ['listening', 1, { addressType: 'udp4', address: '0.0.0.0', fd: -1 }, true],
    ['listening', 2, { addressType: 'udp4', address: '0.0.0.0', fd: -1 }, true],
    ...ENDED,
  ];
  assert.deepEqual(sorted(lines), sorted(expected), stderr);
});
