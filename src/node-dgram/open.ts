/** Opens sockets of `node:dgram`. */
import type dgram from 'node:dgram';
import { channel } from 'node:diagnostics_channel';
import { isIP } from 'node:net';
import type { OpenOptions } from '../driver.ts';
import type { LookupFunction } from '../types/index.ts';
import { nodeDgram } from './module.ts';

/** Resolves nothing, since only numeric addresses come here, and answers within the call. */
const answerAtOnce: LookupFunction = (address, _options, callback) => {
  callback(null, address, isIP(address));
};

/** The channel that `node:dgram` publishes its sockets on, as Volley does its own. */
const socketChannel = channel('udp.socket');

/** Opens a socket without its showing on the diagnostics channel: only Volley's socket is the program's. */
export function openQuietly({
  family,
  reuseAddr,
  reusePort,
  ipv6Only,
}: Pick<OpenOptions, 'family' | 'reuseAddr' | 'reusePort' | 'ipv6Only'>): dgram.Socket {
  const type = family === 'IPv6' ? 'udp6' : 'udp4';
  const options = { type, reuseAddr, reusePort, ipv6Only, lookup: answerAtOnce } as const;
  const own = Object.getOwnPropertyDescriptor(socketChannel, 'publish');
  Object.defineProperty(socketChannel, 'publish', { value: () => {}, configurable: true });
  try {
    return nodeDgram.createSocket(options);
  } finally {
    if (own) Object.defineProperty(socketChannel, 'publish', own);
    else Reflect.deleteProperty(socketChannel, 'publish');
  }
}

/** SO_REUSEPORT came with Node 22.12 and 23.1; older lines ignore the option without a word. */
export function supportsReusePort(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}
