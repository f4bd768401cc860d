import { errnoOf } from '../../errors/system.ts';

/** Codes that `node:dgram` gives to what is an errno at the seam. */
const ERRNO_OF_CODE = new Map([
  ['ERR_SOCKET_DGRAM_NOT_CONNECTED', 'ENOTCONN'],
  ['ERR_SOCKET_DGRAM_NOT_RUNNING', 'EBADF'],
  ['ERR_SOCKET_ALREADY_BOUND', 'EINVAL'],
  ['ERR_INVALID_ARG_VALUE', 'EINVAL'],
  ['ERR_SOCKET_DGRAM_IS_CONNECTED', 'EISCONN'],
  ['ERR_SOCKET_BAD_PORT', 'EDESTADDRREQ'],
  ['ERR_ACCESS_DENIED', 'EACCES'],
]);

/** The negative errno of an error that `node:dgram` threw or emitted. */
export function errnoFrom(error: unknown): number {
  if (error instanceof Error) {
    if ('errno' in error && typeof error.errno === 'number') return negative(error.errno);
    const code = 'code' in error ? String(error.code) : '';
    const name = ERRNO_OF_CODE.get(code);
    if (name) return errnoOf(name);
  }
  // Nothing the seam has a number for: a fault of this driver, which must not pass for an errno.
  throw error;
}

function negative(errno: number): number {
  return errno > 0 ? -errno : errno;
}

/** Runs a call of `node:dgram`; 0, or the negative errno of what it threw. */
export function attempt(call: () => void): number {
  try {
    call();
    return 0;
  } catch (error) {
    return errnoFrom(error);
  }
}
