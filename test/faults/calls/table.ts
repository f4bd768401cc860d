/** What is right for attempts: which calls may fail with which errno, and what the program then has to see. */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { type Case, TRIES } from './fixtures/cases.ts';
import type { Call, Fault } from './fixtures/faults.ts';

export type Code = keyof typeof constants.errno;

/** A case, and what is to come of it. */
export interface Expectation extends Case {
  readonly code: Code | 'one';
  readonly trace: readonly string[];
  /** Whether node:dgram makes the same call, so that the same has to come of it there. */
  readonly shared: boolean;
  /** How many calls have to fail for it to count; 1 where it is left out. */
  readonly least?: number;
  /** How many may. */
  readonly most?: number;
}

/** What one call of an application does with an errno of the system. */
export interface Row {
  readonly scenarios: readonly string[];
  readonly call: Call;
  readonly option?: { readonly level: number; readonly name: number };
  readonly codes: readonly Code[];
  /** How the application is told. */
  readonly told: (code: Code, scenario: string) => string;
  /** Codes that it is told as another. */
  readonly mapped?: Partial<Record<Code, Code>>;
  /** Codes that it is not told, since the call is made again or is not needed. */
  readonly quiet?: readonly Code[];
  /** `false`: node:dgram does not make this call here. */
  readonly shared?: false;
}

const SOL_SOCKET = { level: 1 } as const;
const REUSE_ADDRESS = { ...SOL_SOCKET, name: 2 };
const REUSE_PORT = { ...SOL_SOCKET, name: 15 };
const RECEIVE_BUFFER = { ...SOL_SOCKET, name: 8 };
const ONLY_IPV6 = { level: 41, name: 26 };
const PROTOCOL = { ...SOL_SOCKET, name: 38 };
const UDP_GRO = { level: 17, name: 104 };

const SYSTEM_ERRORS = getSystemErrorMap();

/** How libuv calls an errno: not always as the manual does, and some it does not know. */
export function nameOf(code: Code): string {
  const errno = -constants.errno[code];
  return SYSTEM_ERRORS.get(errno)?.[0] ?? `Unknown system error ${errno}`;
}

/** An error of Node's for a failed call. */
function failed(how: string, syscall: string, code: Code, address?: string, port?: string): string {
  const where = address === undefined ? '' : ` ${address}${port === undefined ? '' : `:${port}`}`;
  const errno = -constants.errno[code];
  const name = nameOf(code);
  const keys = JSON.stringify({ errno, code: name, syscall, address });
  const all = port === undefined ? keys : keys.replace('}', `,"port":${port}}`);
  return `${how} Error: ${syscall} ${name}${where} ${all}`;
}

const bindFailed = (code: Code, scenario: string): string => {
  const how = scenario === 'bindSync' ? 'thrown' : 'emitted';
  const address =
    scenario === 'bindOnly6' ? '::1' : scenario === 'implicit' ? '0.0.0.0' : '127.0.0.1';
  return failed(how, 'bind', code, address);
};

const connectFailed = (code: Code, scenario: string): string => {
  const how = { connect: 'emitted', connectCalling: 'called back' }[scenario] ?? 'thrown';
  return failed(how, 'connect', code, '127.0.0.1', 'PORT');
};

const thrownBy =
  (syscall?: string) =>
  (code: Code, scenario: string): string =>
    failed('thrown', syscall ?? scenario, code);

/** The methods for buffer sizes have an error of their own. */
function sizeFailed(code: Code, scenario: string): string {
  const how = scenario === 'sized' ? 'uncaught' : 'thrown';
  const syscall = `uv_${scenario.includes('Send') ? 'send' : 'recv'}_buffer_size`;
  const errno = -constants.errno[code];
  const [name, message] = SYSTEM_ERRORS.get(errno) ?? [nameOf(code), nameOf(code)];
  const info = { errno, code: name, message, syscall };
  const keys = JSON.stringify({ code: 'ERR_SOCKET_BUFFER_SIZE', info, errno, syscall });
  return `${how} SystemError: Could not get or set buffer size: ${syscall} returned ${name} (${message}) ${keys}`;
}

const outOfMemory = (): string => 'thrown Error: out of memory {}';

const OPENING = ['bind', 'bindReusing', 'bindSync', 'implicit'];
/** socket(2) */
const SOCKET: readonly Code[] = [
  ...(['EACCES', 'EAFNOSUPPORT', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'] as const),
  ...(['EPROTONOSUPPORT', 'EPERM'] as const),
];
/** bind(2), ip(7); a security module says EPERM */
const BIND: readonly Code[] = [
  ...(['EACCES', 'EADDRINUSE', 'EADDRNOTAVAIL', 'EBADF', 'EFAULT', 'EINVAL', 'ENOMEM'] as const),
  ...(['ENOTSOCK', 'EPERM', 'EAFNOSUPPORT', 'ENODEV'] as const),
];
/** connect(2), udp(7), ip(7) */
const CONNECT: readonly Code[] = [
  ...(['EACCES', 'EPERM', 'EADDRINUSE', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EAGAIN'] as const),
  ...(['EALREADY', 'EBADF', 'ECONNREFUSED', 'EFAULT', 'EINPROGRESS', 'EISCONN'] as const),
  ...(['ENETUNREACH', 'EHOSTUNREACH', 'ENOTSOCK', 'EPROTOTYPE', 'ETIMEDOUT', 'EINVAL'] as const),
];
/** getsockname(2), getpeername(2) */
const NAME: readonly Code[] = ['EBADF', 'EFAULT', 'EINVAL', 'ENOBUFS', 'ENOTSOCK', 'ENOTCONN'];
/** setsockopt(2), ip(7), ipv6(7), socket(7) */
const OPTION: readonly Code[] = [
  ...(['EBADF', 'EFAULT', 'EINVAL', 'ENOPROTOOPT', 'ENOTSOCK', 'ENOMEM', 'ENOBUFS'] as const),
  ...(['EPERM', 'EACCES', 'EDOM', 'ENODEV', 'EADDRINUSE', 'EADDRNOTAVAIL', 'EOPNOTSUPP'] as const),
];
/** epoll_ctl(2) */
const EPOLL: readonly Code[] = ['EBADF', 'EINVAL', 'ENOMEM', 'ENOSPC', 'EPERM', 'ELOOP'];
/** ioctl(2); ENOTTY is answered by fcntl(2) */
const IOCTL: readonly Code[] = ['EBADF', 'EFAULT', 'EINVAL'];
/** if_nametoindex(3) */
const NAME_TO_INDEX: readonly Code[] = ['ENODEV', 'EMFILE', 'ENOMEM'];
/** recv(2): waiting datagrams are dropped until there are none */
const RECEIVE: readonly Code[] = ['EAGAIN', 'EINTR', 'ECONNREFUSED', 'EIO'];
/** close(2) */
const CLOSE: readonly Code[] = ['EINTR', 'EIO', 'ENOSPC', 'EDQUOT'];

export const ROWS: readonly Row[] = [
  { scenarios: OPENING, call: 'socket', codes: SOCKET, told: bindFailed },
  {
    ...{ scenarios: OPENING, call: 'bind', codes: BIND, told: bindFailed },
    // An address of the other family is a wrong argument to libuv.
    mapped: { EAFNOSUPPORT: 'EINVAL' },
  },
  { scenarios: OPENING, call: 'epoll_ctl', codes: EPOLL, told: bindFailed, shared: false },
  { scenarios: OPENING, call: 'ioctl', codes: IOCTL, told: bindFailed, shared: false },
  {
    // A kernel that does not merge is no reason not to go on.
    ...{ scenarios: OPENING, call: 'setsockopt', option: UDP_GRO, codes: OPTION, quiet: OPTION },
    ...{ told: bindFailed, shared: false },
  },
  {
    ...{ scenarios: ['bindReusing'], call: 'setsockopt', option: REUSE_ADDRESS, codes: OPTION },
    told: bindFailed,
  },
  {
    ...{ scenarios: ['bindSharingPort'], call: 'setsockopt', option: REUSE_PORT, codes: OPTION },
    told: bindFailed,
  },
  {
    ...{ scenarios: ['bindOnly6'], call: 'setsockopt', option: ONLY_IPV6, codes: OPTION },
    told: bindFailed,
  },
  {
    ...{ scenarios: ['sized'], call: 'setsockopt', option: RECEIVE_BUFFER, codes: OPTION },
    told: sizeFailed,
  },
  {
    ...{ scenarios: ['connect', 'connectCalling', 'connectSync'], call: 'connect' },
    ...{ codes: [...CONNECT, 'EINTR'], quiet: ['EINTR'], told: connectFailed },
  },
  {
    ...{ scenarios: ['disconnect'], call: 'connect', codes: [...CONNECT, 'EINTR'] },
    ...{ quiet: ['EINTR'], told: thrownBy('connect') },
  },
  { scenarios: ['address'], call: 'getsockname', codes: NAME, told: thrownBy('getsockname') },
  { scenarios: ['remoteAddress'], call: 'getpeername', codes: NAME, told: thrownBy('getpeername') },
  {
    scenarios: [
      ...['setTTL', 'setMulticastTTL', 'setMulticastLoopback', 'setMulticastInterface'],
      ...['setBroadcast', 'addMembership', 'dropMembership'],
      ...['addSourceSpecificMembership', 'dropSourceSpecificMembership'],
    ],
    ...{ call: 'setsockopt', codes: OPTION, told: thrownBy() },
  },
  {
    ...{ scenarios: ['setRecvBufferSize', 'setSendBufferSize'], call: 'setsockopt', codes: OPTION },
    told: sizeFailed,
  },
  {
    ...{ scenarios: ['getRecvBufferSize', 'getSendBufferSize'], call: 'getsockopt', codes: OPTION },
    told: sizeFailed,
  },
  // What a descriptor is was asked before, and all that is needed of its peer is whether there is one.
  {
    ...{ scenarios: ['adopt'], call: 'setsockopt', option: REUSE_ADDRESS, codes: OPTION },
    told: thrownBy('open'),
  },
  {
    ...{ scenarios: ['adopt'], call: 'getsockopt', option: PROTOCOL, codes: OPTION },
    ...{ told: thrownBy('open'), shared: false },
  },
  {
    ...{ scenarios: ['adopt'], call: 'getsockopt', option: UDP_GRO, codes: OPTION, quiet: OPTION },
    ...{ told: thrownBy('open'), shared: false },
  },
  { scenarios: ['adopt'], call: 'ioctl', codes: IOCTL, told: thrownBy('open') },
  { scenarios: ['adopt'], call: 'epoll_ctl', codes: EPOLL, told: thrownBy('open'), shared: false },
  {
    ...{ scenarios: ['descriptor'], call: 'setsockopt', option: UDP_GRO, codes: OPTION },
    ...{ quiet: ['ENOPROTOOPT'], shared: false },
    told: (code) => `fd ${-constants.errno[code]}`,
  },
  {
    ...{ scenarios: ['descriptor'], call: 'recv', codes: RECEIVE, quiet: RECEIVE, shared: false },
    told: thrownBy(),
  },
  // As if the interface were not there: scope 0, for the system to choose.
  {
    ...{ scenarios: ['setMulticastInterface6', 'addMembership6'], call: 'if_nametoindex' },
    ...{ codes: NAME_TO_INDEX, quiet: NAME_TO_INDEX, told: thrownBy() },
  },
  { scenarios: ['create'], call: 'calloc', codes: ['ENOMEM'], told: outOfMemory, shared: false },
  { scenarios: ['close'], call: 'close', codes: CLOSE, quiet: CLOSE, told: thrownBy() },
];

/** What fails: the first use, the second, the last one but one; once, twice, for ever. */
const PLACES = [
  { from: 1, times: 1 },
  { from: 2, times: 1 },
  { from: 2, times: 2 },
  { from: 1, times: 0 },
  { from: 3, times: 0 },
] as const;

/** The use that fails alone, where there is little time. */
const FEW_PLACES = [PLACES[1]];

export function expectations(row: Row, full: boolean): Expectation[] {
  const { scenarios, codes } = row;
  return scenarios.flatMap((scenario) =>
    codes.flatMap((code, index) =>
      (full || index === 0 ? PLACES : FEW_PLACES)
        // What is made again until it works cannot fail for ever.
        .filter(({ times }) => code !== 'EINTR' || times !== 0 || row.call === 'close')
        .map((place) => expectation(row, scenario, code, place)),
    ),
  );
}

function expectation(
  { call, option, told, mapped, quiet, shared }: Row,
  scenario: string,
  code: Code,
  { from, times }: { from: number; times: number },
): Expectation {
  const fault: Fault = {
    ...{ call, errno: constants.errno[code], from, times },
    ...(option === undefined ? {} : { option }),
  };
  const text = quiet?.includes(code) ? 'ok' : told(mapped?.[code] ?? code, scenario);
  const trace = Array.from({ length: TRIES }, (_, index) => {
    const use = index + 1;
    return use >= from && (times === 0 || use < from + times) ? text : 'ok';
  });
  return { scenario, fault, code, trace, shared: shared !== false };
}
