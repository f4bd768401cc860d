/** Checks of single arguments. Each throws what `node:dgram` throws. */

import { badPort, invalidArgumentType, outOfRange } from '../errors/arguments.ts';
import { badBufferSize } from '../errors/socket.ts';

const HIGHEST_PORT = 0xffff;
const HIGHEST_UINT32 = 0xffff_ffff;

/** Returns the port as a number; text like `'53'` or `'0x35'` counts. */
export function validatePort(value: unknown, name: string, allowZero: boolean): number {
  const port = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  const valid =
    typeof port === 'number' &&
    Number.isInteger(port) &&
    port >= 0 &&
    port <= HIGHEST_PORT &&
    (port !== 0 || allowZero);
  if (!valid) throw badPort(name, value, allowZero);
  return port;
}

/** Whether something can be called when an event comes, whatever it makes of its arguments. */
export function isListener(value: unknown): value is (...args: unknown[]) => void {
  return typeof value === 'function';
}

export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidArgumentType(name, 'of type string', value);
}

export function validateNumber(value: unknown, name: string): asserts value is number {
  if (typeof value !== 'number') throw invalidArgumentType(name, 'of type number', value);
}

export function validateUint32(value: unknown, name: string): asserts value is number {
  validateNumber(value, name);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < 0 || value > HIGHEST_UINT32) {
    throw outOfRange(name, `>= 0 && <= ${HIGHEST_UINT32}`, value);
  }
}

/** Whatever has a value as a number is asked for it, as `>>>` would: what has none, like a bigint, makes a TypeError. */
export function toUint32(value: unknown): number {
  return Number(Reflect.apply(Math.trunc, undefined, [value])) >>> 0;
}

export function validateBufferSize(value: unknown): asserts value is number {
  if (toUint32(value) !== value) throw badBufferSize();
}
