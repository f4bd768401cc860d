/** Payloads of every form on their way to the send queue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  copyPayload,
  isBlock,
  payloadAt,
  payloadCount,
  payloadLength,
  payloadSize,
  writePayload,
} from '#volley/engine/payload.js';

const PARTS = [Buffer.from('ab'), new Uint8Array(), Buffer.from('c')];

describe('a payload', () => {
  it('has a length in bytes', () => {
    assert.equal(payloadLength('grün'), 5);
    assert.equal(payloadLength(Buffer.from('abc')), 3);
    assert.equal(payloadLength(PARTS), 3);
    assert.equal(payloadLength([]), 0);
  });

  it('is copied', () => {
    const bytes = Buffer.from('abc');
    for (const [payload, text] of [
      ['grün', 'grün'],
      [bytes, 'abc'],
      [PARTS, 'abc'],
    ] as const) {
      const copy = copyPayload(payload);
      assert.equal(Buffer.from(copy).toString(), text);
    }
    const copy = copyPayload(bytes);
    bytes.fill('x');
    assert.equal(Buffer.from(copy).toString(), 'abc');
  });

  for (const [form, payload] of [
    ['text', 'abc'],
    ['bytes', Buffer.from('abc')],
    ['parts', PARTS],
  ] as const) {
    it(`is written where it is to be: ${form}`, () => {
      assert.equal(written(payload, 6, 2), '..abc.');
    });

    it(`is written as far as there is room: ${form}`, () => {
      assert.equal(written(payload, 5, 2), '..abc');
      assert.equal(written(payload, 4, 2), '..ab');
      assert.equal(written(payload, 3, 2), '..a');
    });
  }

  it('is empty once its memory was given away', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    assert.equal(payloadLength(bytes), 0);
    assert.equal(written(bytes, 3, 0), '...');
    assert.equal(written([bytes, Buffer.from('a')], 3, 0), 'a..');
  });

  it('is not written where there is no room', () => {
    assert.equal(written(Buffer.from('abc'), 2, 2), '..');
    assert.equal(written([Buffer.from('abc'), Buffer.from('d')], 2, 0), 'ab');
    assert.equal(written([Buffer.from('abc'), Buffer.from('d')], 3, 0), 'abc');
  });
});

describe('a list of payloads', () => {
  it('knows each of them', () => {
    const list = ['grün', Buffer.from('abc')];
    assert.equal(isBlock(list), false);
    assert.equal(payloadCount(list), 2);
    assert.equal(payloadSize(list, 0), 5);
    assert.equal(payloadSize(list, 1), 3);
    assert.equal(payloadAt(list, 0), 'grün');
    assert.equal(payloadAt(list, 1), list[1]);
  });

  it('is a block that is cut, the last of them shorter', () => {
    const block = { bytes: Buffer.from('aaabbbc'), segmentSize: 3 };
    assert.equal(isBlock(block), true);
    assert.equal(payloadCount(block), 3);
    assert.deepEqual(
      [0, 1, 2].map((place) => [payloadSize(block, place), String(payloadAt(block, place))]),
      [
        [3, 'aaa'],
        [3, 'bbb'],
        [1, 'c'],
      ],
    );
  });
});

/** What is in a target of some length after a payload was written to it from `offset` on. */
function written(
  payload: Parameters<typeof writePayload>[0],
  length: number,
  offset: number,
): string {
  const target = Buffer.alloc(length, '.');
  writePayload(payload, target, offset);
  return target.toString();
}
