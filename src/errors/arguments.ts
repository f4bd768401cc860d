/** Errors for arguments that are wrong, in Node's words. */
import { inspect } from 'node:util';
import { type CodedError, codedError } from './coded.ts';

/** The longest value that a message shows whole, in characters. */
const LONGEST_VALUE = 28;
const SHORTENED_VALUE = 25;

/** "argument" or "property", as the name tells: `options.port` is a property. */
function kindOf(name: string): string {
  return name.includes('.') ? 'property' : 'argument';
}

/** The end of a message: what was received instead. */
export function received(value: unknown): string {
  if (value === null || value === undefined) return `Received ${value}`;
  if (typeof value === 'function') return `Received function ${value.name}`;
  if (typeof value === 'object') {
    const name: unknown = value.constructor?.name;
    return name ? `Received an instance of ${name}` : `Received ${inspect(value, { depth: -1 })}`;
  }
  const shown = inspect(value, { colors: false });
  const short = shown.length > LONGEST_VALUE ? shortened(value, shown) : shown;
  return `Received type ${typeof value} (${short})`;
}

function shortened(value: unknown, shown: string): string {
  return typeof value === 'string'
    ? inspect(`${value.slice(0, SHORTENED_VALUE)}...`, { colors: false })
    : `${shown.slice(0, SHORTENED_VALUE)}...`;
}

/** `expected` reads on from "must be", for example "of type string". */
export function invalidArgumentType(name: string, expected: string, value: unknown): CodedError {
  const message = `The "${name}" ${kindOf(name)} must be ${expected}. ${received(value)}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

/** `reason` reads on from the name, for example "must be a numeric IP address". */
export function invalidArgumentValue(name: string, value: unknown, reason: string): CodedError {
  const message = `The ${kindOf(name)} '${name}' ${reason}. Received ${inspect(value)}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}

export function outOfRange(name: string, range: string, value: number): CodedError {
  const shown =
    Number.isInteger(value) && Math.abs(value) > 2 ** 32 ? groupDigits(String(value)) : `${value}`;
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${shown}`;
  return codedError(RangeError, 'ERR_OUT_OF_RANGE', message);
}

/** `8589934592` → `8_589_934_592`. */
function groupDigits(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, '_');
}

export function missingArgument(name: string): CodedError {
  return codedError(TypeError, 'ERR_MISSING_ARGS', `The "${name}" argument must be specified`);
}

export function bufferOutOfBounds(name: 'offset' | 'length'): CodedError {
  const message = `"${name}" is outside of buffer bounds`;
  return codedError(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', message);
}

export function badPort(name: string, value: unknown, allowZero: boolean): CodedError {
  const range = `${allowZero ? '>=' : '>'} 0 and < 65536`;
  const message = `${name} should be ${range}. ${received(value)}.`;
  return codedError(RangeError, 'ERR_SOCKET_BAD_PORT', message);
}
