import type { EventEmitter } from 'node:events';
import type { HandleEvents, ReceivedBatch } from '../driver.ts';
import { systemCallError } from '../errors/system.ts';
import { isBlocked } from './block-list.ts';
import { closeAlong } from './close.ts';
import { isStateful, type SocketState } from './state.ts';

/** Turns what a driver reports into the events of a socket. */
export class SocketEvents implements HandleEvents {
  readonly #socket: EventEmitter;
  readonly #state: () => SocketState;
  #batch: ReceivedBatch | undefined;

  /** `state` is asked for with each event, since the socket gets it only when its handle is open. */
  constructor(socket: EventEmitter, state: () => SocketState) {
    this.#socket = socket;
    this.#state = state;
  }

  received(batch: ReceivedBatch): number {
    this.#batch = batch;
    return batch.count;
  }

  deliver(index: number): boolean {
    const batch = this.#batch;
    if (!batch) return false;
    const address = batch.address(index);
    const state = this.#state();
    const { receiveBlockList } = state;
    if (!receiveBlockList || !isBlocked(receiveBlockList, address)) {
      const payload = batch.payload(index);
      const family = batch.family(index);
      const port = batch.port(index);
      this.#socket.emit('message', payload, { address, family, port, size: payload.byteLength });
    }
    return state.handle !== undefined;
  }

  receiveFailed(errno: number): void {
    this.#socket.emit('error', systemCallError(errno, 'recvmsg'));
  }

  writable(): void {
    this.#state().sendQueue.unblock();
  }

  closed(): void {
    if (isStateful(this.#socket)) closeAlong(this.#socket);
  }
}
