/**
 * Backpressure: two network namespaces, between them a link that is slower than its sender. What
 * a program has to do is what the docs of `sendMany` and `'drain'` say.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Host, noNamespaces } from '../real/network.ts';
import { missing, releaseAll } from '../real/support.ts';
import { MARK, type ReceiverReport, type SenderReport, SIZE } from './fixtures/pacing.ts';
import { fixture } from './support.ts';

/** In bytes. The queue is full from its mark on: one datagram may reach over it. */
const LARGEST = SIZE;
/**
 * What a queueing discipline lets go is put into the backlog of the core that it runs on, for a sender that moves
 * between cores now one and now the other: the kernel itself would change the order.
 */
const SENDING_CORE = firstAllowedCore();
/** In bytes. What the process may grow by while far more is offered: it is not the queue's. */
const GROWTH = 48 * 1024 * 1024;
const SENDER = '10.78.0.1';
const RECEIVER = '10.78.0.2';

/** How, how many datagrams of 1,200 bytes (192 MB, and 12 MB), and over what a link. */
const CASES = [
  { how: 'many', count: 160_000, rate: '400mbit' },
  { how: 'one', count: 10_000, rate: '80mbit' },
] as const;

function firstAllowedCore(): string {
  const status = readFileSync('/proc/self/status', 'utf8');
  return /^Cpus_allowed_list:\s*(?<first>\d+)/m.exec(status)?.groups?.['first'] ?? '0';
}

describe('a link that is slower than the sender', {
  skip: noNamespaces() || missing('tc', 'iproute2') || missing('taskset', 'util-linux'),
}, () => {
  let left: Host;
  let right: Host;

  before(async () => {
    [left, right] = await Promise.all([Host.create(), Host.create()]);
    left.cable('veth0', right, 'veth0');
    left.ip(`addr add ${SENDER}/24 dev veth0`);
    right.ip(`addr add ${RECEIVER}/24 dev veth0`);
  });
  after(releaseAll);

  for (const { how, count, rate } of CASES) {
    it(`by ${how}: the queue and the memory are bounded, nothing is lost`, async () => {
      // A token bucket (tc-tbf(8)) with more room than a send buffer, so that it drops nothing itself.
      const bucket = ['tbf', 'rate', rate, 'burst', '128kb', 'limit', '4mb'];
      left.run('tc', 'qdisc', 'replace', 'dev', 'veth0', 'root', ...bucket);
      const receiver = right.start(process.execPath, fixture('paced-receiver'), RECEIVER);
      const { port }: { port: number } = JSON.parse(await receiver.line());
      const args = [fixture('paced-sender'), RECEIVER, String(port), String(count), how];
      const sender = left.start('taskset', '-c', SENDING_CORE, process.execPath, ...args);
      const sent: SenderReport = JSON.parse(await sender.line());
      const heard: ReceiverReport = JSON.parse(await receiver.line());
      await sender.stop();

      assert.equal(sent.told, count);
      assert.equal(sent.failed, 0);
      assert.ok(sent.drains > 3, `${sent.drains} 'drain' events`);
      if (how === 'many') assert.equal(sent.refused, sent.drains);
      assert.ok(sent.largestQueue >= MARK, `at most ${sent.largestQueue} bytes waited`);
      assert.ok(sent.largestQueue <= MARK + LARGEST, `${sent.largestQueue} bytes waited`);
      const growth = sent.memory.most - sent.memory.early;
      assert.ok(growth < GROWTH, `grew by ${growth} bytes while ${count * SIZE} were sent`);

      assert.equal(heard.altered, 0);
      assert.equal(heard.unordered, 0);
      // Only the receiving kernel may have dropped some, where this machine is too busy to read them.
      // The marks of the end, of which there may be many, are among those.
      const tale = `${heard.heard} heard, ${heard.dropped} dropped`;
      assert.ok(heard.heard <= count && heard.heard + heard.dropped >= count, tale);
    });
  }
});
