import dns from 'node:dns';
import { invalidArgumentType } from '../errors/arguments.ts';
import type { LookupFunction } from '../types/index.ts';
import type { SocketSettings, SocketState } from './state.ts';

/** `dns.lookup` as it was when Volley was loaded. */
const systemLookup = dns.lookup;

/** The lookup of a new socket: the program's own, or `dns.lookup`, which a program may have replaced. */
export function chooseLookup(
  own: LookupFunction | undefined,
): Pick<SocketSettings, 'lookup' | 'looksUpNumbers'> {
  const lookup = own ?? dns.lookup;
  return { lookup, looksUpNumbers: lookup !== systemLookup };
}

/** Resolves a host name, or whatever a program gives as one, to a numeric address. `done` may be called at once, if the program's own lookup does so. */
export function resolve(
  state: SocketState,
  host: unknown,
  done: (error: Error | null, address: string) => void,
): void {
  // node:dgram gives the bare family where dns.lookup would take options, and lookups have come to expect it.
  const family = state.settings.family === 'IPv6' ? 6 : 4;
  const answer = (error: Error | null, address: unknown): void => {
    if (error || typeof address === 'string') done(error, String(address));
    else
      done(invalidArgumentType('address', 'of type string, as the lookup answers it', address), '');
  };
  Reflect.apply(state.settings.lookup, undefined, [host, family, answer]);
}

/** The address that stands for this host. */
export function loopbackAddress(state: SocketState): string {
  return state.settings.family === 'IPv6' ? '::1' : '127.0.0.1';
}

/** The address that stands for all interfaces. */
export function anyAddress(state: SocketState): string {
  return state.settings.family === 'IPv6' ? '::' : '0.0.0.0';
}
