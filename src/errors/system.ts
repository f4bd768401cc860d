/** Errors of system calls, in Node's words. Everywhere `errno` is negative, as libuv has it. */
import { getSystemErrorMap, type InspectOptions, inspect } from 'node:util';
import { type CodedError, codedError } from './coded.ts';

/** The keys of a failed system call, on top of {@link CodedError}. */
export interface SystemCallError extends CodedError {
  errno: number;
  syscall: string;
  address?: string | undefined;
  port?: number | string;
}

const systemErrors = getSystemErrorMap();

/** `EADDRINUSE` for -98. */
export function errnoName(errno: number): string {
  return systemErrors.get(errno)?.[0] ?? `Unknown system error ${errno}`;
}

/** The errno of a name on this system, for a driver that has to make one up. */
export function errnoOf(name: string): number {
  for (const [errno, [known]] of systemErrors) if (known === name) return errno;
  throw new RangeError(`There is no system error called ${name} here`);
}

/** `setTTL EINVAL` */
export function systemCallError(errno: number, syscall: string): SystemCallError {
  const code = errnoName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { errno, code, syscall });
}

/** `bind EADDRINUSE 127.0.0.1:53`, with the keys `address` and, unless it is 0, `port`. */
export function endpointError(
  errno: number,
  syscall: string,
  address: string | undefined,
  port: number | string | undefined,
): SystemCallError {
  const code = errnoName(errno);
  const where = port && Number(port) > 0 ? `${address}:${port}` : address;
  const message = where ? `${syscall} ${code} ${where}` : `${syscall} ${code}`;
  const error = Object.assign(new Error(message), { errno, code, syscall, address });
  return port ? Object.assign(error, { port }) : error;
}

/** The error of the four buffer size methods, Node's `SystemError`. */
export function bufferSizeError(errno: number, syscall: string): Error {
  const code = errnoName(errno);
  const description = systemErrors.get(errno)?.[1] ?? code;
  const error = codedError(
    SystemError,
    'ERR_SOCKET_BUFFER_SIZE',
    `Could not get or set buffer size: ${syscall} returned ${code} (${description})`,
  );
  const info = { errno, code, message: description, syscall };
  Object.defineProperties(error, {
    name: { value: 'SystemError', writable: true, configurable: true },
    info: { value: info, enumerable: true, configurable: true },
    errno: forward(info, 'errno'),
    syscall: forward(info, 'syscall'),
  });
  return error;
}

class SystemError extends Error {
  static {
    Object.defineProperty(SystemError.prototype, 'name', {
      value: 'SystemError',
      configurable: true,
    });
  }

  /** Shows what stands behind the getters. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return inspect(this, { ...options, getters: true, customInspect: false });
  }
}

function forward<T extends object>(target: T, key: keyof T): PropertyDescriptor {
  return {
    enumerable: true,
    configurable: true,
    get: () => target[key],
    set: (value: T[keyof T]) => {
      target[key] = value;
    },
  };
}
