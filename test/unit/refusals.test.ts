import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { Address } from '#volley/driver.js';
import { RECORD, RECORD_WORDS } from '#volley/drivers/linux/addon.js';
import { Refusals } from '#volley/drivers/linux/refusals.js';

function address(word: number, family = 4, scope = 0): Address {
  const record = new Uint32Array(RECORD_WORDS);
  record[RECORD.family] = family;
  record[RECORD.scope] = scope;
  record[RECORD.address] = word;
  return { text: `${word}%${scope}`, record };
}

/** The record of a group, as `writeGroups` fills it. */
function group(to: Address | undefined, segment: number, port = 53): Uint32Array {
  const record = new Uint32Array(RECORD_WORDS);
  if (to) record.set(to.record);
  record[RECORD.length] = 3 * segment;
  record[RECORD.segment] = segment;
  record[RECORD.port] = port;
  return record;
}

describe('Refusals', () => {
  it('know nothing at first', () => {
    assert.equal(new Refusals().limit(address(1)), Number.POSITIVE_INFINITY);
    assert.equal(new Refusals().limit(undefined), Number.POSITIVE_INFINITY);
  });

  it('keep a destination below the size that was refused, whatever the port', () => {
    const refusals = new Refusals();
    refusals.add(group(address(1), 1400, 53), 0);
    refusals.add(group(address(2), 1, 53), 0);
    assert.equal(refusals.limit(address(1)), 1399);
    assert.equal(refusals.limit(address(2)), 0);
    assert.equal(refusals.limit(address(3)), Number.POSITIVE_INFINITY);
    refusals.add(group(address(1), 700, 54), 0);
    assert.equal(refusals.limit(address(1)), 699);
  });

  it('read the record they are pointed at', () => {
    const records = new Uint32Array(2 * RECORD_WORDS);
    records.set(group(address(1), 100), 0);
    records.set(group(address(2), 200), RECORD_WORDS);
    const refusals = new Refusals();
    refusals.add(records, RECORD_WORDS);
    assert.equal(refusals.limit(address(1)), Number.POSITIVE_INFINITY);
    assert.equal(refusals.limit(address(2)), 199);
  });

  it('tell families and scopes apart', () => {
    const refusals = new Refusals();
    refusals.add(group(address(1, 6, 2), 100), 0);
    assert.equal(refusals.limit(address(1, 6, 2)), 99);
    assert.equal(refusals.limit(address(1, 6, 3)), Number.POSITIVE_INFINITY);
    assert.equal(refusals.limit(address(1, 4)), Number.POSITIVE_INFINITY);
  });

  it('forget the peer with the connection, and nobody else', () => {
    const refusals = new Refusals();
    refusals.add(group(undefined, 100), 0);
    refusals.add(group(address(1), 100), 0);
    assert.equal(refusals.limit(undefined), 99);
    refusals.forgetPeer();
    assert.equal(refusals.limit(undefined), Number.POSITIVE_INFINITY);
    assert.equal(refusals.limit(address(1)), 99);
  });

  it('forget after a minute, since routes change', (test) => {
    let now = 1000;
    mock.method(performance, 'now', () => now);
    test.after(() => mock.restoreAll());
    const refusals = new Refusals();
    refusals.add(group(address(1), 100), 0);
    now += 59_999;
    assert.equal(refusals.limit(address(1)), 99);
    now += 1;
    assert.equal(refusals.limit(address(1)), Number.POSITIVE_INFINITY);
  });

  it('stay bounded', () => {
    const refusals = new Refusals();
    const count = 5000;
    for (let word = 0; word < count; word += 1) refusals.add(group(address(word), 100), 0);
    let kept = 0;
    for (let word = 0; word < count; word += 1)
      kept += refusals.limit(address(word)) === 99 ? 1 : 0;
    assert.ok(kept <= 1024, `${kept} are kept`);
    assert.equal(refusals.limit(address(count - 1)), 99, 'the last one is');
  });
});
