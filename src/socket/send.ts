import { isIP } from 'node:net';
import type { Address } from '../driver.ts';
import { copyPayload, type DatagramBytes } from '../engine/payload.ts';
import type { SendQueue } from '../engine/send-queue.ts';
import { alreadyConnected } from '../errors/socket.ts';
import { endpointError, errnoOf } from '../errors/system.ts';
import type { SendCallback } from '../types/index.ts';
import { bindImplicitly } from './bind.ts';
import { sendRefusal } from './block-list.ts';
import { loopbackAddress, resolve } from './lookup.ts';
import { requireNetwork } from './permission.ts';
import { readConnected, readUnconnected, type SendArguments } from './send-arguments.ts';
import {
  kState,
  openHandle,
  type SocketState,
  type StatefulSocket,
  sendQueueOf,
  uncheckedHandle,
} from './state.ts';
import { whenListening } from './waiting.ts';

/** `send` in all its forms. */
export function send(
  socket: StatefulSocket,
  message: unknown,
  offset: unknown,
  length: unknown,
  port: unknown,
  address: unknown,
  callback: unknown,
): void {
  const state = socket[kState];
  const request =
    state.connection === 'connected'
      ? readConnected(message, offset, length, port, address, callback)
      : readUnconnected(message, offset, length, port, address, callback);
  openHandle(state);
  bindImplicitly(socket);
  if (state.binding === 'bound') {
    sendNow(socket, request);
    return;
  }
  const owned = { ...request, payload: copyPayload(request.payload) };
  whenListening(socket, () => sendLate(socket, owned));
}

/**
 * What waited for the socket to be bound, which may be connected by now. As in node:dgram the call is read anew then: a
 * callback in its place is one argument too many, and without one the datagram goes to the peer.
 */
function sendLate(socket: StatefulSocket, request: SendArguments): void {
  const state = socket[kState];
  const connected = openHandle(state) && state.connection === 'connected';
  if (connected && request.callback) throw alreadyConnected();
  sendNow(socket, connected ? { ...request, port: 0, host: undefined } : request);
}

function sendNow(socket: StatefulSocket, request: SendArguments): void {
  const state = socket[kState];
  // A listener of 'listening' may have closed the socket.
  const handle = uncheckedHandle(state, 'lookup');
  if (request.port === 0) {
    push(state, request.payload, undefined, request);
    return;
  }
  const host = request.host || loopbackAddress(state);
  if (state.settings.looksUpNumbers) {
    sendResolved(socket, host, request);
    return;
  }
  const address = handle.parseAddress(host);
  if (typeof address === 'object') sendTo(socket, request.payload, address, request);
  else if (isIP(host) === 0) sendResolved(socket, host, request);
  else reportUnsendable(request, address);
}

/** Sends to a host that has to be looked up first. */
function sendResolved(socket: StatefulSocket, host: string, request: SendArguments): void {
  const payload = copyPayload(request.payload);
  resolve(socket[kState], host, (error, text) => {
    const handle = socket[kState].handle;
    if (error) {
      if (request.callback) reportToCallback(request.callback, error);
      else process.nextTick(() => socket.emit('error', error));
      return;
    }
    // As in node:dgram, closing the socket drops what is still being resolved.
    if (!handle) return;
    const address = handle.parseAddress(text, true);
    if (typeof address === 'object') sendTo(socket, payload, address, request);
    else reportUnsendable(request, address);
  });
}

function sendTo(
  socket: StatefulSocket,
  payload: DatagramBytes,
  address: Address,
  request: SendArguments,
): void {
  const state = socket[kState];
  const blocked = sendRefusal(state.settings, address.text);
  if (blocked) reportToCallback(request.callback, blocked);
  // A peer was set in the meantime, and a datagram for a peer has no other address.
  else if (state.connection === 'connected') reportUnsendable(request, errnoOf('EISCONN'));
  else push(state, payload, address, request);
}

function push(
  state: SocketState,
  payload: DatagramBytes,
  address: Address | undefined,
  request: SendArguments,
): void {
  requireNetwork('');
  const { size, port, callback } = request;
  const queue = sendQueueOf(state);
  const number = queue.push(payload, size, address, port, callback !== undefined);
  if (callback) process.nextTick(report, queue, number, callback, request);
}

/** Tells the sender of datagram `number` what became of it, now or as soon as that is known. */
function report(
  queue: SendQueue,
  number: number,
  callback: SendCallback,
  request: SendArguments,
): void {
  if (queue.settles(number)) tell(queue, number, callback, request);
  else queue.tellLater(number, () => tell(queue, number, callback, request));
}

function tell(
  queue: SendQueue,
  number: number,
  callback: SendCallback,
  { size, host, port }: SendArguments,
): void {
  const outcome = queue.outcome(number);
  if (outcome === 0) callback(null, size);
  // As in node:dgram, a failure comes without a number of bytes.
  else Reflect.apply(callback, undefined, [endpointError(outcome, 'send', host, port)]);
}

/** An address that the system would refuse. */
function reportUnsendable({ callback, host, port }: SendArguments, errno: number): void {
  reportToCallback(callback, endpointError(errno, 'send', host, port));
}

/** Without a callback, what keeps a datagram from being sent is not told, as in `node:dgram`. */
function reportToCallback(callback: SendCallback | undefined, error: Error): void {
  if (callback) process.nextTick(() => Reflect.apply(callback, undefined, [error]));
}
