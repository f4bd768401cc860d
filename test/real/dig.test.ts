/**
 * `dig` (Debian package `dnsutils`) asks the DNS server in `examples/`.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing, noIPv6, output, releaseAll, type Server, serve } from './support.ts';

const noDig = missing('dig', 'dnsutils');

for (const [address, skip] of [
  ['127.0.0.1', noDig],
  ['::1', noDig || noIPv6],
] as const) {
  describe(`dig asks the DNS server on ${address}`, { skip }, () => {
    let server: Server;

    before(async () => {
      server = await serve('dns-server.mjs', ['0', address]);
    });
    after(releaseAll);

    const dig = (...question: string[]): Promise<string> =>
      output('dig', [`@${address}`, '-p', `${server.port}`, '+tries=1', '+time=5', ...question]);

    it('gets an A record with +short', async () => {
      assert.equal(await dig('+short', 'volley.test', 'A'), '192.0.2.7');
    });

    it('gets an AAAA record', async () => {
      assert.equal(await dig('+short', 'volley.test', 'AAAA'), '2001:db8::7');
    });

    it('gets a TXT record with multi-byte characters', async () => {
      // dig prints each byte beyond ASCII as a backslash and three decimals.
      const text = 'UDP, in volleys — äöü';
      const shown = [...Buffer.from(text)].map((byte) =>
        byte < 128 ? String.fromCharCode(byte) : `\\${byte}`,
      );
      assert.equal(await dig('+short', 'volley.test', 'TXT'), `"${shown.join('')}"`);
    });

    it('follows an alias', async () => {
      assert.equal(await dig('+short', 'www.volley.test', 'A'), 'volley.test.\n192.0.2.7');
    });

    it('hears NXDOMAIN for a name outside the zone', async () => {
      assert.match(await dig('nobody.test', 'A'), /status: NXDOMAIN/);
    });

    it('gets an answer of more than 512 bytes with EDNS', async () => {
      const text = await dig('+bufsize=4096', '+ignore', 'large.volley.test', 'TXT');
      assert.doesNotMatch(text, /flags:[^;]* tc/);
      assert.equal(text.match(/^large\.volley\.test\./gm)?.length, 24);
      const size = Number(/MSG SIZE\s+rcvd: (?<size>\d+)/.exec(text)?.groups?.['size']);
      assert.ok(size > 1500, `${size} bytes`);
    });

    it('gets a truncated answer without EDNS', async () => {
      const text = await dig('+noedns', '+ignore', 'large.volley.test', 'TXT');
      assert.match(text, /flags:[^;]* tc/);
      assert.match(text, /ANSWER: 0/);
    });

    it('asks a hundred times in one run', async () => {
      const names = Array.from({ length: 100 }, () => ['volley.test', 'A']).flat();
      const answers = await dig('+short', ...names);
      assert.deepEqual(answers.split('\n'), Array(100).fill('192.0.2.7'));
    });
  });
}
