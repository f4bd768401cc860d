import { BlockList, isIPv6 } from 'node:net';
import { invalidArgumentType } from '../errors/arguments.ts';

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
