import type { BlockList } from 'node:net';
import type { HandleEvents, ReceivedBatch } from '../driver.ts';
import { holdFlushes, releaseFlushes } from '../engine/flush.ts';
import { systemCallError } from '../errors/system.ts';
import { isBlocked } from './block-list.ts';
import { closeAlong } from './close.ts';
import { Messages } from './messages.ts';
import { kState, type StatefulSocket } from './state.ts';

/** Turns what a driver and the send queue report into the events of a socket. */
export class SocketEvents implements HandleEvents {
  readonly #socket: StatefulSocket;
  readonly #blockList: BlockList | undefined;
  #batch: ReceivedBatch | undefined;
  /** The deliveries of the batch, and those that were made. */
  #deliveries = 0;
  #delivered = 0;
  /** How many of the deliveries are the whole batch: 1, before those of single datagrams, or 0. */
  #whole = 0;

  /** The socket gets its state when its handle is open; events come later than that. */
  constructor(socket: StatefulSocket, blockList: BlockList | undefined) {
    this.#socket = socket;
    this.#blockList = blockList;
  }

  received(batch: ReceivedBatch): number {
    this.#batch = batch;
    this.#delivered = 0;
    this.#whole = 0;
    this.#deliveries = batch.count;
    if (this.#socket.listenerCount('messages') > 0) {
      this.#whole = 1;
      // Without listeners nobody is there to be told of single ones; 'message' costs nothing then.
      this.#deliveries = this.#socket.listenerCount('message') > 0 ? batch.count + 1 : 1;
    }
    return this.#deliveries;
  }

  deliver(): void {
    const batch = this.#batch;
    if (!batch) return;
    const index = this.#delivered++;
    const last = index === this.#deliveries - 1;
    if (last) this.#batch = undefined;
    holdFlushes();
    try {
      if (index < this.#whole) this.#emitWhole(batch);
      else this.#emitOne(batch, index - this.#whole);
    } finally {
      if (last) releaseFlushes();
    }
  }

  #emitWhole(batch: ReceivedBatch): void {
    const messages = Messages.allowed(batch, this.#blockList);
    if (messages.length > 0) this.#socket.emit('messages', messages);
  }

  #emitOne(batch: ReceivedBatch, index: number): void {
    const address = batch.address(index);
    if (this.#blockList && isBlocked(this.#blockList, address)) return;
    const payload = batch.payload(index);
    const family = batch.family(index);
    const port = batch.port(index);
    this.#socket.emit('message', payload, { address, family, port, size: payload.length });
  }

  flush(): void {
    releaseFlushes();
  }

  receiveFailed(errno: number): void {
    this.#socket.emit('error', systemCallError(errno, 'recvmsg'));
  }

  writable(): void {
    this.#socket[kState].sendQueue?.resume();
  }

  /** The send queue was full and is empty again. */
  drained(): void {
    if (this.#socket[kState].handle) this.#socket.emit('drain');
  }

  closed(): void {
    closeAlong(this.#socket);
  }
}
