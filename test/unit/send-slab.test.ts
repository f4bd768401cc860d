/** Slabs: datagrams copied end to end, and the memory that they are kept in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MOST_WAITING } from '#volley/engine/flush.js';
import { SendSlab } from '#volley/engine/send-slab.js';

/** What a slab takes. */
const MOST_DATAGRAMS = 1024;
const MOST_BYTES = 256 * 1024;
const LONGEST = 0x1_0000;
/** What it begins with. */
const FIRST_BYTES = 8 * 1024;

const ADDRESS = { text: '192.0.2.1', record: new Uint32Array() };

function append(slab: SendSlab, size: number, reported = false): number {
  return slab.append(Buffer.alloc(size, '.'), size, ADDRESS, 53, reported);
}

/** The payloads of a slab, from its first datagram on. */
function payloads({ bytes, offsets, first, count }: SendSlab): string[] {
  return Array.from({ length: count - first }, (_, index) =>
    bytes.toString('utf8', offsets[first + index], offsets[first + index + 1]),
  );
}

function places(slab: SendSlab, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => slab.isReported(index));
}

describe('SendSlab', () => {
  it('is empty at first', () => {
    const slab = new SendSlab();
    assert.deepEqual([slab.first, slab.count, slab.addresses], [0, 0, []]);
  });

  it('has room for so many bytes', () => {
    const slab = new SendSlab();
    for (let count = 0; count < MOST_BYTES / LONGEST; count += 1) {
      assert.equal(slab.hasRoom(LONGEST), true);
      assert.equal(append(slab, LONGEST), LONGEST);
    }
    assert.equal(slab.hasRoom(0), true);
    assert.equal(slab.hasRoom(1), false);
    assert.equal(slab.bytes.length, MOST_BYTES);
  });

  it('has room for so many datagrams', () => {
    const slab = new SendSlab();
    for (let count = 0; count < MOST_DATAGRAMS; count += 1) {
      assert.equal(slab.hasRoom(0), true);
      append(slab, 0);
    }
    assert.equal(slab.hasRoom(0), false);
    assert.equal(slab.count, MOST_DATAGRAMS);
  });

  it('keeps of one that is too long what makes it too long', () => {
    const slab = new SendSlab();
    assert.equal(append(slab, LONGEST + 1), LONGEST);
    assert.equal(slab.hasRoom(10 * LONGEST), true);
  });

  it('grows as it has to, and keeps what it has', () => {
    const slab = new SendSlab();
    const memory = slab.bytes;
    assert.equal(memory.length, FIRST_BYTES);
    slab.append('a', 1, undefined, 0, false);
    append(slab, FIRST_BYTES - 1);
    assert.equal(slab.bytes, memory);
    slab.append('b', 1, undefined, 0, false);
    assert.equal(slab.bytes.length, 2 * FIRST_BYTES);
    const [first, second, third] = payloads(slab);
    assert.deepEqual([first, second?.length, third], ['a', FIRST_BYTES - 1, 'b']);
    append(slab, FIRST_BYTES - 1);
    assert.equal(slab.bytes.length, 2 * FIRST_BYTES);
  });

  it('grows for lists and blocks no sooner', () => {
    const half = Buffer.alloc(FIRST_BYTES / 2);
    const list = new SendSlab();
    const listMemory = list.bytes;
    list.appendList([half, half], 0, MOST_BYTES, undefined, 0, false);
    assert.equal(list.bytes, listMemory);
    list.appendList(['a'], 0, MOST_BYTES, undefined, 0, false);
    assert.equal(list.bytes.length, 2 * FIRST_BYTES);
    const block = new SendSlab();
    const blockMemory = block.bytes;
    const whole = { bytes: Buffer.alloc(FIRST_BYTES), segmentSize: 512 };
    block.appendBlock(whole, 0, MOST_BYTES, undefined, 0, false);
    assert.equal(block.bytes, blockMemory);
    block.appendBlock({ ...whole, segmentSize: 1 }, FIRST_BYTES - 1, 1, undefined, 0, false);
    assert.equal(block.bytes.length, 2 * FIRST_BYTES);
  });

  it('grows to just what is needed where that is a power of two', () => {
    const slab = new SendSlab();
    append(slab, 4 * FIRST_BYTES);
    assert.equal(slab.bytes.length, 4 * FIRST_BYTES);
  });

  it('takes of a list until enough is in, one at least', () => {
    for (const [enough, taken] of [
      [-1, 1],
      [0, 1],
      [2, 1],
      [3, 2],
      [4, 3],
    ] as const) {
      const slab = new SendSlab();
      append(slab, 5);
      const list = ['skipped', 'ab', 'c', 'd', ''];
      const bytes = slab.appendList(list, 1, enough, ADDRESS, 53, false);
      assert.deepEqual(payloads(slab).slice(1), ['ab', 'c', 'd'].slice(0, taken), `${enough}`);
      assert.equal(bytes, taken + 1);
    }
  });

  it('takes of a list as much as there is room for', () => {
    const slab = new SendSlab();
    const list = Array.from({ length: 6 }, () => Buffer.alloc(LONGEST));
    assert.equal(slab.appendList(list, 0, 10 * MOST_BYTES, ADDRESS, 53, false), MOST_BYTES);
    assert.equal(slab.count, 4);
    const many = new SendSlab();
    append(many, 0);
    const empty = Array.from({ length: 2 * MOST_DATAGRAMS }, () => '');
    assert.equal(many.appendList(empty, 0, 1, ADDRESS, 53, false), 0);
    assert.equal(many.count, MOST_DATAGRAMS);
  });

  it('takes of a block until enough is in, one at least', () => {
    const block = { bytes: Buffer.from('xxaabbccd'), segmentSize: 2 };
    for (const [enough, expected] of [
      [-1, ['aa']],
      [0, ['aa']],
      [2, ['aa']],
      [3, ['aa', 'bb']],
      [7, ['aa', 'bb', 'cc', 'd']],
    ] as const) {
      const slab = new SendSlab();
      append(slab, 5);
      const bytes = slab.appendBlock(block, 1, enough, ADDRESS, 53, false);
      assert.deepEqual(payloads(slab).slice(1), expected, `${enough}`);
      assert.equal(bytes, expected.join('').length);
      assert.equal(slab.count, 1 + expected.length);
    }
  });

  it('takes of a block as much as there is room for', () => {
    const slab = new SendSlab();
    append(slab, 1);
    const block = { bytes: Buffer.alloc(2 * MOST_BYTES), segmentSize: MOST_BYTES / 8 };
    const taken = slab.appendBlock(block, 0, 4 * MOST_BYTES, ADDRESS, 53, false);
    assert.equal(taken, (7 * MOST_BYTES) / 8);
    const many = new SendSlab();
    append(many, 0);
    const small = { bytes: Buffer.alloc(2 * MOST_DATAGRAMS), segmentSize: 1 };
    assert.equal(many.appendBlock(small, 0, MOST_BYTES, ADDRESS, 53, false), MOST_DATAGRAMS - 1);
    assert.equal(many.count, MOST_DATAGRAMS);
  });

  it('knows where each goes, and who wants to be told', () => {
    const slab = new SendSlab();
    append(slab, 1, true);
    append(slab, 1);
    slab.appendList(['a', 'b'], 0, MOST_BYTES, undefined, 54, true);
    const block = { bytes: Buffer.from('cd'), segmentSize: 1 };
    slab.appendBlock(block, 0, MOST_BYTES, ADDRESS, 55, false);
    assert.deepEqual(places(slab, 7), [true, false, true, true, false, false, false]);
    assert.deepEqual([...slab.ports.subarray(0, 7)], [53, 53, 54, 54, 55, 55, 0]);
    const none = undefined;
    assert.deepEqual(slab.addresses, [ADDRESS, ADDRESS, none, none, ADDRESS, ADDRESS]);
  });

  it('gives back from the front, and tells how many bytes', () => {
    const slab = new SendSlab();
    for (const size of [1, 2, 4]) append(slab, size);
    assert.equal(slab.remove(1), 1);
    assert.equal(slab.first, 1);
    assert.equal(slab.remove(2), 6);
    assert.equal(slab.first, 3);
  });

  it('is used again, as if it were new', () => {
    emptySpare();
    const slab = new SendSlab();
    append(slab, 10, true);
    slab.remove(1);
    slab.release();
    assert.equal(SendSlab.take(), slab);
    assert.deepEqual([slab.first, slab.count], [0, 0]);
    append(slab, 1);
    assert.deepEqual(payloads(slab), ['.']);
    assert.equal(slab.isReported(0), false);
  });

  it('is used again where no more than so many are', () => {
    assert.equal(kept(FIRST_BYTES, MOST_WAITING + 10), MOST_WAITING);
  });

  it('is used again where it has grown, if few are', () => {
    assert.equal(kept(FIRST_BYTES + 1, 20), 8);
  });
});

/** Takes all slabs that are ready to be used again, so that the next is new. */
function emptySpare(): void {
  for (let count = 0; count < 2 * MOST_WAITING; count += 1) SendSlab.take();
}

/** How many of `count` slabs with so many bytes are used again. */
function kept(size: number, count: number): number {
  emptySpare();
  const slabs = new Set(Array.from({ length: count }, () => new SendSlab()));
  for (const slab of slabs) {
    append(slab, size);
    slab.release();
  }
  let again = 0;
  for (let taken = 0; taken < count; taken += 1) if (slabs.has(SendSlab.take())) again += 1;
  return again;
}
