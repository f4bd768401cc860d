/**
 * A sink for statsd metrics: counters, gauges, timings and sets, summed up in a table.
 *
 *     node examples/statsd-sink.mjs [port] [address] [seconds between tables]
 *
 * The defaults are 8125, 127.0.0.1 and 10. A metric is `name:value|type`, with an optional sample
 * rate as in `hits:1|c|@0.1`; one datagram carries many, a line each.
 */
import { isIPv6 } from 'node:net';
import dgram from 'volley';

const port = Number(process.argv[2] ?? 8125);
const address = process.argv[3] ?? '127.0.0.1';
const interval = Number(process.argv[4] ?? 10) * 1000;

const METRIC = /^(?<name>[^:|@]+):(?<value>[^|]+)\|(?<type>c|g|ms|s)(?:\|@(?<rate>[\d.]+))?$/;

/** @type {Map<string, number>} */
const counters = new Map();
/** @type {Map<string, number>} */
const gauges = new Map();
/** @type {Map<string, number[]>} in milliseconds */
const timings = new Map();
/** @type {Map<string, Set<string>>} */
const sets = new Map();
let malformed = 0;

/** @param {string} line */
function record(line) {
  const { name = '', value = '', type, rate } = METRIC.exec(line)?.groups ?? {};
  const number = Number(value);
  if (type === undefined || (type !== 's' && Number.isNaN(number))) {
    malformed += 1;
  } else if (type === 'c') {
    // A client that sends one hit of ten says so; the nine others count as well.
    counters.set(name, (counters.get(name) ?? 0) + number / Number(rate ?? 1));
  } else if (type === 'g') {
    // A sign makes the value a change of the gauge instead of its new reading.
    gauges.set(name, /^[+-]/.test(value) ? (gauges.get(name) ?? 0) + number : number);
  } else if (type === 'ms') {
    timings.set(name, [...(timings.get(name) ?? []), number]);
  } else {
    sets.set(name, (sets.get(name) ?? new Set()).add(value));
  }
}

function flush() {
  const rows = [];
  for (const [name, sum] of counters) rows.push({ name, type: 'counter', value: sum });
  for (const [name, reading] of gauges) rows.push({ name, type: 'gauge', value: reading });
  for (const [name, all] of timings) rows.push({ name, type: 'median ms', value: median(all) });
  for (const [name, members] of sets) rows.push({ name, type: 'set size', value: members.size });
  if (malformed > 0) rows.push({ name: 'malformed', type: 'lines', value: malformed });
  for (const kind of [counters, timings, sets]) kind.clear(); // Gauges keep their last reading.
  malformed = 0;
  if (rows.length > 0) console.table(rows);
}

/** @param {number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

const sink = dgram.createSocket({
  type: isIPv6(address) ? 'udp6' : 'udp4',
  recvBufferSize: 4 << 20, // Metrics come in bursts; what the kernel cannot hold is lost.
});

sink.on('message', (message) => {
  for (const line of message.toString().split('\n')) if (line !== '') record(line);
});

sink.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});

sink.bind(port, address, () => {
  const bound = sink.address();
  console.log(`listening on ${bound.address} port ${bound.port}`);
  console.log(`try: echo 'hits:1|c' | socat - UDP:${bound.address}:${bound.port}`);
});

setInterval(flush, interval);
process.once('SIGINT', () => {
  flush();
  process.exit();
});
