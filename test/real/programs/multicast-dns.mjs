/**
 * multicast-dns: a responder and a querier on 224.0.0.251, over the loopback interface. Both are members
 * of the group, so each hears all queries and all answers, its own too.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import multicastDns from 'multicast-dns';
import { called, freePort, observe, rounds } from './program.mjs';

const QUERIES = rounds(200);

await observe(async () => {
  // The real one, 5353, may be taken by this machine's own responder.
  const options = { port: await freePort(), interface: '127.0.0.1', bind: '0.0.0.0' };
  const responder = multicastDns(options);
  const querier = multicastDns(options);
  const seen = { warnings: 0, queriesHeard: 0, ownQueriesHeard: 0, ownAnswersHeard: 0 };
  for (const peer of [responder, querier]) peer.on('warning', () => seen.warnings++);
  await Promise.all([once(responder, 'ready'), once(querier, 'ready')]);

  responder.on('query', ({ questions }) => {
    seen.queriesHeard += 1;
    const { name = '' } = questions[0] ?? {};
    const data = { target: `host.${name}`, port: 9, priority: 0, weight: 5 };
    responder.respond([
      { name, type: 'SRV', ttl: 120, data },
      { name: `host.${name}`, type: 'A', ttl: 120, data: '192.0.2.7' },
      { name, type: 'TXT', ttl: 120, data: ['UDP, in volleys — äöü', 'x'.repeat(200)] },
    ]);
  });
  responder.on('response', () => seen.ownAnswersHeard++);
  querier.on('query', () => seen.ownQueriesHeard++);

  const answers = [];
  for (let index = 0; index < QUERIES; index += 1) {
    const name = `service-${index}._volley._udp.local`;
    const heard = once(querier, 'response');
    querier.query(name, 'SRV');
    const [response, source] = await heard;
    assert.equal(source.address, '127.0.0.1');
    assert.equal(source.port, options.port);
    assert.equal(response.answers[0].name, name);
    assert.equal(response.answers[0].data.target, `host.${name}`);
    answers.push(response.answers);
  }
  // The last answer reached the responder as well, perhaps after the querier.
  if (seen.ownAnswersHeard < QUERIES) await once(responder, 'response');
  await Promise.all([responder, querier].map((peer) => called((done) => peer.destroy(done))));
  const texts = answers[0]?.[2]?.data?.map(String);
  return { ...seen, answers: answers.length, address: answers[0]?.[1]?.data, texts };
});
