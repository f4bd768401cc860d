/**
 * While one socket is flooded from another process, timers, `setImmediate` and the other sockets have their turn. What is
 * asserted is how much is handled in between, which is the same on a busy machine; `npm run bench -- flood` has the times.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { full } from '../support.ts';
import { verdict } from './support.ts';

const ANSWERS = full ? 5000 : 200;

/** Datagrams of a turn (`native/dispatch.c`), beyond which one batch may go: 64 messages of 128 datagrams. */
const A_TURN = 4096 + 64 * 128;

/**
 * Handlers of 2 ms that fit a turn of 5 ms, begun. A turn of the loop may have the end of one batch and the begin of the next.
 */
const SLOW_HANDLER = 2;
const SLOW_A_TURN = 2 * 3;

/** Turns of the loop until the asker hears: its datagram arrives in one, the answer in the next, and its promise is kept. */
const TURNS_TO_ANSWER = 4;
/** A timer of 1 ms is due in each turn, unless the turn was shorter. */
const TURNS_TO_TIMER = 2;

for (const [title, handler, most] of [
  ['cheap', 0, A_TURN],
  ['slow', SLOW_HANDLER, SLOW_A_TURN],
] as const) {
  it(`gives others their turn while a socket with ${title} handlers is flooded`, async () => {
    const { timers, timerTurns, immediates, replies, asked } = await verdict('flooded', {
      args: [`${handler}`, `${ANSWERS}`],
    });
    assert.ok(Number(immediates) <= most, `${immediates} datagrams in one turn of the loop`);
    if (handler > 0) {
      assert.ok(Number(timers) <= TURNS_TO_TIMER * most, `${timers} between two timers`);
    }
    assert.ok(Number(timerTurns) > 0);
    assert.ok(Number(asked) >= ANSWERS);
    assert.ok(Number(replies) <= TURNS_TO_ANSWER * most, `${replies} until an answer`);
  });
}
