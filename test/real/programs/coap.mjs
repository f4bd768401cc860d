/**
 * coap: GET and PUT, confirmable or not, in blocks, and an observation. With `--with-command`,
 * libcoap's coap-client(5) does the same.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import coap from 'coap';
import { called, freePort, inFlight, observe, output, rounds, withCommand } from './program.mjs';

const REQUESTS = rounds(400);
const NOTIFICATIONS = 20;
const AT_ONCE = 8;
/** More than one datagram takes: it is read in blocks of 512 bytes (RFC 7959). */
const LARGE = Buffer.from(Array.from({ length: 5_000 }, (_, index) => 97 + (index % 26)));

/** @param {number} port */
async function serve(port) {
  const stored = new Map([['/large', LARGE]]);
  const server = coap.createServer({ type: 'udp4' });
  server.on('request', (request, response) => {
    const path = request.url;
    if (request.headers['Observe'] === 0) notify(response);
    else if (request.method === 'PUT') {
      response.code = stored.has(path) ? '2.04' : '2.01';
      stored.set(path, request.payload);
      response.end();
    } else {
      response.code = stored.has(path) ? '2.05' : '4.04';
      response.end(stored.get(path) ?? 'nothing there');
    }
  });
  await called((done) => server.listen(port, '127.0.0.1', done));
  return server;
}

/**
 * Writes one notification after the other.
 *
 * @param {import('node:stream').Writable} response
 */
function notify(response) {
  let number = 0;
  const write = () => {
    response.write(`notification ${number}`);
    number += 1;
    if (number < NOTIFICATIONS) setImmediate(write);
  };
  write();
}

/**
 * @param {import('coap').CoapRequestParams} params
 * @param {string | Buffer} [payload]
 */
async function request(params, payload) {
  const outgoing = coap.request({ hostname: '127.0.0.1', ...params });
  if (params.pathname === '/large') outgoing.setOption('Block2', Buffer.of(5));
  outgoing.end(payload);
  const [response] = await once(outgoing, 'response');
  return response;
}

/** @param {number} port */
async function observed(port) {
  const stream = await request({ port, pathname: '/observed', observe: true });
  const notifications = [];
  for await (const payload of stream) {
    notifications.push(String(payload));
    if (notifications.length === NOTIFICATIONS) break;
  }
  stream.close();
  return notifications;
}

/** @param {number} port */
async function askedByLibcoap(port) {
  const uri = `coap://127.0.0.1:${port}`;
  const client = (/** @type {string[]} */ ...args) =>
    output('coap-client-notls', '-B', '5', ...args);
  await client('-m', 'put', '-e', 'by libcoap', `${uri}/libcoap`);
  return {
    get: await client('-m', 'get', `${uri}/libcoap`),
    nonConfirmable: await client('-N', '-m', 'get', `${uri}/libcoap`),
    large: (await client('-b', '512', '-m', 'get', `${uri}/large`)) === LARGE.toString(),
    observed: await client('-s', '1', '-w', '-m', 'get', `${uri}/observed`),
  };
}

await observe(async () => {
  const port = await freePort();
  const server = await serve(port);
  const answers = await inFlight(REQUESTS, AT_ONCE, async (index) => {
    const params = { port, pathname: `/${index}`, confirmable: index % 2 === 0 };
    const put = await request({ ...params, method: 'PUT' }, `value ${index}`);
    const got = await request({ ...params, method: 'GET' });
    assert.equal(String(got.payload), `value ${index}`);
    return `${put.code} ${got.code}`;
  });
  const missing = await request({ port, pathname: '/nobody' });
  const large = await request({ port, pathname: '/large' });
  const notifications = await observed(port);
  const libcoap = withCommand ? await askedByLibcoap(port) : undefined;
  await called((done) => server.close(done));
  return {
    answered: answers.length,
    codes: [...new Set(answers)],
    missing: `${missing.code} ${missing.payload}`,
    large: large.payload.equals(LARGE),
    notifications,
    libcoap,
  };
});
