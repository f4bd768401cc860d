import assert from 'node:assert/strict';
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

const run = promisify(execFile);
const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url));

async function output(name: string, options: string[] = [], ...more: string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [...options, fixture(name), ...more]);
  assert.equal(stderr, '');
  return stdout;
}

const udpDescriptors = (): number => readdirSync('/proc/self/fd').length;

test('workers are terminated amid traffic: no crash, no descriptor left', async () => {
  const before = udpDescriptors();
  for (let round = 0; round < 4; round++) {
    const workers = Array.from({ length: 3 }, () => new Worker(fixture('traffic')));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const codes = await Promise.all(workers.map((worker) => worker.terminate()));
    assert.deepEqual(codes, [1, 1, 1]);
  }
  assert(udpDescriptors() <= before + 2, `${udpDescriptors()} descriptors, ${before} before`);
});

test('workers end by process.exit in a handler, or by what a handler throws', async () => {
  const leaving = new Worker(fixture('traffic'), { workerData: { end: 'exit' } });
  assert.deepEqual(await once(leaving, 'exit'), [7]);
  const throwing = new Worker(fixture('traffic'), { workerData: { end: 'throw' } });
  const errors: unknown[] = [];
  throwing.on('error', (error) => errors.push(error));
  const code = await new Promise((resolve) => throwing.on('exit', resolve));
  assert.equal(code, 1);
  assert.match(String(errors[0]), /thrown amid traffic/);
});

test('a process exits amid traffic', async () => {
  const child = fork(fixture('traffic'));
  await once(child, 'message');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
});

test('owners without descriptor are collected, with their native memory', async () => {
  const result: unknown = JSON.parse(await output('collection', ['--expose-gc']));
  assert(result !== null && typeof result === 'object' && 'growth' in result);
  const { growth, ...alive } = result;
  assert.deepEqual(alive, { never: 0, closed: 0, open: 10 });
  /* 25,000 sockets came and went between the two measurements: 300 bytes of each make 7.5 MB. */
  assert(Number(growth) < 5_000_000, `grew by ${String(growth)} bytes`);
});

test('what a handler throws is an uncaught exception, and the batch goes on', async () => {
  assert.deepEqual(JSON.parse(await output('exceptions')), [
    'deliver a',
    'uncaught of a creator',
    'deliver tick',
    'uncaught of a tick creator',
    'deliver b',
    'uncaught of b creator',
    'deliver last',
  ]);
});

for (const what of ['bound', 'unreferenced', 'unreferenced early', 'stopped']) {
  test(`a socket that is ${what} does not keep the process running`, async () => {
    assert.equal(await output('kept-alive', [], what), 'ended\n');
  });
}

test('a socket that receives keeps the process running until it is closed', async () => {
  assert.equal(await output('kept-alive', [], 'receiving'), 'received\nended\n');
});
