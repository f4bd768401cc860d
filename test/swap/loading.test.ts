/** Whoever asks for `dgram` gets Volley, whichever way, and it works. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createProject, driver, FLAGS, installVolley, nodeMajor, run } from './support.ts';

const directory = createProject({
  'node_modules/old-library/package.json': '{"name":"old-library","main":"index.js"}',
  'node_modules/old-library/index.js': "module.exports = require('dgram');",
  'node_modules/modern-library/package.json':
    '{"name":"modern-library","type":"module","exports":"./index.js"}',
  'node_modules/modern-library/index.js': "export { createSocket, Socket } from 'node:dgram';",
  'before.cjs': "globalThis.loadedBefore = require('dgram');",
  'freezing.cjs': "Object.freeze(require('dgram'));",
  'preloaded.cjs': "require('volley/register');",
  // What an old library may do before: wrap what it finds.
  'wrapping.cjs': `
    const dgram = require('dgram');
    const { createSocket } = dgram;
    dgram.createSocket = function wrapped(...args) { return createSocket.apply(this, args); };`,
  'twice.mjs': `
    import dgram from 'node:dgram';
    const { createSocket } = dgram;
    await import('volley/register');
    const register = import.meta.resolve('volley/register');
    // A module of its own, as another copy of the same file is.
    await import(register + '?again');
    console.log(JSON.stringify(dgram.createSocket === createSocket));`,
  'two.mjs': `
    import dgram from 'node:dgram';
    import first from 'volley';
    import second from './second/dist/index.js';
    import './second/dist/register.js';
    const exchange = (from) => new Promise((resolve, reject) => {
      const socket = from.createSocket('udp4');
      socket.on('error', reject);
      socket.on('message', (message, { port }) => {
        const own = port === socket.address().port;
        socket.close(() => resolve([String(message), own, socket instanceof dgram.Socket]));
      });
      socket.bind(0, '127.0.0.1', () => socket.send('x', socket.address().port, '127.0.0.1'));
    });
    console.log(JSON.stringify([
      first.createSocket !== second.createSocket,
      dgram.createSocket === first.createSocket,
      await exchange(first),
      await exchange(second),
      await exchange(dgram),
    ]));`,
});
installVolley(join(directory, 'second'));

const ECHOED = [['hello', true]];
const noBuiltin = driver === 'builtin' ? 'the builtin driver is meant' : false;

for (const flags of FLAGS) {
  const words = flags.join(' ');

  test(`${words}: says so where node:dgram was frozen before`, async () => {
    const { code, stderr } = await run(directory, ['-r', './freezing.cjs', ...flags, 'ways.cjs']);
    assert.equal(code, 1);
    assert.match(stderr, /TypeError: volley\/register cannot replace node:dgram, .* has frozen it/);
    assert.match(stderr, /ERR_VOLLEY_FROZEN/);
  });
  for (const [program, all] of [
    ['ways.mjs', 14],
    ['ways.cjs', 8],
  ] as const) {
    test(`${words}: every way of ${program} gives Volley`, async () => {
      const { lines, stderr, code } = await run(directory, [...flags, program]);
      assert.deepEqual(lines, [{ all, strangers: [] }], stderr);
      assert.equal(stderr, '');
      assert.equal(code, 0);
    });
  }

  test(`${words}: a module that was loaded before gets Volley from what it kept`, async () => {
    const { lines, stderr } = await run(directory, ['-r', './before.cjs', ...flags, 'ways.cjs']);
    assert.deepEqual(lines, [{ all: 8, strangers: [] }], stderr);
  });

  test(`${words}: datagrams go and come`, async () => {
    const { lines, stderr, code } = await run(directory, [...flags, 'echo.cjs']);
    assert.deepEqual(lines, ECHOED, stderr);
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  test(`${words}: -e, -p and --input-type=module`, async () => {
    const isVolley = "'sendMany' in dgram.Socket.prototype";
    const evaluated = [
      ['-e', `const dgram = require('dgram'); console.log(${isVolley})`],
      ['-p', `const dgram = require('node:dgram'); ${isVolley}`],
      // The REPL and evaluated code have modules as globals.
      ['-p', isVolley],
      ['--input-type=module', '-e', `import dgram from 'dgram'; console.log(${isVolley})`],
    ];
    for (const args of evaluated) {
      const { lines, stderr } = await run(directory, [...flags, ...args]);
      assert.deepEqual(lines, [true], `${args}: ${stderr}`);
      assert.equal(stderr, '');
    }
  });

  test(`${words}: given twice, and imported again, it is done once`, async () => {
    for (const twice of [flags, ['-r', './preloaded.cjs']]) {
      const { lines, stderr } = await run(directory, [...twice, ...flags, 'twice.mjs']);
      assert.deepEqual(lines, [true], stderr);
      const echo = await run(directory, [...twice, ...flags, 'echo.cjs']);
      assert.deepEqual(echo.lines, ECHOED, echo.stderr);
    }
  });

  test(`${words}: a second copy of Volley leaves the first in place; both work`, async () => {
    const { lines, stderr, code } = await run(directory, [...flags, 'two.mjs']);
    const heard = (inPlace: boolean): unknown[] => ['x', true, inPlace];
    assert.deepEqual(lines, [[true, true, heard(true), heard(false), heard(true)]], stderr);
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  test(`${words}: over what another preload made of node:dgram`, async () => {
    const { lines, stderr } = await run(directory, ['-r', './wrapping.cjs', ...flags, 'echo.cjs']);
    assert.deepEqual(lines, ECHOED, stderr);
    const { lines: later } = await run(directory, [...flags, '-r', './wrapping.cjs', 'echo.cjs']);
    assert.deepEqual(later, ECHOED);
  });

  test(`${words}: without addons, the builtin driver takes over`, async () => {
    for (const VOLLEY_DRIVER of ['', 'builtin']) {
      const environment = { VOLLEY_DRIVER, VOLLEY_REPORT: '1' };
      const args = ['--no-addons', ...flags, 'echo.cjs'];
      const { lines, stderr } = await run(directory, args, environment);
      assert.deepEqual(lines, ECHOED, stderr);
      assert.match(stderr, /driver builtin/);
    }
  });

  test(`${words}: under --permission`, async () => {
    const net = nodeMajor >= 26 ? ['--allow-net'] : [];
    const flag = nodeMajor < 22 ? '--experimental-permission' : '--permission';
    const permission = [flag, '--allow-fs-read=*', ...net];
    for (const [more, VOLLEY_DRIVER, used] of [
      [['--allow-addons'], driver, driver],
      // Without it the addon does not load.
      [[], '', 'builtin'],
    ] as const) {
      const environment = { VOLLEY_DRIVER, VOLLEY_REPORT: '1' };
      const args = [...permission, ...more, ...flags, 'echo.cjs'];
      const { lines, stderr } = await run(directory, args, environment);
      assert.deepEqual(lines, ECHOED, stderr);
      assert.match(stderr, new RegExp(`driver ${used}`));
    }
  });

  const noNetworkPermission =
    nodeMajor < 26 ? `Node ${nodeMajor} has no network permission` : false;
  test(`${words}: without --allow-net sockets are refused`, {
    skip: noNetworkPermission,
  }, async () => {
    for (const swap of [[], flags]) {
      const permission = ['--permission', '--allow-fs-read=*', '--allow-addons'];
      const { lines, stderr, code } = await run(directory, [...permission, ...swap, 'echo.cjs']);
      assert.deepEqual(lines, []);
      assert.match(stderr, /ERR_ACCESS_DENIED/);
      assert.equal(code, 1);
    }
  });

  test(`${words}: an addon that is demanded and cannot be had is an error of createSocket`, {
    skip: noBuiltin,
  }, async () => {
    const args = ['--no-addons', ...flags, 'echo.cjs'];
    const { stderr, code } = await run(directory, args, { VOLLEY_DRIVER: 'linux' });
    assert.match(stderr, /ERR_VOLLEY_ADDON/);
    assert.equal(code, 1);
  });
}
