/**
 * hot-shots: a million counters, each a datagram, into a sink in another thread. No more are under way than the
 * sink's receive buffer takes, so every one of them has to arrive.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import StatsD from 'hot-shots';
import { called, observe, rounds } from './program.mjs';

const COUNTERS = rounds(1_000_000);
/** Of this size they take less than 212,992 bytes of kernel memory, the usual `net.core.rmem_max`. */
const UNDER_WAY = 128;
const SINK = new URL('./hot-shots-sink.mjs', import.meta.url);

await observe(async () => {
  const sink = new Worker(SINK, { workerData: { expected: COUNTERS } });
  const [port] = await once(sink, 'message');
  const errors = { client: 0, send: 0 };
  const client = new StatsD({
    host: '127.0.0.1',
    port,
    prefix: 'volley.',
    maxBufferSize: 0,
    errorHandler: () => errors.client++,
  });

  let sent = 0;
  let calledBack = 0;
  const sendUpTo = (/** @type {number} */ limit) => {
    for (; sent < Math.min(limit, COUNTERS); sent += 1) {
      client.increment('counter', 1, { shard: `${sent % 10}` }, (error) => {
        if (error) errors.send += 1;
        calledBack += 1;
      });
    }
  };
  const total = await new Promise((resolve, reject) => {
    sink.on('error', reject);
    sink.on('message', (/** @type {{ arrived: number, total?: object }} */ report) => {
      if (report.total !== undefined) resolve(report.total);
      else sendUpTo(report.arrived + UNDER_WAY);
    });
    sendUpTo(UNDER_WAY);
  });
  await called((done) => client.close(done));
  assert.equal(calledBack, COUNTERS);
  return { sent, calledBack, total, errors };
});
