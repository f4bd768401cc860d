import assert from 'node:assert/strict';

/** Everything that a program can observe of an error; what is left out must be absent. */
export interface ErrorShape {
  class?: new (...arguments_: never[]) => Error;
  /** Default 'Error'. */
  name?: string;
  code: string;
  message: string;
  errno?: number;
  syscall?: string;
  address?: string | undefined;
  port?: number;
  hostname?: string;
  /** Own enumerable keys in order; by default those of the properties above that are given. */
  keys?: readonly string[];
}

const PROPERTIES = ['errno', 'code', 'syscall', 'address', 'port', 'hostname'] as const;

/** Asserts the full shape of an error, down to the order of its keys. */
export function assertError(error: unknown, expected: ErrorShape): void {
  assert.ok(error instanceof Error, `not an Error: ${String(error)}`);
  assert.ok(error instanceof (expected.class ?? Error));
  const name = expected.name ?? 'Error';
  assert.equal(error.message, expected.message);
  assert.equal(error.name, name);
  for (const property of PROPERTIES) {
    assert.equal(Reflect.get(error, property), expected[property], `error.${property}`);
  }
  const keys = expected.keys ?? PROPERTIES.filter((property) => property in expected);
  assert.deepEqual(Object.keys(error), keys);
  // An error of Node's own carries its code in its text, one of the system does not.
  const systemError = expected.errno !== undefined && name === 'Error';
  const header = systemError
    ? `${name}: ${expected.message}`
    : `${name} [${expected.code}]: ${expected.message}`;
  assert.equal(String(error), header);
  assert.equal(error.stack?.split('\n')[0], header);
}

/** For `assert.throws`: the same checks on what was thrown. */
export function shaped(expected: ErrorShape): (error: unknown) => true {
  return (error) => {
    assertError(error, expected);
    return true;
  };
}

export const NOT_RUNNING: ErrorShape = {
  code: 'ERR_SOCKET_DGRAM_NOT_RUNNING',
  message: 'Not running',
};
export const ALREADY_BOUND: ErrorShape = {
  code: 'ERR_SOCKET_ALREADY_BOUND',
  message: 'Socket is already bound',
};
export const IS_CONNECTED: ErrorShape = {
  code: 'ERR_SOCKET_DGRAM_IS_CONNECTED',
  message: 'Already connected',
};
export const NOT_CONNECTED: ErrorShape = {
  code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED',
  message: 'Not connected',
};

/** What V8 says of a closed socket whose method looks for its handle without a check. */
export function readingOfNull(property: string): { name: string; message: string } {
  return { name: 'TypeError', message: `Cannot read properties of null (reading '${property}')` };
}

/** What getaddrinfo says of a name that does not exist. */
export function notFound(hostname: string): ErrorShape {
  return {
    errno: -3008,
    code: 'ENOTFOUND',
    message: `getaddrinfo ENOTFOUND ${hostname}`,
    syscall: 'getaddrinfo',
    hostname,
  };
}

const ERRNOS = {
  EBADF: -9,
  EACCES: -13,
  ENODEV: -19,
  EINVAL: -22,
  EMSGSIZE: -90,
  ENOPROTOOPT: -92,
  EADDRINUSE: -98,
  EADDRNOTAVAIL: -99,
  ENETUNREACH: -101,
  ECONNREFUSED: -111,
} as const;

/** A system call's error, with the address and port that it met, as node:dgram words it. */
export function system(
  syscall: string,
  code: keyof typeof ERRNOS,
  address?: string,
  port?: number,
): ErrorShape {
  const where = address === undefined ? '' : ` ${address}${port === undefined ? '' : `:${port}`}`;
  return {
    errno: ERRNOS[code],
    code,
    message: `${syscall} ${code}${where}`,
    syscall,
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
  };
}

/** An error of `send` on a connected socket: it has an `address` of its own, which is undefined. */
export function connectedSend(code: keyof typeof ERRNOS): ErrorShape {
  return { ...system('send', code), keys: ['errno', 'code', 'syscall', 'address'] };
}
