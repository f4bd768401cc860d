// The main job, live: Volley moves real datagrams over loopback, and node:dgram does the same beside it.
import os from 'node:os';
import volley from 'volley';
import { burst } from './burst.mjs';
import { connected, echo, multicast } from './conversations.mjs';
import { heading, say, table } from './screen.mjs';

const BURST = 1_000_000;

heading(
  `Volley on Node ${process.version}, ${os.cpus().length} cores, ${os.type()} ${os.release()}`,
);

for (const family of /** @type {const} */ (['udp4', 'udp6'])) {
  for (const conversation of [echo, connected, multicast]) {
    const { mark, text } = await conversation(volley, family);
    say(mark, `${family}  ${text}`);
    if (mark === '✗') process.exitCode = 1;
  }
}

heading(`A burst of ${BURST.toLocaleString('en')} datagrams of 64 bytes, every one checked`);
const theirs = await burst('node:dgram', BURST);
const own = await burst('volley', BURST);
const results = [theirs, own];
table(
  ['', 'sent', 'received', 'lost', 'altered', 'misplaced', 'datagrams/s', 'ratio'],
  results.map((result) => [
    result.name,
    result.sent.toLocaleString('en'),
    result.received.toLocaleString('en'),
    result.lost.toLocaleString('en'),
    result.altered.toLocaleString('en'),
    result.misplaced.toLocaleString('en'),
    Math.round(result.rate).toLocaleString('en'),
    `${(result.rate / theirs.rate).toFixed(2)} ×`,
  ]),
);
if (results.some(({ lost, altered, misplaced }) => lost + altered + misplaced > 0))
  process.exitCode = 1;
