import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const permitted = spawnSync('unshare', ['-n', 'ip', 'link', 'show']).status === 0;
const skip = permitted ? false : 'no permission to make a network namespace';

/** Sets a network namespace up, runs a fixture there and parses what it prints. */
function inNamespace(commands: readonly string[], fixture: string): unknown {
  const path = fileURLToPath(new URL(`./fixtures/${fixture}.js`, import.meta.url));
  const script = [...commands, 'exec "$0" "$1"'].join(' && ');
  const child = spawnSync('unshare', ['-n', 'sh', '-c', script, process.execPath, path], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.equal(child.stderr, '');
  return JSON.parse(child.stdout);
}

test('a full send buffer is EAGAIN, and writable follows, even where unreferenced', {
  skip,
}, () => {
  const result = inNamespace(
    [
      'ip link add v0 type veth peer name v1',
      'ip addr add 10.0.0.1/24 dev v0',
      'ip link set v0 up',
      'ip link set v1 up',
    ],
    'full-buffer',
  );
  assert.deepEqual(result, { full: true, again: true, afterwards: 1, writableCalls: 1 });
});

test('a link-local address carries its interface, as endpoint and as source', { skip }, () => {
  const result = inNamespace(
    [
      'ip link add d0 type veth peer name d1',
      'ip link set lo up',
      'ip link set d0 up',
      'ip link set d1 up',
      'ip addr add fe80::5/64 dev d0 nodad',
    ],
    'link-local',
  );
  assert.deepEqual(result, [0, 'fe80::5%d0', 'fe80::5%d0']);
});
