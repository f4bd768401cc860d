/** Node's permission model: what Volley may do, and that nothing gets around it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { afterEach, describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Facts } from '#volley/cli/doctor/facts.js';
import { addon, bound, closeAll, localEndpoint } from '../../native/support.ts';
import { root } from '../../real/support.ts';
import { exitOf } from '../../support/process.ts';
import { original } from '../../support/target.ts';
import { fixture, runIn, WELL } from './support.ts';

afterEach(closeAll);

const known = process.allowedNodeEnvironmentFlags;
const model = ['--permission', '--experimental-permission'].find((flag) => known.has(flag));
const knowsNetwork = known.has('--allow-net');
const LOOPBACK = '127.0.0.1';

/** On, with nothing but what it takes to read this package. */
const RESTRICTED = [
  String(model),
  `--allow-fs-read=${join(root, '*')}`,
  // Where Node is emulated, it has a preload there.
  `--allow-fs-read=${dirname(process.execPath)}/*`,
];
const NETWORK = knowsNetwork ? ['--allow-net'] : [];
const ADDONS = ['--allow-addons'];

function doctor(flags: readonly string[]): Facts {
  const command = join(root, 'dist/cli/main.js');
  const { stdout } = runIn([], [...flags, command, 'doctor', '--json'], {
    VOLLEY_DRIVER: undefined,
  });
  const facts: Facts = JSON.parse(stdout);
  return facts;
}

describe('under the permission model', { skip: model ? false : 'no such model' }, () => {
  const traffic = (flags: readonly string[], driver?: string): unknown => {
    const environment = { VOLLEY_DRIVER: driver };
    const { status, stdout, stderr } = runIn([], [...flags, fixture('traffic')], environment);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    return JSON.parse(stdout);
  };

  it('the addon is used where addons are allowed, though it may read nothing but the package', () => {
    const flags = [...RESTRICTED, ...NETWORK, ...ADDONS];
    assert.equal(doctor(flags).driver.name, 'linux');
    assert.deepEqual(traffic(flags, 'linux'), WELL);
  });

  it('the builtin driver is used where they are not', () => {
    const flags = [...RESTRICTED, ...NETWORK];
    const { driver } = doctor(flags);
    assert.equal(driver.name, 'builtin');
    assert.match(String(driver.addonProblem), /--allow-addons/);
    assert.deepEqual(traffic(flags), WELL);
  });

  it('the native driver is refused, with the reason, where it was asked for and they are not', () => {
    const flags = [...RESTRICTED, ...NETWORK];
    const { status, stderr } = runIn([], [...flags, fixture('traffic')], {
      VOLLEY_DRIVER: 'linux',
    });
    assert.equal(status, 1);
    assert.match(stderr, /ERR_VOLLEY_ADDON/);
    assert.match(stderr, /--allow-addons/);
  });
});

/** A socket that notes what comes. */
async function listener(t: TestContext): Promise<{ heard: string[]; socket: Socket }> {
  const socket = original.createSocket('udp4');
  t.after(() => socket.close());
  const heard: string[] = [];
  socket.on('message', (message) => heard.push(String(message)));
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  return { heard, socket };
}

/** A descriptor with a datagram that waits in it: nobody here reads it. */
async function unread(): Promise<number> {
  const socket = bound(4);
  const { port } = localEndpoint(socket);
  const sender = original.createSocket('udp4');
  await new Promise((resolve) => sender.send('unread', port, LOOPBACK, resolve));
  sender.close();
  return addon.descriptor(socket);
}

/** Runs the fixture to its end; what it printed, and what was heard of it by then. */
async function tryWays(
  t: TestContext,
  name: string,
  flags: readonly string[],
  behind: readonly string[] = [],
): Promise<{ ways: Record<string, string>; heard: string[] }> {
  const { heard, socket } = await listener(t);
  const { port } = socket.address();
  const descriptor = await unread();
  const args = ['--no-warnings', ...flags, fixture(name), String(port), ...behind];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', descriptor],
    timeout: 20_000 * Number(process.env['VOLLEY_TEST_PATIENCE'] ?? 1),
    killSignal: 'SIGKILL',
  });
  const { code, stdout, stderr } = await exitOf(child);
  assert.equal(code, 0, stderr);
  // Over loopback nothing overtakes: what was sent before is there before this.
  const last = once(socket, 'message');
  socket.send('last', port, LOOPBACK);
  while (heard.at(-1) !== 'last') await Promise.race([last, once(socket, 'message')]);
  const ways: Record<string, string> = JSON.parse(stdout);
  return { ways, heard: heard.slice(0, -1) };
}

const REGISTER = `--import=${pathToFileURL(join(root, 'dist/register.js'))}`;
const WAYS = [
  ...['send', 'sendMany', 'bound', 'bindSync', 'connect', 'connectSync', 'name', 'membership'],
  ...['sourceMembership', 'descriptor', 'swap', 'thread'],
];

describe('without --allow-net', {
  skip: knowsNetwork ? false : 'this Node has no network permission',
}, () => {
  const flags = [...RESTRICTED, ...ADDONS, '--allow-worker', REGISTER];

  for (const driver of ['linux', 'builtin']) {
    it(`no datagram leaves or arrives, whichever way (${driver})`, async (t) => {
      process.env['VOLLEY_DRIVER'] = driver;
      const { ways, heard } = await tryWays(t, 'ways', flags);
      assert.deepEqual(heard, []);
      assert.deepEqual(ways, Object.fromEntries(WAYS.map((way) => [way, 'ERR_ACCESS_DENIED'])));
    });

    it(`with it, each does (${driver})`, async (t) => {
      process.env['VOLLEY_DRIVER'] = driver;
      const { ways, heard } = await tryWays(t, 'ways', [...flags, '--allow-net']);
      assert.deepEqual(ways, Object.fromEntries(WAYS.map((way) => [way, 'ok'])));
      const silent = ['membership', 'sourceMembership', 'thread'];
      const expected = [...WAYS.filter((way) => !silent.includes(way)), 'send'];
      assert.deepEqual(heard.sort(), expected.sort());
    });

    it(`a cluster worker gets no socket of a primary that may (${driver})`, async (t) => {
      process.env['VOLLEY_DRIVER'] = driver;
      const { ways, heard } = await tryWays(t, 'primary', [], flags);
      assert.deepEqual({ ways, heard }, { ways: { cluster: 'ERR_ACCESS_DENIED' }, heard: [] });
      const allowed = await tryWays(t, 'primary', [], [...flags, '--allow-net']);
      assert.deepEqual(allowed, { ways: { cluster: 'ok' }, heard: ['cluster'] });
    });
  }
});
