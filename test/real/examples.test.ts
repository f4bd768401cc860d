/**
 * The examples that no other test here runs, as a reader would try them.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { bound, freePort, Program, releaseAll, root, serve } from './support.ts';

describe('examples', () => {
  afterEach(releaseAll);

  it('discovery.mjs: two instances find each other and hear one leave', async () => {
    const port = await freePort('127.0.0.1');
    const start = (name: string): Program =>
      new Program(process.execPath, [
        `${root}examples/discovery.mjs`,
        name,
        '127.0.0.1',
        `${port}`,
      ]);
    const [first, second] = [start(`first-${process.pid}`), start(`second-${process.pid}`)];
    await Promise.all([
      first.find(new RegExp(`^\\+ second-${process.pid} at `)),
      second.find(new RegExp(`^\\+ first-${process.pid} at `)),
    ]);
    await second.stop('SIGINT');
    await first.find(new RegExp(`^- second-${process.pid} left`));
  });

  it('statsd-sink.mjs: sums up what clients sent', async () => {
    const sink = await serve('statsd-sink.mjs', ['0', '127.0.0.1', '0.05']);
    const client = await bound('127.0.0.1');
    // One datagram, so that no table can come between two of its lines.
    const metrics = [
      ...['hits:1|c', 'hits:2|c|@0.5', 'load:7|g', 'load:+3|g'],
      ...['query:30|ms', 'query:10|ms', 'query:20|ms'],
      ...['visitors:ann|s', 'visitors:bob|s', 'visitors:ann|s', 'nonsense'],
    ];
    client.send(metrics.join('\n'), sink.port, sink.address);
    const row = /│\s*'?(?<name>\w+)'?\s*│\s*'[^']+'\s*│\s*(?<value>\d+)\s*│$/;
    const table: Record<string, string> = {};
    for (let rows = 0; rows < 5; rows += 1) {
      const { name = '', value = '' } = await sink.program.find(row);
      table[name] = value;
    }
    assert.deepEqual(table, { hits: '5', load: '10', query: '20', visitors: '2', malformed: '1' });
  });

  it('every-core.mjs: a peer stays with its thread, and there are several', async () => {
    const server = await serve('every-core.mjs', ['0', '127.0.0.1', '4']);
    const threads = new Set<string>();
    // All of them with one thread: once in 4 ^ 31 runs.
    for (let peer = 0; peer < 32; peer += 1) {
      const client = await bound('127.0.0.1');
      const seen = new Set<string>();
      for (let count = 1; count <= 3; count += 1) {
        const answered = once(client, 'message');
        client.send('hello', server.port, server.address);
        const [answer] = await answered;
        const { thread, number } =
          /^thread (?<thread>\d), your datagram (?<number>\d)$/.exec(String(answer))?.groups ?? {};
        assert.equal(number, `${count}`);
        seen.add(thread ?? '');
      }
      assert.equal(seen.size, 1);
      for (const thread of seen) threads.add(thread);
    }
    assert.ok(threads.size > 1, `only thread ${[...threads]}`);
  });
});
