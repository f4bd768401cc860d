/** What takes a process of its own: switches in the environment, its end, permissions, interfaces. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as volley from 'volley';
import { noNamespaces } from '../real/network.ts';
import { call, collect, FAMILIES } from '../support/sockets.ts';
import { lacks, target } from '../support/target.ts';
import { bound, fixture, noSegmentation, numbered, sentMany } from './support.ts';

/** Runs a command to its end; the lines that it printed. */
function run(command: readonly string[], environment: NodeJS.ProcessEnv = {}): unknown[] {
  const [executable = '', ...args] = command;
  const { stdout, stderr } = spawnSync(executable, args, {
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...process.env, ...environment },
  });
  assert.equal(stderr, '');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

for (const { type, skip, loopback } of FAMILIES) {
  for (const value of [true, false, undefined]) {
    test(`${type}: gso and gro may be ${value}`, { skip }, async (t) => {
      const receiver = await bound(t, { type, gro: value });
      const socket = await bound(t, { type, gso: value });
      const heard = collect(receiver, 100);
      const { error } = await sentMany(socket, numbered(100), receiver.address().port, loopback);
      assert.equal(error, null);
      assert.deepEqual(
        (await heard).map(({ text }) => text),
        numbered(100),
      );
    });
  }

  test(`${type}: gso: false sends one by one`, { skip: skip || noSegmentation }, async (t) => {
    for (const gso of [true, false]) {
      const receiver = await bound(t, { type });
      const socket = await bound(t, { type, gso });
      let heard = 0;
      let largest = 0;
      const done = new Promise<void>((resolve) => {
        receiver.on('messages', ({ length }) => {
          heard += length;
          largest = Math.max(largest, length);
          if (heard === 100) resolve();
        });
      });
      socket.sendMany(numbered(100), receiver.address().port, loopback);
      await done;
      // One call takes 64 messages of the kernel; only merged ones hold more than 64 datagrams.
      assert.equal(largest > 64, gso, `${largest} datagrams in a batch`);
    }
  });
}

for (const [environment, merges] of [
  [{}, true],
  [{ VOLLEY_GSO: '1', VOLLEY_GRO: '1' }, true],
  [{ VOLLEY_GSO: '0', VOLLEY_GRO: '' }, false],
  [{ VOLLEY_GSO: '', VOLLEY_GRO: '0' }, false],
  [{ VOLLEY_GSO: '0', VOLLEY_GRO: '0' }, false],
] as const) {
  test(`${JSON.stringify(environment)}: datagrams ${merges ? 'are' : 'are not'} merged`, {
    skip: noSegmentation,
  }, () => {
    const unset = { VOLLEY_GSO: undefined, VOLLEY_GRO: undefined };
    const [largest] = run([process.execPath, fixture('largest-batch')], {
      ...unset,
      ...environment,
    });
    assert.equal(Number(largest) > 64, merges, `${largest} datagrams in a batch`);
  });
}

test('what was accepted leaves although the process ends', async (t) => {
  const receiver = await bound(t, 'udp4');
  const heard = collect(receiver, 4);
  const { port } = receiver.address();
  const args = [fixture('exiting'), String(port)];
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.deepEqual([status, stderr], [0, '']);
  assert.deepEqual(
    (await heard).map(({ text }) => text),
    ['a', 'b', 'c', 'd'],
  );
});

test('a link-local source carries its interface', { skip: noNamespaces() }, () => {
  const script = [
    'ip link add d0 type veth peer name d1',
    'ip link set lo up',
    'ip link set d0 up',
    'ip link set d1 up',
    'ip addr add fe80::5/64 dev d0 nodad',
    'exec "$0" "$1"',
  ].join(' && ');
  const [sources] = run([
    'unshare',
    '-n',
    'sh',
    '-c',
    script,
    process.execPath,
    fixture('link-local'),
  ]);
  const of = (text: string): unknown[] => {
    return [text, 'fe80::5%d0', 'fe80::5%d0', 'IPv6', text.length, true];
  };
  assert.deepEqual(sources, [of('a'), of('b'), of('to all'), of('to all')]);
});

const noPermission = lacks('networkPermission');
const DENIED = [
  'Error',
  'ERR_ACCESS_DENIED',
  'Access to this API has been restricted. Use --allow-net to manage permissions.',
  'Net',
  '',
];

function underPermission(how: string, ...flags: string[]): unknown[] {
  const addons = target === 'linux' ? ['--allow-addons'] : [];
  const all = ['--no-warnings', '--permission', '--allow-fs-read=*', ...addons, ...flags];
  return run([process.execPath, ...all, fixture('permission'), ...how.split(' ')]);
}

test('without --allow-net, sendMany throws and does not bind', { skip: noPermission }, () => {
  assert.deepEqual(underPermission('never'), [DENIED, 'EBADF']);
});

for (const method of ['sendMany', 'send']) {
  test(`once the permission is dropped, ${method} throws`, { skip: noPermission }, () => {
    const lines = underPermission(`dropped ${method}`, '--allow-net');
    assert.deepEqual(lines, [DENIED, ['bound', 0, '127.0.0.1']]);
  });
}

test('with --allow-net, sendMany sends', { skip: noPermission }, () => {
  assert.deepEqual(underPermission('never', '--allow-net'), [
    2,
    ['bound', 2, '0.0.0.0'],
    'called back',
  ]);
});

test('the module has what is new, on the class that it exports', () => {
  const socket = call(volley, 'createSocket', 'udp4');
  assert.ok(socket instanceof volley.Socket);
  socket.close();
  const method = Object.getOwnPropertyDescriptor(volley.Socket.prototype, 'sendMany');
  assert.equal(typeof method?.value, 'function');
  assert.deepEqual(
    [method?.enumerable, method?.writable, method?.configurable],
    [true, true, true],
  );
});
