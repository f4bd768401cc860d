/**
 * dns2: its server, which extends `dgram.Socket`, and its client, which opens a socket for each question. With
 * `--with-command`, dig(1) asks the same server.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import DNS from 'dns2';
import { inFlight, observe, output, rounds, withCommand } from './program.mjs';

const { Packet } = DNS;
const QUESTIONS = rounds(400);
const AT_ONCE = 16;
const LARGE = 'large.volley.test';

/** @type {DNS.DnsHandler} */
function handle(request, send) {
  const response = Packet.createResponseFromRequest(request);
  const { name = '', type = 0 } = request.questions[0] ?? {};
  const question = new Packet.Question(name, type, Packet.CLASS.IN);
  const add = (/** @type {Partial<DNS.Packet.Resource>} */ data) =>
    response.answers.push(Packet.createResourceFromQuestion(question, { ttl: 300, ...data }));
  if (name === LARGE) {
    for (let index = 0; index < 40; index += 1) add({ data: `text ${index}, long enough` });
  } else if (type === Packet.TYPE.A) add({ address: '192.0.2.7' });
  else if (type === Packet.TYPE.AAAA) add({ address: '2001:db8:0:0:0:0:0:7' });
  else if (type === Packet.TYPE.TXT) add({ data: 'UDP, in volleys' });
  else if (type === Packet.TYPE.MX) add({ exchange: `mail.${name}`, priority: 10 });
  else response.header.rcode = Packet.RCODE.NXDOMAIN;
  void send(response);
}

/** @param {number} port */
async function askedByDig(port) {
  /** @param {string[]} question */
  const dig = (...question) =>
    output('dig', '@127.0.0.1', '-p', `${port}`, '+tries=1', '+time=5', ...question);
  const large = await dig('+bufsize=4096', '+ignore', LARGE, 'TXT');
  const truncated = await dig('+noedns', '+ignore', LARGE, 'TXT');
  return {
    a: await dig('+short', 'volley.test', 'A'),
    mx: await dig('+short', 'volley.test', 'MX'),
    txt: await dig('+short', 'volley.test', 'TXT'),
    none: /status: (\w+)/.exec(await dig('volley.test', 'SRV'))?.[1],
    large: large.match(/^large\.volley\.test\./gm)?.length,
    size: Number(/MSG SIZE\s+rcvd: (\d+)/.exec(large)?.[1]),
    truncated: /flags:[^;]* tc/.test(truncated),
  };
}

await observe(async () => {
  const server = DNS.createServer({ udp: true, handle });
  const errors = { server: 0, request: 0 };
  server.on('error', () => errors.server++);
  server.on('requestError', () => errors.request++);
  server.listen({ udp: { port: 0, address: '127.0.0.1' } });
  const [{ udp }] = await once(server, 'listening');
  const ask = DNS.UDPClient({ dns: '127.0.0.1', port: udp.port, retryOverTCP: false });

  const types = /** @type {const} */ (['A', 'AAAA', 'TXT', 'MX']);
  const responses = await inFlight(QUESTIONS, AT_ONCE, async (index) => {
    const name = `name-${index}.volley.test`;
    const { answers } = await ask(name, types[index % types.length]);
    assert.equal(answers.length, 1);
    assert.equal(answers[0]?.name, name);
    return answers[0];
  });
  const none = await ask('volley.test', 'SRV');
  const truncated = await ask(LARGE, 'TXT');
  const dig = withCommand ? await askedByDig(udp.port) : undefined;
  await server.close();

  const shown = responses.slice(0, types.length);
  return {
    bound: udp.address,
    answered: responses.length,
    answers: shown.map((answer) => answer?.address ?? answer?.exchange ?? answer?.data),
    none: none.header.rcode,
    truncated: [truncated.header.tc, truncated.answers.length],
    errors,
    dig,
  };
});
