import type { SendQueue } from '../engine/send-queue.ts';
import { codedError } from '../errors/coded.ts';
import { endpointError } from '../errors/system.ts';
import type { SendManyCallback, SendManyError, SendManyFailure } from '../types/index.ts';
import type { SendManyArguments } from './send-many-arguments.ts';

/** Tells the sender of a `sendMany` once what became of all its datagrams. */
export class VolleyReport {
  readonly #queue: SendQueue;
  readonly #callback: SendManyCallback;
  readonly #destinations: SendManyArguments['destinations'];
  /** The number in the queue of the first datagram. */
  readonly #first: number;
  /** Why datagrams were not even pushed, by their places. */
  readonly #refused = new Map<number, Error>();
  #accepted = 0;

  /** Made before anything is pushed. */
  constructor(
    queue: SendQueue,
    callback: SendManyCallback,
    destinations: SendManyArguments['destinations'],
  ) {
    this.#queue = queue;
    this.#callback = callback;
    this.#destinations = destinations;
    this.#first = queue.next;
  }

  /** Notes that the datagram at `place` is not pushed. */
  refuse(place: number, error: Error): void {
    this.#refused.set(place, error);
  }

  /** Tells, in a later tick, of the `accepted` datagrams. */
  makeSoon(accepted: number): void {
    this.#accepted = accepted;
    process.nextTick(make, this, this.#queue, this.#queue.next - 1);
  }

  tell(): void {
    const failures = this.#failures();
    const error = failures.length === 0 ? null : notSent(failures, this.#accepted);
    this.#callback(error, this.#accepted - failures.length);
  }

  #failures(): SendManyFailure[] {
    const failures: SendManyFailure[] = [];
    if (this.#refused.size === 0 && !this.#queue.hasFailures) return failures;
    let number = this.#first;
    for (let place = 0; place < this.#accepted; place += 1) {
      const error = this.#refused.get(place) ?? this.#failure(number++, place);
      if (error) failures.push(Object.assign(error, { index: place }));
    }
    return failures;
  }

  /** Why datagram `number` failed, if it did. */
  #failure(number: number, place: number): Error | undefined {
    const outcome = this.#queue.outcome(number);
    if (outcome === 0) return undefined;
    const destination = this.#destinations[place] ?? this.#destinations[0];
    return endpointError(outcome, 'send', destination?.host, destination?.port);
  }
}

/** Makes a report now, or as soon as it is known what became of datagram `last`. */
function make(report: VolleyReport, queue: SendQueue, last: number): void {
  if (queue.settles(last)) report.tell();
  else queue.tellLater(last, () => report.tell());
}

function notSent(failures: readonly SendManyFailure[], accepted: number): SendManyError {
  const message = `${failures.length} of ${accepted} datagrams were not sent. The first of them: ${failures[0]?.message}`;
  const code = 'ERR_VOLLEY_NOT_SENT';
  return Object.assign(codedError(Error, code, message), { code, errors: failures } as const);
}
