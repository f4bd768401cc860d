import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD, RECORD_WORDS } from '#volley/drivers/linux/addon.js';
import { SourceCache } from '#volley/drivers/linux/addresses.js';
import { RecordedBatch } from '#volley/drivers/linux/received.js';

interface Group {
  readonly length: number;
  readonly segment: number;
  readonly source: number;
  readonly port?: number;
  readonly family?: 4 | 6;
}

const sources = new SourceCache({
  formatAddress: (words, offset) => `source ${words[offset + RECORD.address]}`,
});

/** Each byte of the payloads is the source of its group. */
function batchOf(...groups: Group[]): { batch: RecordedBatch; records: Uint32Array } {
  const records = new Uint32Array((groups.length + 1) * RECORD_WORDS).fill(0xbad);
  groups.forEach(({ length, segment, source, port = 53, family = 4 }, index) => {
    const at = index * RECORD_WORDS;
    records.fill(0, at, at + RECORD_WORDS);
    records[at + RECORD.length] = length;
    records[at + RECORD.segment] = segment;
    records[at + RECORD.address] = source;
    records[at + RECORD.port] = port;
    records[at + RECORD.family] = family;
  });
  const bytes = Buffer.concat(groups.map(({ length, source }) => Buffer.alloc(length, source)));
  return { batch: new RecordedBatch(sources, bytes, records, groups.length), records };
}

/** What a batch says of each datagram: size, offset, source's last digit. */
function told(batch: RecordedBatch): [number, number, string][] {
  return Array.from({ length: batch.count }, (_, index) => {
    const payload = batch.payload(index);
    assert.equal(payload.length, batch.size(index));
    assert.deepEqual(
      payload,
      batch.bytes.subarray(batch.offset(index), batch.offset(index) + payload.length),
    );
    return [batch.size(index), batch.offset(index), batch.address(index)];
  });
}

describe('RecordedBatch', () => {
  it('splits a merged message, whose last datagram may be shorter', () => {
    const { batch } = batchOf({ length: 250, segment: 100, source: 1 });
    assert.deepEqual(told(batch), [
      [100, 0, 'source 1'],
      [100, 100, 'source 1'],
      [50, 200, 'source 1'],
    ]);
  });

  it('does not invent an empty datagram behind a whole number of segments', () => {
    assert.equal(batchOf({ length: 300, segment: 100, source: 1 }).batch.count, 3);
  });

  it('takes a message for one datagram that is no longer than its segment size', () => {
    for (const segment of [0, 100, 65_535]) {
      assert.deepEqual(told(batchOf({ length: 100, segment, source: 1 }).batch), [
        [100, 0, 'source 1'],
      ]);
    }
  });

  it('keeps empty datagrams', () => {
    const { batch } = batchOf(
      { length: 0, segment: 0, source: 1 },
      { length: 20, segment: 10, source: 2 },
      { length: 0, segment: 10, source: 3 },
      { length: 0, segment: 0, source: 4 },
    );
    assert.deepEqual(told(batch), [
      [0, 0, 'source 1'],
      [10, 0, 'source 2'],
      [10, 10, 'source 2'],
      [0, 20, 'source 3'],
      [0, 20, 'source 4'],
    ]);
  });

  it('knows the source of each datagram where many are interleaved', () => {
    const groups = Array.from({ length: 128 }, (_, index) => ({
      length: (index % 3) * 10 + 5,
      segment: 10,
      source: index,
      port: 1000 + index,
      family: index % 2 === 0 ? (4 as const) : (6 as const),
    }));
    const { batch } = batchOf(...groups);
    const expected = groups.flatMap((group) => {
      const count = Math.ceil(group.length / 10);
      return Array.from({ length: count }, (_, part) => ({
        size: part === count - 1 ? 5 : 10,
        address: `source ${group.source}`,
        port: group.port,
        family: group.family === 6 ? 'IPv6' : 'IPv4',
      }));
    });
    const found = Array.from({ length: batch.count }, (_, index) => ({
      size: batch.payload(index).length,
      address: batch.address(index),
      port: batch.port(index),
      family: batch.family(index),
    }));
    assert.deepEqual(found, expected);
    for (let index = 0; index < batch.count; index += 1) {
      const source = Number(batch.address(index).split(' ')[1]);
      assert.ok(batch.payload(index).every((byte) => byte === source));
    }
  });

  it('splits as many as the kernel merges at the most, of one byte each', () => {
    const groups = Array.from({ length: 64 }, () => ({ length: 65_507, segment: 1, source: 1 }));
    const { batch } = batchOf(...groups);
    assert.equal(batch.count, 64 * 65_507);
    assert.equal(batch.offset(batch.count - 1), batch.count - 1);
  });

  it('does not change when the addon writes to its records again', () => {
    const { batch, records } = batchOf({ length: 20, segment: 10, source: 1 });
    records.fill(0xbad);
    assert.deepEqual(told(batch), [
      [10, 0, 'source 1'],
      [10, 10, 'source 1'],
    ]);
    assert.equal(batch.port(1), 53);
    assert.equal(batch.family(1), 'IPv4');
  });

  it('gives a lone datagram all of the memory, without a view of its own', () => {
    const { batch } = batchOf({ length: 20, segment: 0, source: 1 });
    assert.equal(batch.payload(0), batch.bytes);
  });
});
