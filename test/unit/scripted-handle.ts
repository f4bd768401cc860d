import {
  type Address,
  type Endpoint,
  type Handle,
  type SendBatch,
  WOULD_BLOCK,
} from '#volley/driver.js';

/**
 * A handle whose `send` answers as it is told, and keeps what was sent. The rest of a handle is of
 * no use to the send queue and fails.
 */
export class ScriptedHandle implements Handle {
  /** Payloads in the order in which they left. */
  readonly sent: string[] = [];
  /** Where each of them went. */
  readonly destinations: string[] = [];
  /** How many datagrams each successful call took. */
  readonly batches: number[] = [];
  /** How often it was asked to send. */
  offers = 0;
  /** Datagrams the system takes before it says that it would block. */
  room: number = Number.POSITIVE_INFINITY;
  /** Errnos by payload: such a datagram fails, once. */
  readonly failures = new Map<string, number>();

  send(batch: SendBatch): number {
    this.offers += 1;
    let count = 0;
    for (let index = batch.first; index < batch.count; index += 1) {
      const text = Buffer.from(
        batch.bytes.subarray(batch.offsets[index], batch.offsets[index + 1]),
      ).toString();
      const failure = this.failures.get(text);
      if (failure !== undefined) {
        if (count > 0) break;
        this.failures.delete(text);
        return failure;
      }
      if (this.room === 0) break;
      this.room -= 1;
      this.sent.push(text);
      this.destinations.push(`${batch.addresses[index]?.text ?? 'peer'}:${batch.ports[index]}`);
      count += 1;
    }
    if (count === 0) return WOULD_BLOCK;
    this.batches.push(count);
    return count;
  }

  bind(): number {
    return this.#unused();
  }
  adopt(): number {
    return this.#unused();
  }
  adoptNative(): number {
    return this.#unused();
  }
  nativeHandle(): number {
    return this.#unused();
  }
  descriptor(): number {
    return this.#unused();
  }
  connect(): void {
    this.#unused();
  }
  disconnect(): number {
    return this.#unused();
  }
  localAddress(): Endpoint | number {
    return this.#unused();
  }
  remoteAddress(): Endpoint | number {
    return this.#unused();
  }
  startReceiving(): number {
    return this.#unused();
  }
  stopReceiving(): void {
    this.#unused();
  }
  parseAddress(): Address | number {
    return this.#unused();
  }
  setOption(): number {
    return this.#unused();
  }
  getOption(): number {
    return this.#unused();
  }
  dropCount(): number {
    return this.#unused();
  }
  setMulticastInterface(): number {
    return this.#unused();
  }
  setMembership(): number {
    return this.#unused();
  }
  ref(): void {
    this.#unused();
  }
  unref(): void {
    this.#unused();
  }
  hasRef(): boolean {
    return this.#unused();
  }
  close(): boolean {
    return this.#unused();
  }

  #unused(): never {
    throw new Error('the send queue has no business with this');
  }
}
