import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD, RECORD_WORDS } from '#volley/drivers/linux/addon.js';
import { DestinationCache, SourceCache } from '#volley/drivers/linux/addresses.js';

/** Counts what it is asked. Texts are `::` and a number, optionally with a scope: `::7` or `::7%2`. */
class CountingAddon {
  parsed = 0;
  formatted = 0;

  parseAddress(family: 4 | 6, text: string, words: Uint32Array): number {
    this.parsed += 1;
    const [address, scope = '0'] = text.slice('::'.length).split('%');
    if (Number.isNaN(Number(address))) return -22;
    words[RECORD.family] = family;
    words[RECORD.address] = Number(address);
    words[RECORD.scope] = Number(scope);
    return 0;
  }

  formatAddress(words: Uint32Array, offset: number): string {
    this.formatted += 1;
    return `${words[offset + RECORD.family]}/${words[offset + RECORD.address]}`;
  }
}

function record(family: 4 | 6, address: number, scope = 0): Uint32Array {
  const words = new Uint32Array(RECORD_WORDS);
  words[RECORD.family] = family;
  words[RECORD.address] = address;
  words[RECORD.scope] = scope;
  return words;
}

describe('DestinationCache', () => {
  it('parses a text once', () => {
    const addon = new CountingAddon();
    const cache = new DestinationCache(addon, 4);
    const first = cache.parse('::7');
    cache.parse('::8');
    assert.equal(cache.parse('::7'), first);
    assert.equal(addon.parsed, 2);
    assert.ok(typeof first === 'object');
    assert.equal(first.text, '::7');
    assert.equal(first.record[RECORD.address], 7);
  });

  it('returns the errno of a text that is no address, every time', () => {
    const addon = new CountingAddon();
    const cache = new DestinationCache(addon, 4);
    assert.equal(cache.parse('127.0.0.1'), -22);
    assert.equal(cache.parse('127.0.0.1'), -22);
    assert.equal(addon.parsed, 2);
  });

  it('does not ask about what is no address for Node, though it is for the addon', () => {
    const addon = new CountingAddon();
    const cache = new DestinationCache(addon, 6);
    for (const text of ['host', '::7%', '::7\0', '']) assert.equal(cache.parse(text), -22);
    assert.equal(addon.parsed, 0);
  });

  it('parses an answer that is an address for the addon alone, and does not keep it', () => {
    const addon = new CountingAddon();
    const cache = new DestinationCache(addon, 6);
    assert.equal(typeof cache.parse('::7%', true), 'object');
    assert.equal(cache.parse('::7%'), -22);
    assert.equal(typeof cache.parse('::7', true), 'object');
    assert.equal(typeof cache.parse('::7'), 'object');
    assert.equal(addon.parsed, 2);
  });

  it('parses a scope anew, since interfaces are renamed', () => {
    const addon = new CountingAddon();
    const cache = new DestinationCache(addon, 6);
    cache.parse('::7%2');
    cache.parse('::7%2');
    assert.equal(addon.parsed, 2);
  });

  it('stays bounded', () => {
    const addon = new CountingAddon();
    const cache = new DestinationCache(addon, 4);
    for (let address = 0; address < 10_000; address += 1) cache.parse(`::${address}`);
    addon.parsed = 0;
    for (let address = 0; address < 10_000; address += 1) cache.parse(`::${address}`);
    assert.ok(addon.parsed > 10_000 - 4096, `only ${addon.parsed} were parsed anew`);
  });
});

describe('SourceCache', () => {
  it('formats an address once', () => {
    const addon = new CountingAddon();
    const cache = new SourceCache(addon);
    assert.equal(cache.format(record(4, 7), 0), '4/7');
    assert.equal(cache.format(record(4, 7), 0), '4/7');
    assert.equal(addon.formatted, 1);
  });

  it('never mistakes one address for another, however many there are', () => {
    const cache = new SourceCache(new CountingAddon());
    for (let address = 0; address < 20_000; address += 1) {
      assert.equal(cache.format(record(4, address), 0), `4/${address}`);
      assert.equal(cache.format(record(6, address), 0), `6/${address}`);
      assert.equal(cache.format(record(4, address >> 1), 0), `4/${address >> 1}`);
    }
  });

  it('reads the record it is pointed at', () => {
    const cache = new SourceCache(new CountingAddon());
    const records = new Uint32Array(2 * RECORD_WORDS);
    records.set(record(4, 1), 0);
    records.set(record(4, 2), RECORD_WORDS);
    assert.equal(cache.format(records, RECORD_WORDS), '4/2');
    assert.equal(cache.format(records, 0), '4/1');
  });

  it('formats a scope anew', () => {
    const addon = new CountingAddon();
    const cache = new SourceCache(addon);
    cache.format(record(6, 7, 2), 0);
    cache.format(record(6, 7, 2), 0);
    assert.equal(addon.formatted, 2);
  });
});
