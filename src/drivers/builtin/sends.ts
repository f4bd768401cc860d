import type dgram from 'node:dgram';
import { type SendBatch, WOULD_BLOCK } from '../../driver.ts';
import { errnoOf } from '../../errors/system.ts';
import { errnoFrom } from './errno.ts';

/** What became of a datagram that was given to `node:dgram`: `undefined` while it is under way. */
interface Outcome {
  errno: number | undefined;
}

/**
 * Makes of `node:dgram`, which takes every datagram and tells of it later, what the seam wants: a
 * `send` that takes none until it can tell. The datagrams are given to the socket when they are first
 * offered, so they leave at once; they are taken, or fail, when they are offered again.
 */
export class Sends {
  readonly #onSettled: () => void;
  /** Of the datagrams that the next batch begins with, in order. */
  readonly #outcomes: Outcome[] = [];
  #underWay = 0;

  /** `onSettled` is called when none is under way any more. */
  constructor(onSettled: () => void) {
    this.#onSettled = onSettled;
  }

  get underWay(): boolean {
    return this.#underWay > 0;
  }

  /** Answers as `Handle.send` does. Without a socket, what was not given to one is cancelled. */
  offer(batch: SendBatch, socket: dgram.Socket | undefined): number {
    const given = batch.first + this.#outcomes.length;
    if (socket) {
      for (let index = given; index < batch.count; index += 1) this.#give(batch, index, socket);
    }
    const first = this.#outcomes[0];
    if (!first) return errnoOf('ECANCELED');
    if (first.errno === undefined) return WOULD_BLOCK;
    if (first.errno < 0) {
      this.#outcomes.shift();
      return first.errno;
    }
    const other = this.#outcomes.findIndex(({ errno }) => errno !== 0);
    return this.#outcomes.splice(0, other < 0 ? this.#outcomes.length : other).length;
  }

  #give(batch: SendBatch, index: number, socket: dgram.Socket): void {
    const outcome: Outcome = { errno: undefined };
    this.#outcomes.push(outcome);
    this.#underWay += 1;
    const report = (error: Error | null): void => this.#settle(outcome, error);
    const payload = batch.bytes.subarray(batch.offsets[index], batch.offsets[index + 1]);
    const address = batch.addresses[index];
    try {
      if (address) socket.send(payload, batch.ports[index] ?? 0, address.text, report);
      else socket.send(payload, report);
    } catch (error) {
      // It was accepted for a peer, and the socket has another one or none by now.
      process.nextTick(report, error);
    }
  }

  #settle(outcome: Outcome, error: Error | null): void {
    outcome.errno = error ? errnoFrom(error) : 0;
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onSettled();
  }
}
