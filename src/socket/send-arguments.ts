import { type DatagramBytes, payloadLength } from '../engine/payload.ts';
import { bufferOutOfBounds, invalidArgumentType } from '../errors/arguments.ts';
import { alreadyConnected } from '../errors/socket.ts';
import type { SendCallback } from '../types/index.ts';
import { toUint32, validatePort, validateString } from './validation.ts';
import { viewBytes } from './view-bytes.ts';

/** What a call of `send` asks for, whichever of its forms was used. */
export interface SendArguments {
  readonly payload: DatagramBytes;
  /** Payload length in bytes. */
  readonly size: number;
  /** 0 on a connected socket. */
  readonly port: number;
  /** As the program wrote it; `undefined` where it named none. */
  readonly host: string | undefined;
  readonly callback: SendCallback | undefined;
}

/** What a payload has to be, as errors put it. */
export const EXPECTED_MESSAGE: string =
  'of type string or an instance of Buffer, TypedArray, or DataView';

/**
 * Reads `send(message[, offset, length][, port][, address][, callback])` on an unconnected socket.
 * An address or a port in their places behind offset and length tell that these are meant.
 */
export function readUnconnected(
  message: unknown,
  offset: unknown,
  length: unknown,
  port: unknown,
  address: unknown,
  callback: unknown,
): SendArguments {
  const sliced = Boolean(address) || (Boolean(port) && typeof port !== 'function');
  const payload = sliced ? slicePayload(message, offset, length) : wholePayload(message);
  return sliced
    ? readDestination(payload, port, address, callback)
    : readDestination(payload, offset, length, port);
}

function readDestination(
  payload: DatagramBytes,
  port: unknown,
  address: unknown,
  callback: unknown,
): SendArguments {
  const validPort = validatePort(port, 'Port', false);
  const early = typeof address === 'function';
  const host = early ? undefined : address;
  if (host !== undefined && host !== null) validateString(host, 'address');
  return {
    payload,
    size: payloadLength(payload),
    port: validPort,
    host: host ?? undefined,
    callback: functionOrNone(early ? address : callback),
  };
}

/** Reads `send(message[, offset, length][, callback])` on a connected socket; a callback in its place of the longest form counts too. */
export function readConnected(
  message: unknown,
  offset: unknown,
  length: unknown,
  port: unknown,
  address: unknown,
  callback: unknown,
): SendArguments {
  const sliced = typeof length === 'number';
  const slice = sliced ? slicePayload(message, offset, length) : undefined;
  const early = sliced && typeof port === 'function';
  if ((port && !early) || address) throw alreadyConnected();
  const payload = slice ?? wholePayload(message);
  if (address !== undefined && address !== null) validateString(address, 'address');
  return {
    payload,
    size: payloadLength(payload),
    port: 0,
    host: undefined,
    callback: functionOrNone(early ? port : sliced ? callback : offset),
  };
}

function functionOrNone(value: unknown): SendCallback | undefined {
  return isCallback(value) ? value : undefined;
}

function isCallback(value: unknown): value is SendCallback {
  return typeof value === 'function';
}

/** `length` bytes of `message` from `offset` on. Both are taken as numbers, whatever they are. */
function slicePayload(message: unknown, offset: unknown, length: unknown): Uint8Array {
  if (typeof message !== 'string' && !ArrayBuffer.isView(message)) {
    throw invalidArgumentType('buffer', EXPECTED_MESSAGE, message);
  }
  const view = typeof message === 'string' ? Buffer.from(message) : message;
  const start = toUint32(offset);
  const size = toUint32(length);
  if (start > view.byteLength) throw bufferOutOfBounds('offset');
  if (start + size > view.byteLength) throw bufferOutOfBounds('length');
  return Buffer.from(view.buffer, view.byteOffset + start, size);
}

/** A whole message: text, a view, or an array of both. */
function wholePayload(message: unknown): DatagramBytes {
  if (typeof message === 'string') return message;
  if (ArrayBuffer.isView(message)) return viewBytes(message);
  if (!Array.isArray(message)) throw invalidArgumentType('buffer', EXPECTED_MESSAGE, message);
  const parts: Uint8Array[] = [];
  // Unlike map(), this reads the holes of a sparse array, too.
  for (let place = 0; place < message.length; place += 1)
    parts.push(readPart(message[place], message));
  return parts;
}

function readPart(part: unknown, list: unknown[]): Uint8Array {
  if (typeof part === 'string') return Buffer.from(part);
  if (ArrayBuffer.isView(part)) {
    if (Buffer.isBuffer(part)) return viewBytes(part);
    // As in node:dgram: of what a detached ArrayBuffer leaves of other views, this makes an error.
    return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  }
  throw invalidArgumentType('buffer list arguments', EXPECTED_MESSAGE, list);
}
