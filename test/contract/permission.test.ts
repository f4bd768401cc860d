import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdDescriptor } from '../support/descriptor.ts';
import { run } from '../support/process.ts';
import { lacks, target } from '../support/target.ts';

const DENIED =
  'bind ERR_ACCESS_DENIED Access to this API has been restricted. Use --allow-net to manage permissions.';
const KEYS = ['errno', 'code', 'syscall', 'address'];
const FLAGS = ['--permission', '--allow-fs-read=*'];
const skip = lacks('networkPermission');

/** Without network permission: what each call does, thrown or emitted. */
const REFUSED: Record<string, string> = {
  bind: 'emitted',
  bindSync: 'thrown',
  send: 'emitted',
  connect: 'emitted',
  connectSync: 'thrown',
};

function flags(...more: string[]): string[] {
  return [...FLAGS, ...(target === 'linux' ? ['--allow-addons'] : []), ...more];
}

for (const [name, way] of Object.entries(REFUSED)) {
  test(`without --allow-net, ${name} is refused`, { skip }, async () => {
    const { lines, stderr } = await run('permission.mjs', { flags: flags(), arguments: [name] });
    assert.deepEqual(
      lines,
      [[way, 'Error', 'ERR_ACCESS_DENIED', DENIED, 'bind', '0.0.0.0', KEYS], 'EBADF'],
      stderr,
    );
  });

  test(`with --allow-net, ${name} works`, { skip }, async () => {
    const { lines, stderr } = await run('permission.mjs', {
      flags: flags('--allow-net'),
      arguments: [name],
    });
    assert.deepEqual(lines, ['listening', 'open'], stderr);
  });
}

test('without --allow-net, a host name is not looked up', { skip }, async () => {
  const { lines, stderr } = await run('permission.mjs', {
    flags: flags(),
    arguments: ['bindHost'],
  });
  const message = 'getaddrinfo ERR_ACCESS_DENIED localhost';
  const keys = ['errno', 'code', 'syscall', 'hostname'];
  assert.deepEqual(
    lines,
    [['emitted', 'Error', 'ERR_ACCESS_DENIED', message, 'getaddrinfo', null, keys], 'EBADF'],
    stderr,
  );
});

test('without --allow-net, a descriptor that exists is not taken over', { skip }, async (t) => {
  const { fd } = await holdDescriptor(t, 'udp4', '127.0.0.1');
  const { lines, stderr } = await run('permission.mjs', {
    flags: flags(),
    arguments: ['bindDescriptor'],
    descriptor: fd,
  });
  const message = 'Access to this API has been restricted. Use --allow-net to manage permissions.';
  const keys = ['code', 'permission', 'resource'];
  assert.deepEqual(
    lines,
    [['thrown', 'Error', 'ERR_ACCESS_DENIED', message, null, null, keys, ''], 'EBADF'],
    stderr,
  );
});

test('once the permission is dropped, connectSync is refused', { skip }, async () => {
  const { lines, stderr } = await run('permission.mjs', {
    flags: flags('--allow-net'),
    arguments: ['connectSyncWithoutPermission'],
  });
  const message = 'Access to this API has been restricted. Use --allow-net to manage permissions.';
  const [outcome] = lines;
  assert.ok(Array.isArray(outcome), stderr);
  assert.deepEqual(outcome.slice(0, 4), ['thrown', 'Error', 'ERR_ACCESS_DENIED', message]);
});
