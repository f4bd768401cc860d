import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { fixturePath, run } from '../support/process.ts';
import { bound, collect, FAMILIES, listen, open, retrying } from '../support/sockets.ts';

interface Report {
  port: number;
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'port' in value;
}

function startEcho(type: string): { worker: Worker; port: Promise<number>; exit: Promise<number> } {
  const worker = new Worker(fixturePath('echo-worker.mjs'), { workerData: { type } });
  const exit = new Promise<number>((resolve) => worker.once('exit', resolve));
  const port = new Promise<number>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message: unknown) => {
      if (isReport(message)) resolve(message.port);
      else reject(new Error('the worker reported no port'));
    });
  });
  return { worker, port, exit };
}

for (const { type, skip, loopback } of FAMILIES) {
  test(`${type}: sockets in several threads at once`, { skip }, async (t) => {
    const echoes = Array.from({ length: 3 }, () => startEcho(type));
    const socket = await bound(t, type);
    const ports = await Promise.all(echoes.map(({ port }) => port));
    const heard = collect(socket, ports.length * 10);
    for (let index = 0; index < 10; index += 1) {
      for (const port of ports) socket.send(String(index), port, loopback);
    }
    for (const port of ports) {
      const own = (await heard).filter(({ rinfo }) => rinfo.port === port);
      assert.deepEqual(
        own.map(({ text }) => text),
        Array.from({ length: 10 }, (_, index) => `echo ${index}`),
      );
    }
    for (const { worker } of echoes) worker.postMessage('close');
    assert.deepEqual(await Promise.all(echoes.map(({ exit }) => exit)), [0, 0, 0]);
  });

  test(
    `${type}: a thread ended with its socket open frees the port`,
    { skip },
    retrying(async (t) => {
      const { worker, port } = startEcho(type);
      const number = await port;
      await worker.terminate();
      const socket = open(t, type);
      await listen(socket, number, loopback);
      assert.equal(socket.address().port, number);
    }),
  );
}

test('a process whose threads end amid traffic ends well', async () => {
  const { code, signal, lines, stderr } = await run('workers-amid-traffic.mjs');
  assert.deepEqual({ code, signal, lines }, { code: 0, signal: null, lines: ['done'] }, stderr);
});
