/** Errors for arguments that are wrong, in Node's words. */
import { inspect } from 'node:util';
import { type CodedError, codedError } from './coded.ts';

/** The longest text that a message shows whole, in characters. */
const LONGEST_TEXT = 28;
const SHORTENED_TEXT = 25;

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
    const named = typeof name === 'string' && name !== '';
    return named ? `Received an instance of ${name}` : `Received ${inspect(value, { depth: -1 })}`;
  }
  const shown =
    typeof value === 'string' ? quoted(value) : inspect(value, { numericSeparator: false });
  return `Received type ${typeof value} (${shown})`;
}

/** Single quotes, within which nothing is escaped, unless the text has some itself. */
function quoted(text: string): string {
  const short = text.length > LONGEST_TEXT ? `${text.slice(0, SHORTENED_TEXT)}...` : text;
  return short.includes("'") ? JSON.stringify(short) : `'${short}'`;
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

/** `8589934592` → `8_589_934_592`, and `1e+300` → `1e+_300`: it counts characters. */
function groupDigits(digits: string): string {
  return digits.replace(/(?<=[^-])(?=(?:.{3})+$)/g, '_');
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
