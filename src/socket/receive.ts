import type { HandleEvents, ReceivedBatch } from '../driver.ts';
import { systemCallError } from '../errors/system.ts';
import { isBlocked } from './block-list.ts';
import { closeAlong } from './close.ts';
import { kState, type StatefulSocket } from './state.ts';

/** Turns what a driver reports into the events of a socket. */
export class SocketEvents implements HandleEvents {
  readonly #socket: StatefulSocket;
  #batch: ReceivedBatch | undefined;

  /** The socket gets its state when its handle is open; events come later than that. */
  constructor(socket: StatefulSocket) {
    this.#socket = socket;
  }

  received(batch: ReceivedBatch): number {
    this.#batch = batch;
    return batch.count;
  }

  deliver(index: number): boolean {
    const batch = this.#batch;
    if (!batch) return false;
    const address = batch.address(index);
    const state = this.#socket[kState];
    const { receiveBlockList } = state.settings;
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
    this.#socket[kState].sendQueue.resume();
  }

  closed(): void {
    closeAlong(this.#socket);
  }
}
