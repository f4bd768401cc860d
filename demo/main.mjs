// The main job, live: Volley moves real datagrams over loopback, and node:dgram does the same beside it.
import nodeDgram from 'node:dgram';
import os from 'node:os';
import volley from 'volley';
import { burst } from './burst.mjs';
import { connected, echo, multicast } from './conversations.mjs';
import { heading, say, table } from './screen.mjs';

const BURST = 1_000_000;

heading(
  `Volley on Node ${process.version}, ${os.cpus().length} cores, ${os.type()} ${os.release()}`,
);

let altered = 0;
for (const family of ['udp4', 'udp6']) {
  for (const conversation of [echo, connected, multicast]) {
    const { done, text } = await conversation(volley, family);
    say(done ? '✓' : '–', `${family}  ${text}`);
  }
}

heading(`A burst of ${BURST.toLocaleString('en')} datagrams of 64 bytes, every one checked`);
const results = [];
for (const [name, module] of [
  ['node:dgram', 'node:dgram'],
  ['volley', 'volley'],
]) {
  const result = await burst(name, module, BURST);
  altered += result.altered;
  results.push(result);
}
const [node, own] = results;
table(
  ['', 'sent', 'received', 'lost', 'altered', 'datagrams/s', 'ratio'],
  results.map((result) => [
    result.name,
    result.sent.toLocaleString('en'),
    result.received.toLocaleString('en'),
    result.lost.toLocaleString('en'),
    result.altered.toLocaleString('en'),
    Math.round(result.rate).toLocaleString('en'),
    `${(result.rate / node.rate).toFixed(2)} ×`,
  ]),
);
if (nodeDgram.Socket === volley.Socket || altered > 0 || own.received === 0) process.exitCode = 1;
