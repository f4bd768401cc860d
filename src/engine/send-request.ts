import { AsyncResource } from 'node:async_hooks';
import { endpointError } from '../errors/system.ts';
import type { SendCallback } from '../types.ts';

/** What became of a datagram: not known yet, sent (0), or a negative errno. */
type Outcome = number | undefined;

/** A datagram whose sender wants to know what becomes of it. */
export class SendRequest {
  readonly #callback: SendCallback;
  readonly #size: number;
  readonly #host: string | undefined;
  readonly #port: number;
  #outcome: Outcome;
  #context: AsyncResource | undefined;

  /**
   * @param size Payload length in bytes.
   * @param host What the program called the destination; `undefined` where it named none.
   */
  constructor(callback: SendCallback, size: number, host: string | undefined, port: number) {
    this.#callback = callback;
    this.#size = size;
    this.#host = host;
    this.#port = port;
  }

  get settled(): boolean {
    return this.#outcome !== undefined;
  }

  /** Whether the request has outlived the tick of its `send`, see {@link park}. */
  get parked(): boolean {
    return this.#context !== undefined;
  }

  /** Notes what became of the datagram: 0 or a negative errno. */
  settle(outcome: number): void {
    this.#outcome = outcome;
  }

  /**
   * Keeps the current async context for a callback that comes later. The name is the one that
   * `node:dgram` shows in `async_hooks` for a send that could not be done at once.
   */
  park(): void {
    this.#context = new AsyncResource('UDPSENDWRAP');
  }

  /** Tells the sender. A parked request does so in the async context it was parked in. */
  report(): void {
    if (this.#context) this.#context.runInAsyncScope(this.#call, this);
    else this.#call();
  }

  #call(): void {
    const callback = this.#callback;
    if (this.#outcome === 0) {
      callback(null, this.#size);
    } else {
      const error = endpointError(this.#outcome ?? 0, 'send', this.#host, this.#port);
      // As in node:dgram, a failure comes without a number of bytes.
      Reflect.apply(callback, undefined, [error]);
    }
  }
}
