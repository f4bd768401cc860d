/** The send queue where it is given many datagrams at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setUp } from './scripted-queue.ts';

describe('SendQueue.pushList', () => {
  for (const [what, list] of [
    ['a list', Array.from({ length: 2500 }, (_, index) => `${index}`.padStart(4, '0'))],
    [
      'a block',
      {
        bytes: Buffer.from(
          Array.from({ length: 2500 }, (_, index) => `${index}`.padStart(4, '0')).join(''),
        ),
        segmentSize: 4,
      },
    ],
  ] as const) {
    it(`takes of ${what} as many as there is room for, one at least`, async () => {
      const { handle, queue, push } = setUp();
      const address = { text: '192.0.2.1', record: new Uint32Array() };
      push('before');
      let place = 0;
      for (let call = 0; call < 10 && place < 2500; call += 1) {
        const taken = queue.pushList(list, place, address, 53, false);
        assert.ok(taken > 0);
        place += taken;
      }
      assert.equal(place, 2500);
      assert.equal(queue.next, 2501);
      await turn();
      const expected = Array.from({ length: 2500 }, (_, index) => `${index}`.padStart(4, '0'));
      assert.deepEqual(handle.sent, ['before', ...expected]);
      assert.deepEqual(new Set(handle.destinations.slice(1)), new Set(['192.0.2.1:53']));
      assert.equal(queue.count, 0);
      assert.equal(queue.size, 0);
    });
  }

  it('takes a block whose last datagram is shorter, from any place on', async () => {
    const { handle, queue } = setUp();
    const block = { bytes: Buffer.from('aaabbbcccd'), segmentSize: 3 };
    assert.equal(queue.pushList(block, 1, undefined, 0, false), 3);
    assert.equal(queue.size, 7);
    await turn();
    assert.deepEqual(handle.sent, ['bbb', 'ccc', 'd']);
  });

  it('takes a short last datagram of a block where a whole one has no room', async () => {
    const { handle, queue } = setUp();
    const block = { bytes: Buffer.alloc(240_100), segmentSize: 60_000 };
    let place = 0;
    while (place < 5) place += queue.pushList(block, place, undefined, 0, false);
    await turn();
    assert.deepEqual(
      handle.sent.map(({ length }) => length),
      [60_000, 60_000, 60_000, 60_000, 100],
    );
  });

  it('takes a list of datagrams of every size, too long ones and empty ones', async () => {
    const { handle, queue } = setUp();
    const list = ['', 'x'.repeat(200_000), Buffer.alloc(60_000, 'y'), '', 'end'];
    let place = 0;
    for (let call = 0; call < 10 && place < list.length; call += 1) {
      place += queue.pushList(list, place, undefined, 0, false);
    }
    await turn();
    assert.deepEqual(
      handle.sent.map((text) => text.length),
      [0, 65_536, 60_000, 0, 3],
    );
  });
});
