import { type PayloadBlock, type PayloadList, payloadCount } from '../engine/payload.ts';
import { invalidArgumentType, invalidArgumentValue, outOfRange } from '../errors/arguments.ts';
import { alreadyConnected } from '../errors/socket.ts';
import type { SendManyCallback } from '../types/index.ts';
import { EXPECTED_MESSAGE } from './send-arguments.ts';
import { validateNumber, validatePort } from './validation.ts';
import { viewBytes } from './view-bytes.ts';

/** In bytes (RFC 768: a 16-bit length that counts the header of 8 bytes). */
const LONGEST_PAYLOAD = 0xffff - 8;

/** Where a datagram goes; without a host, to this machine. */
export interface Destination {
  readonly port: number;
  readonly host: string | undefined;
}

/** What a call of `sendMany` asks for, whichever of its forms was used. */
export interface SendManyArguments {
  /** Datagrams. */
  readonly count: number;
  /** One for each datagram; where they are spread, there may be one for all. */
  readonly payloads: PayloadList;
  /** Whether each datagram has a destination of its own. */
  readonly spread: boolean;
  /** One for each datagram if they are spread; else one for all, or none on a connected socket. */
  readonly destinations: readonly Destination[];
  readonly callback: SendManyCallback | undefined;
}

/**
 * Reads `sendMany(payloads, port[, address][, callback])`, `sendMany(payloads, destinations[, callback])`, and
 * `sendMany(payloads[, callback])` on a connected socket. All is checked before anything is sent.
 */
export function readSendMany(
  connected: boolean,
  payloads: unknown,
  target: unknown,
  address: unknown,
  callback: unknown,
): SendManyArguments {
  if (connected) return readToPeer(payloads, target, address);
  if (Array.isArray(target)) return readToEach(payloads, target, address);
  return readToOne(payloads, target, address, callback);
}

function readToPeer(given: unknown, callback: unknown, address: unknown): SendManyArguments {
  if (address || (callback && typeof callback !== 'function')) throw alreadyConnected();
  const payloads = readPayloads(given);
  return {
    count: payloadCount(payloads),
    payloads,
    spread: false,
    destinations: [],
    callback: callbackOf(callback),
  };
}

function readToOne(
  given: unknown,
  port: unknown,
  address: unknown,
  callback: unknown,
): SendManyArguments {
  const early = typeof address === 'function';
  const destination = readDestination(port, early ? undefined : address);
  const payloads = readPayloads(given);
  return {
    count: payloadCount(payloads),
    payloads,
    spread: false,
    destinations: [destination],
    callback: callbackOf(early ? address : callback),
  };
}

function readToEach(given: unknown, targets: unknown[], callback: unknown): SendManyArguments {
  const single = payloadOf(given);
  const payloads = single === undefined ? readPayloads(given) : [single];
  const count = targets.length;
  const destinations: Destination[] = [];
  // Unlike map(), this reads the holes of a sparse array, too.
  for (let place = 0; place < count; place += 1)
    destinations.push(readTarget(targets[place], place));
  if (single === undefined && payloadCount(payloads) !== count) {
    const reason = `must be as many as there are payloads (${payloadCount(payloads)})`;
    throw invalidArgumentValue('destinations.length', count, reason);
  }
  return { count, payloads, spread: true, destinations, callback: callbackOf(callback) };
}

function readTarget(target: unknown, place: number): Destination {
  if (!isTarget(target)) {
    throw invalidArgumentType(`destinations[${place}]`, 'of type object', target);
  }
  return readDestination(target.port, target.address, place);
}

function isTarget(
  value: unknown,
): value is { readonly port?: unknown; readonly address?: unknown } {
  return typeof value === 'object' && value !== null;
}

/** `place` is that among the destinations; there is none where one stands for all. */
function readDestination(port: unknown, address: unknown, place?: number): Destination {
  const valid = validatePort(port, 'Port', false);
  if (address === undefined || address === null) return { port: valid, host: undefined };
  if (typeof address === 'string') return { port: valid, host: address };
  // The name is put together only here: there may be a thousand destinations.
  const name = place === undefined ? 'address' : `destinations[${place}].address`;
  throw invalidArgumentType(name, 'of type string', address);
}

/** A block, or an array, of which each element is read once: reading it may run code of the program. */
function readPayloads(given: unknown): PayloadList {
  if (!Array.isArray(given)) return readBlock(given);
  const payloads: (string | Uint8Array)[] = [];
  for (let place = 0; place < given.length; place += 1)
    payloads.push(readElement(given[place], place));
  return payloads;
}

function readElement(element: unknown, place: number): string | Uint8Array {
  const payload = payloadOf(element);
  if (payload !== undefined) return payload;
  throw invalidArgumentType(`payloads[${place}]`, EXPECTED_MESSAGE, element);
}

function readBlock(given: unknown): PayloadBlock {
  const bytes: unknown = Reflect.get(Object(given), 'bytes');
  if (!ArrayBuffer.isView(bytes)) {
    throw invalidArgumentType('payloads', 'an instance of Array or an object with bytes', given);
  }
  const segmentSize: unknown = Reflect.get(Object(given), 'segmentSize');
  validateNumber(segmentSize, 'payloads.segmentSize');
  if (!Number.isInteger(segmentSize) || segmentSize < 1 || segmentSize > LONGEST_PAYLOAD) {
    throw outOfRange(
      'payloads.segmentSize',
      `an integer >= 1 && <= ${LONGEST_PAYLOAD}`,
      segmentSize,
    );
  }
  return { bytes: viewBytes(bytes), segmentSize };
}

/** What is a payload by itself. */
function payloadOf(value: unknown): string | Uint8Array | undefined {
  if (typeof value === 'string') return value;
  return ArrayBuffer.isView(value) ? viewBytes(value) : undefined;
}

function callbackOf(value: unknown): SendManyCallback | undefined {
  return isCallback(value) ? value : undefined;
}

function isCallback(value: unknown): value is SendManyCallback {
  return typeof value === 'function';
}
