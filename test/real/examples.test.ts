/**
 * The examples that no other test here runs, as a reader would try them.
 */
import assert from 'node:assert/strict';
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
});
