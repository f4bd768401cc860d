import { type DatagramBytes, payloadLength } from '../engine/payload.ts';
import { bufferOutOfBounds, invalidArgumentType } from '../errors/arguments.ts';
import { alreadyConnected } from '../errors/socket.ts';
import type { SendCallback } from '../types/index.ts';
import { validatePort, validateString } from './validation.ts';

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
  if (address !== undefined && address !== null) validateString(address, 'address');
  const payload = slice ?? wholePayload(message);
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

/** The bytes of a view, without copying. */
export function viewBytes(view: ArrayBufferView): Uint8Array {
  return view instanceof Uint8Array
    ? view
    : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** `length` bytes of `message` from `offset` on. Both are taken as numbers, whatever they are. */
function slicePayload(message: unknown, offset: unknown, length: unknown): Uint8Array {
  if (typeof message !== 'string' && !ArrayBuffer.isView(message)) {
    throw invalidArgumentType('buffer', EXPECTED_MESSAGE, message);
  }
  const bytes = typeof message === 'string' ? Buffer.from(message) : viewBytes(message);
  const start = Number(offset) >>> 0;
  const size = Number(length) >>> 0;
  if (start > bytes.byteLength) throw bufferOutOfBounds('offset');
  if (start + size > bytes.byteLength) throw bufferOutOfBounds('length');
  return bytes.subarray(start, start + size);
}

/** A whole message: text, a view, or an array of both. */
function wholePayload(message: unknown): DatagramBytes {
  if (typeof message === 'string') return message;
  if (ArrayBuffer.isView(message)) return viewBytes(message);
  if (!Array.isArray(message)) throw invalidArgumentType('buffer', EXPECTED_MESSAGE, message);
  return message.map((part: unknown) => {
    if (typeof part === 'string') return Buffer.from(part);
    if (ArrayBuffer.isView(part)) return viewBytes(part);
    throw invalidArgumentType('buffer list arguments', EXPECTED_MESSAGE, message);
  });
}
