import type dgram from 'node:dgram';
import { type SendBatch, WOULD_BLOCK } from '../../driver.ts';
import { errnoOf } from '../../errors/system.ts';
import { errnoFrom } from './errno.ts';

/** What became of a datagram that was given to `node:dgram`: `undefined` while it is under way. */
interface Outcome {
  errno: number | undefined;
}

/** Deno's `node:dgram` makes datagrams that are under way together leave in any order, mostly the reverse. */
const ONE_AT_A_TIME = process.versions.deno !== undefined;

/**
 * Makes of `node:dgram`, which takes every datagram and tells of it later, what the seam wants: a
 * `send` that takes none until it can tell. The datagrams are given to the socket when they are first
 * offered, so they leave at once; they are taken, or fail, when they are offered again.
 */
export class Sends {
  readonly #onSettled: () => void;
  /** Of the datagrams that each batch begins with, in order. */
  readonly #outcomes = new WeakMap<SendBatch, Outcome[]>();
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
    const outcomes = this.give(batch, socket);
    const first = outcomes[0];
    if (!first) return socket ? WOULD_BLOCK : errnoOf('ECANCELED');
    if (first.errno === undefined) return WOULD_BLOCK;
    if (first.errno < 0) {
      outcomes.shift();
      return first.errno;
    }
    const other = outcomes.findIndex(({ errno }) => errno !== 0);
    return outcomes.splice(0, other < 0 ? outcomes.length : other).length;
  }

  /** Gives to the socket what it has not yet of a batch. Returns the outcomes of the batch. */
  give(batch: SendBatch, socket: dgram.Socket | undefined): Outcome[] {
    const outcomes = this.#outcomes.get(batch) ?? [];
    this.#outcomes.set(batch, outcomes);
    if (!socket) return outcomes;
    for (let index = batch.first + outcomes.length; index < batch.count; index += 1) {
      if (ONE_AT_A_TIME && this.underWay) break;
      outcomes.push(this.#giveOne(batch, index, socket));
    }
    return outcomes;
  }

  #giveOne(batch: SendBatch, index: number, socket: dgram.Socket): Outcome {
    const outcome: Outcome = { errno: undefined };
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
    return outcome;
  }

  #settle(outcome: Outcome, error: Error | null): void {
    this.#underWay -= 1;
    // Where the seam has no errno for it, the error surfaces, and the datagram must not wait for ever.
    outcome.errno = errnoOf('EIO');
    try {
      outcome.errno = error ? errnoFrom(error) : 0;
    } finally {
      if (this.#underWay === 0) this.#onSettled();
    }
  }
}
