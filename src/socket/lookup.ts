import dns from 'node:dns';
import { isIP } from 'node:net';
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
  const { lookup, looksUpNumbers } = state.settings;
  const asked = looksUpNumbers ? host : numericText(host);
  Reflect.apply(lookup, undefined, [asked, family, answer]);
}

/** `dns.lookup` takes strings alone; as in `node:dgram`, it need not know of what reads as a numeric address. */
function numericText(host: unknown): unknown {
  const text = `${host}`;
  return isIP(text) === 0 ? host : text;
}

/** The address that stands for this host. */
export function loopbackAddress(state: SocketState): string {
  return state.settings.family === 'IPv6' ? '::1' : '127.0.0.1';
}

/** The address that stands for all interfaces. */
export function anyAddress(state: SocketState): string {
  return state.settings.family === 'IPv6' ? '::' : '0.0.0.0';
}
