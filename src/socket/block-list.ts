import { BlockList, isIPv6 } from 'node:net';
import { invalidArgumentType } from '../errors/arguments.ts';
import { addressBlocked } from '../errors/socket.ts';
import type { SocketSettings } from './state.ts';

/** Checks an option that is a block list where it is given. */
export function validateBlockList(value: unknown, name: string): BlockList | undefined {
  if (!value) return undefined;
  if (value instanceof BlockList) return value;
  throw invalidArgumentType(name, 'an net.BlockList', value);
}

/** Whether a list blocks a numeric address. The scope of a link-local address does not count. */
export function isBlocked(list: BlockList, address: string): boolean {
  const scope = address.indexOf('%');
  const bare = scope < 0 ? address : address.slice(0, scope);
  return list.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4');
}

/** The error for sending or connecting to an address, or `undefined` where no list blocks it. */
export function sendRefusal(settings: SocketSettings, address: string): Error | undefined {
  const { sendBlockList } = settings;
  return sendBlockList && isBlocked(sendBlockList, address) ? addressBlocked(address) : undefined;
}
