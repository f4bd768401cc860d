/** `sendMany`: many datagrams in one call, Volley's own. */
import type { Address, Handle } from '../driver.ts';
import { payloadAt, payloadCount, payloadLength } from '../engine/payload.ts';
import type { SendQueue } from '../engine/send-queue.ts';
import { endpointError } from '../errors/system.ts';
import { sendRefusal } from './block-list.ts';
import { loopbackAddress } from './lookup.ts';
import { requireNetwork } from './permission.ts';
import { type Destination, readSendMany, type SendManyArguments } from './send-many-arguments.ts';
import { VolleyReport } from './send-many-report.ts';
import { kState, openHandle, type SocketState, type StatefulSocket, sendQueueOf } from './state.ts';
import { bindSync } from './synchronous.ts';
import { whenListening } from './waiting.ts';

/** A call on its way into the send queue. */
interface Volley {
  readonly state: SocketState;
  readonly handle: Handle;
  readonly queue: SendQueue;
  readonly given: SendManyArguments;
  readonly report: VolleyReport | undefined;
}

/** `sendMany` in all its forms. Returns how many datagrams were accepted: so many of the first ones. */
export function sendMany(
  socket: StatefulSocket,
  payloads: unknown,
  target: unknown,
  address: unknown,
  callback: unknown,
): number {
  const state = socket[kState];
  const connected = state.connection === 'connected';
  const given = readSendMany(connected, payloads, target, address, callback);
  const handle = openHandle(state);
  requireNetwork('');
  const queue = sendQueueOf(state);
  const { callback: told, destinations } = given;
  const report = told && new VolleyReport(queue, told, destinations);
  const accepted = becomesBound(socket) ? push({ state, handle, queue, given, report }) : 0;
  report?.makeSoon(accepted);
  return accepted;
}

/** Binds where needed. A socket that is just being bound takes nothing yet, and tells when it does. */
function becomesBound(socket: StatefulSocket): boolean {
  const { binding } = socket[kState];
  if (binding === 'unbound') bindSync(socket, {});
  else if (binding === 'binding') whenListening(socket, () => process.nextTick(emitDrain, socket));
  return binding !== 'binding';
}

/** In a tick of its own: a listener that throws must not keep other calls from their turn. */
function emitDrain(socket: StatefulSocket): void {
  if (socket[kState].handle) socket.emit('drain');
}

/** Puts datagrams into the send queue until it is full and the system takes no more. Returns how many. */
function push(volley: Volley): number {
  const { queue, given } = volley;
  const pushSome = given.spread ? pushOne : pushRun;
  let place = 0;
  while (place < given.count) {
    if (queue.full) queue.flush();
    if (queue.full) break;
    place += pushSome(volley, place);
  }
  return place;
}

/** Pushes, of datagrams that have one destination, as many as a slab has room for. */
function pushRun(volley: Volley, place: number): number {
  const { payloads, destinations } = volley.given;
  const destination = destinations[0];
  const address = destination && findAddress(volley, destination, place);
  if (address === null) return 1;
  const port = destination?.port ?? 0;
  return volley.queue.pushList(payloads, place, address, port, volley.report !== undefined);
}

/** Pushes a datagram that has a destination of its own. */
function pushOne(volley: Volley, place: number): number {
  const { payloads, destinations } = volley.given;
  const destination = destinations[place] ?? { port: 0, host: undefined };
  const address = findAddress(volley, destination, place);
  if (address === null) return 1;
  const payload = payloadAt(payloads, payloadCount(payloads) === 1 ? 0 : place);
  const size = payloadLength(payload);
  volley.queue.push(payload, size, address, destination.port, volley.report !== undefined);
  return 1;
}

/** The address of a destination; `null` where nothing can be sent there, which is reported. */
function findAddress(
  { state, handle, report }: Volley,
  { host, port }: Destination,
  place: number,
): Address | null {
  const text = host || loopbackAddress(state);
  const address = handle.parseAddress(text);
  if (typeof address === 'number') {
    report?.refuse(place, endpointError(address, 'send', text, port));
    return null;
  }
  const blocked = sendRefusal(state.settings, address.text);
  if (!blocked) return address;
  report?.refuse(place, blocked);
  return null;
}
