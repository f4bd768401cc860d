/** VOLLEY_REPORT=1. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Exit } from '../support/process.ts';
import { createProject, driver, FLAGS, installVolley, run } from './support.ts';

const directory = createProject({
  'imported.mjs': `
    import dgram from 'volley';
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => socket.close());`,
  'exiting.cjs': `
    const socket = require('dgram').createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      for (let index = 0; index < 10; index += 1) socket.send('x', socket.address().port, '127.0.0.1');
      process.exit();
    });`,
});
installVolley(join(directory, 'second'));

const WANTED = { VOLLEY_REPORT: '1' };

/** The linux driver sends the first datagram to a new place with the others; node:dgram one at a time. */
const TRAFFIC =
  driver === 'linux'
    ? /2 sockets; sent 10 datagrams in 1 batch; received 10 in 1, 0 dropped; driver linux, GSO (on|off), GRO on$/
    : /2 sockets; sent 10 datagrams in \d+ batch(es)?; received 10 in 10; driver builtin, GSO off, GRO off$/;

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('volley:'));
}

function assertReport({ stderr, pid }: Exit, pattern: RegExp, where = `process ${pid}`): void {
  const found = linesOf(stderr).filter((line) => line.startsWith(`volley: ${where}: `));
  assert.equal(found.length, 1, stderr);
  assert.match(found[0] ?? '', pattern);
}

for (const flags of FLAGS) {
  const words = flags.join(' ');

  for (const way of ['end', 'exit()', 'throw']) {
    test(`${words}: a program that ends by ${way} is reported`, async () => {
      const outcome = await run(directory, [...flags, 'traffic.mjs', way], WANTED);
      assertReport(outcome, TRAFFIC);
      assert.equal(linesOf(outcome.stderr).length, 1, outcome.stderr);
      assert.equal(outcome.stdout, '');
      assert.equal(outcome.code, way === 'throw' ? 1 : 0);
      if (way !== 'throw') assert.equal(outcome.stderr.split('\n').length, 2, outcome.stderr);
    });
  }

  test(`${words}: each thread is reported`, async () => {
    const outcome = await run(directory, [...flags, 'traffic.mjs', 'thread'], WANTED);
    assertReport(outcome, TRAFFIC, `process ${outcome.pid}, thread 1`);
    assertReport(outcome, /: no sockets$/);
    assert.equal(linesOf(outcome.stderr).length, 2, outcome.stderr);
    assert.equal(outcome.stdout, '');
  });

  test(`${words}: each process is reported`, async () => {
    const outcome = await run(directory, [...flags, 'traffic.mjs', 'fork'], WANTED);
    assertReport(outcome, TRAFFIC, `process ${outcome.lines[0]}`);
    assertReport(outcome, /: no sockets$/);
    assert.equal(linesOf(outcome.stderr).length, 2, outcome.stderr);
  });

  test(`${words}: a program without sockets`, async () => {
    const outcome = await run(directory, [...flags, 'traffic.mjs', 'no sockets'], WANTED);
    assert.equal(outcome.stderr, `volley: process ${outcome.pid}: no sockets\n`);
    assert.equal(outcome.stdout, 'out\n');
  });

  test(`${words}: two copies, and the flag twice, report once`, async () => {
    for (const again of ['volley/register', './second/dist/register.js']) {
      const args = [...flags, '-r', again, 'traffic.mjs', 'end'];
      const outcome = await run(directory, args, WANTED);
      assertReport(outcome, TRAFFIC);
      assert.equal(linesOf(outcome.stderr).length, 1, outcome.stderr);
    }
  });

  test(`${words}: nothing is printed without VOLLEY_REPORT=1`, async () => {
    for (const VOLLEY_REPORT of ['', '0']) {
      const outcome = await run(directory, [...flags, 'traffic.mjs', 'end'], { VOLLEY_REPORT });
      assert.equal(outcome.stdout + outcome.stderr, '');
      assert.equal(outcome.code, 0);
    }
  });
}

test('what leaves while the program exits is counted', async () => {
  const outcome = await run(directory, [...FLAGS[0], 'exiting.cjs'], WANTED);
  assertReport(outcome, driver === 'linux' ? /; sent 10 datagrams in 1 batch; / : /1 socket; /);
});

test('a program that imports volley is reported too, without the swap', async () => {
  const outcome = await run(directory, ['imported.mjs'], WANTED);
  assertReport(
    outcome,
    /: 1 socket; sent 0 datagrams in 0 batches; received 0 in 0(, 0 dropped)?; driver /,
  );
});

test('a program ends as it would where the report cannot be written', {
  skip: existsSync('/dev/full') ? false : 'there is no /dev/full',
}, () => {
  const full = openSync('/dev/full', 'w');
  const { status } = spawnSync(process.execPath, ['imported.mjs'], {
    cwd: directory,
    env: { ...process.env, ...WANTED },
    stdio: ['ignore', 'ignore', full],
  });
  closeSync(full);
  assert.equal(status, 0);
});

test(`VOLLEY_GSO=0 and VOLLEY_GRO=0 show (${release()})`, async () => {
  const environment = { ...WANTED, VOLLEY_GSO: '0', VOLLEY_GRO: '0' };
  const outcome = await run(directory, ['imported.mjs'], environment);
  assertReport(outcome, /GSO off, GRO off$/);
});
