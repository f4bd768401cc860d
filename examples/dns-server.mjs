/**
 * A DNS server for the zone `volley.test` (RFC 1035), with EDNS(0) (RFC 6891).
 *
 *     node examples/dns-server.mjs [port] [address]
 *
 * The port defaults to 5353 and the address to 127.0.0.1; an IPv6 address makes a udp6 server.
 */
import { isIPv6 } from 'node:net';
import packet from 'dns-packet';
import dgram from 'volley';

const port = Number(process.argv[2] ?? 5353);
const address = process.argv[3] ?? '127.0.0.1';

/** What a resolver without EDNS accepts over UDP, in bytes (RFC 1035, section 4.2.1). */
const CLASSIC_LIMIT = 512;
/** The most that this server sends whatever the resolver offers: fits 1,500-byte Ethernet thrice. */
const SERVER_LIMIT = 4096;

const TTL = 60;

/** @type {import('dns-packet').Answer[]} */
const zone = [
  { name: 'volley.test', type: 'A', ttl: TTL, data: '192.0.2.7' },
  { name: 'volley.test', type: 'AAAA', ttl: TTL, data: '2001:db8::7' },
  { name: 'volley.test', type: 'TXT', ttl: TTL, data: 'UDP, in volleys — äöü' },
  {
    name: 'volley.test',
    type: 'MX',
    ttl: TTL,
    data: { preference: 10, exchange: 'mx.volley.test' },
  },
  { name: 'www.volley.test', type: 'CNAME', ttl: TTL, data: 'volley.test' },
  // Some 2,600 bytes: more than a resolver without EDNS takes, more than one Ethernet frame.
  ...Array.from({ length: 24 }, (_, index) => large(index)),
];

/**
 * @param {number} index
 * @returns {import('dns-packet').Answer}
 */
function large(index) {
  const text = `${String(index).padStart(2, '0')} ${'x'.repeat(90)}`;
  return { name: 'large.volley.test', type: 'TXT', ttl: TTL, data: text };
}

/**
 * The records that answer a question, the target of an alias included.
 *
 * @param {string} name
 * @param {string} type
 * @returns {import('dns-packet').Answer[]}
 */
function resolve(name, type) {
  const records = zone.filter((record) => record.name === name);
  const alias = records.find((record) => record.type === 'CNAME');
  if (alias?.type === 'CNAME' && type !== 'CNAME') return [alias, ...resolve(alias.data, type)];
  return records.filter((record) => record.type === type || type === 'ANY');
}

/**
 * @param {import('dns-packet').DecodedPacket} query
 * @returns {Buffer}
 */
function respond(query) {
  const question = query.questions?.[0];
  const edns = query.additionals?.find((record) => record.type === 'OPT');
  const name = question?.name.toLowerCase() ?? '';
  const known = zone.some((record) => record.name === name);
  const recursionDesired = (query.flags ?? 0) & packet.RECURSION_DESIRED;

  /** @type {import('dns-packet').Packet} */
  const response = {
    type: 'response',
    id: query.id ?? 0,
    // The low four bits of the flags are the response code: 3 is NXDOMAIN (RFC 1035, 4.1.1).
    flags: packet.AUTHORITATIVE_ANSWER | recursionDesired | (known ? 0 : 3),
    questions: query.questions ?? [],
    answers: question ? resolve(name, question.type) : [],
    additionals: edns ? [opt()] : [],
  };
  const limit = edns?.type === 'OPT' ? Math.max(edns.udpPayloadSize, CLASSIC_LIMIT) : CLASSIC_LIMIT;
  const whole = packet.encode(response);
  if (whole.length <= Math.min(limit, SERVER_LIMIT)) return whole;
  // Too large for a datagram: the TC bit tells the resolver to come back over TCP (RFC 2181, 9).
  response.flags = (response.flags ?? 0) | packet.TRUNCATED_RESPONSE;
  response.answers = [];
  return packet.encode(response);
}

/** @returns {import('dns-packet').OptAnswer} */
function opt() {
  return {
    name: '.',
    type: 'OPT',
    udpPayloadSize: SERVER_LIMIT,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
}

const server = dgram.createSocket(isIPv6(address) ? 'udp6' : 'udp4');

server.on('message', (message, peer) => {
  /** @type {import('dns-packet').DecodedPacket} */
  let query;
  try {
    query = packet.decode(message);
  } catch {
    return; // Not DNS: silence is all that a stranger's bytes deserve.
  }
  // Answering a response would let two servers talk to each other for ever.
  if (query.type !== 'query') return;
  server.send(respond(query), peer.port, peer.address);
});

server.on('error', (error) => {
  console.error(error.message);
  server.close();
  process.exitCode = 1;
});

server.bind(port, address, () => {
  const bound = server.address();
  console.log(`listening on ${bound.address} port ${bound.port}`);
  console.log(`try: dig +short @${bound.address} -p ${bound.port} volley.test A`);
  console.log(`     dig @${bound.address} -p ${bound.port} large.volley.test TXT`);
});
