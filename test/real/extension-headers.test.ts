/**
 * Control messages that do not fit. Who adopts a socket does not know what it was asked to tell, and of IPv6 extension
 * headers a stranger sends as many as a datagram holds.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { afterEach, test } from 'node:test';
import { missing, noIPv6, Program, releaseAll, root } from './support.ts';

const READER = fileURLToPath(new URL('fixtures/reads-three.js', import.meta.url));
/** Only root may send such headers (CAP_NET_RAW, capabilities(7)); to receive them takes nothing. */
const notRoot = process.getuid?.() === 0 ? false : 'only root may send extension headers';

afterEach(releaseAll);

test('a datagram with long extension headers arrives', {
  skip: missing('python3', 'python3') || noIPv6 || notRoot,
}, async () => {
  const fixture = `${root}test/real/fixtures/extension-headers.py`;
  const program = new Program('python3', [fixture, process.execPath, READER]);
  assert.deepEqual(await program.rest(), 'before\nbetween\nafter');
});
