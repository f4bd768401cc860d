import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Address, SendBatch } from '#volley/driver.js';
import { MAXIMUM_BATCH, RECORD, RECORD_WORDS } from '#volley/drivers/linux/addon.js';
import { type SegmentLimit, writeGroups } from '#volley/drivers/linux/groups.js';

interface Datagram {
  readonly size: number;
  readonly to?: Address;
  readonly port?: number;
}

const UNLIMITED = undefined;
const HERE = address('192.0.2.1', 1);
const THERE = address('192.0.2.2', 2);

function address(text: string, word: number): Address {
  const record = new Uint32Array(RECORD_WORDS);
  record[RECORD.family] = 4;
  record[RECORD.address] = word;
  return { text, record };
}

function batchOf(datagrams: readonly Datagram[], first = 0): SendBatch {
  const offsets = new Uint32Array(datagrams.length + 1);
  datagrams.forEach(({ size }, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + size;
  });
  return {
    bytes: new Uint8Array(offsets.at(-1) ?? 0),
    offsets,
    addresses: datagrams.map(({ to }) => to),
    ports: Uint16Array.from(datagrams, ({ port }) => port ?? 0),
    first,
    count: datagrams.length,
  };
}

const sizes = (...list: number[]): Datagram[] => list.map((size) => ({ size, to: HERE, port: 53 }));

const repeated = (count: number, size: number): Datagram[] =>
  sizes(...Array<number>(count).fill(size));

/** Datagrams that a group may have in these tests. */
const MOST = 64;

/** The groups as `[length, segment]`, from memory that holds something else before. */
function groups(
  datagrams: readonly Datagram[],
  limit: SegmentLimit | undefined = UNLIMITED,
  first = 0,
): [number | undefined, number | undefined][] {
  const records = new Uint32Array(MAXIMUM_BATCH * RECORD_WORDS).fill(0xbad);
  const count = writeGroups(batchOf(datagrams, first), records, MOST, limit);
  return Array.from({ length: count }, (_, index) => [
    records[index * RECORD_WORDS + RECORD.length],
    records[index * RECORD_WORDS + RECORD.segment],
  ]);
}

describe('writeGroups', () => {
  it('joins neighbours of one destination and size', () => {
    assert.deepEqual(groups(sizes(100, 100, 100)), [[300, 100]]);
  });

  it('writes no segment size for a datagram alone', () => {
    assert.deepEqual(groups(sizes(100)), [[100, 0]]);
  });

  it('closes a group with a shorter one', () => {
    assert.deepEqual(groups(sizes(100, 100, 40, 40, 7, 7)), [
      [240, 100],
      [47, 40],
      [7, 0],
    ]);
  });

  it('opens a new one for a larger one', () => {
    assert.deepEqual(groups(sizes(100, 101, 101)), [
      [100, 0],
      [202, 101],
    ]);
    assert.deepEqual(groups(sizes(1, 2, 3)), [
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  it('leaves an empty datagram by itself, wherever it stands', () => {
    assert.deepEqual(groups(sizes(0, 5, 5, 0, 5, 0, 0)), [
      [0, 0],
      [10, 5],
      [0, 0],
      [5, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it('keeps destinations apart', () => {
    const to = (destination: Address | undefined, port: number): Datagram => ({
      size: 9,
      port,
      ...(destination && { to: destination }),
    });
    const records = new Uint32Array(MAXIMUM_BATCH * RECORD_WORDS).fill(0xbad);
    const batch = batchOf([
      ...[to(HERE, 53), to(HERE, 53), to(HERE, 54)],
      ...[to(THERE, 54), to(THERE, 54), to(undefined, 0), to(undefined, 0)],
    ]);
    assert.equal(writeGroups(batch, records, MOST, UNLIMITED), 4);
    const written = [0, 1, 2, 3].map((index) => {
      const at = index * RECORD_WORDS;
      const words = [RECORD.length, RECORD.port, RECORD.family, RECORD.address, RECORD.segment];
      return words.map((word) => records[at + word]);
    });
    assert.deepEqual(
      written.map(([length, port, family, , segment]) => [length, port, family, segment]),
      [
        [18, 53, 4, 9],
        [9, 54, 4, 0],
        [18, 54, 4, 9],
        [18, 0, 0, 9],
      ],
    );
    assert.deepEqual(
      written.slice(0, 3).map(([, , , to]) => to),
      [1, 1, 2],
    );
  });

  it('takes as many datagrams as it may, no more', () => {
    assert.deepEqual(groups(repeated(130, 10)), [
      [640, 10],
      [640, 10],
      [20, 10],
    ]);
    assert.deepEqual(groups([...repeated(63, 10), ...sizes(3, 10)]), [
      [633, 10],
      [10, 0],
    ]);
    assert.deepEqual(groups([...repeated(64, 10), ...sizes(3)]), [
      [640, 10],
      [3, 0],
    ]);
  });

  it('takes 65,400 bytes, no more', () => {
    assert.deepEqual(groups(repeated(7, 10_900)), [
      [65_400, 10_900],
      [10_900, 0],
    ]);
    assert.deepEqual(groups([...repeated(6, 10_900), ...sizes(1)]), [
      [65_400, 10_900],
      [1, 0],
    ]);
    assert.deepEqual(groups(repeated(6, 10_901)), [
      [54_505, 10_901],
      [10_901, 0],
    ]);
    assert.deepEqual(groups(repeated(3, 65_507)), [
      [65_507, 0],
      [65_507, 0],
      [65_507, 0],
    ]);
  });

  it('lets go one by one what the destination does not take as a group', () => {
    const limit = { limit: (to: Address | undefined) => (to === HERE ? 99 : 0) };
    assert.deepEqual(groups(sizes(100, 100, 99, 99, 98), limit), [
      [100, 0],
      [100, 0],
      [296, 99],
    ]);
    const elsewhere = { size: 10, to: THERE, port: 53 };
    assert.deepEqual(groups([elsewhere, elsewhere], limit), [
      [10, 0],
      [10, 0],
    ]);
    assert.deepEqual(groups([{ size: 10 }, { size: 10 }], limit), [
      [10, 0],
      [10, 0],
    ]);
  });

  it('begins with the first that has not left', () => {
    assert.deepEqual(groups(sizes(100, 100, 100, 7), UNLIMITED, 1), [[207, 100]]);
    assert.deepEqual(groups(sizes(100, 100, 100, 7), UNLIMITED, 3), [[7, 0]]);
  });

  it('writes no more records than there is room for', () => {
    const growing = Array.from({ length: 1024 }, (_, index) => index + 1);
    const written = groups(sizes(...growing));
    assert.equal(written.length, MAXIMUM_BATCH);
    assert.deepEqual(written.at(-1), [MAXIMUM_BATCH, 0]);
  });

  it('loses none and repeats none, whatever the sizes', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      let state = seed;
      const list = Array.from({ length: 600 }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return [0, 1, 64, 64, 64, 1200, 1200, 30_000][state >>> 29] ?? 0;
      });
      const found: number[] = [];
      while (found.length < list.length) {
        const before = found.length;
        for (const [length = 0, segment = 0] of groups(sizes(...list), UNLIMITED, found.length)) {
          let left = length;
          do {
            const size = segment === 0 ? left : Math.min(segment, left);
            found.push(size);
            left -= size;
          } while (left > 0);
        }
        assert.ok(found.length > before, 'no progress');
      }
      assert.deepEqual(found, list, `seed ${seed}`);
    }
  });
});
