/** Node's network permission, which does not stop an addon by itself (node --permission without --allow-net). */
import { type CodedError, codedError } from '../errors/coded.ts';

/** Lines without this flag have a permission model that leaves the network alone. */
const enforced =
  process.permission !== undefined && process.allowedNodeEnvironmentFlags.has('--allow-net');

/** What Node says of a refused use of the network; `resource` is an address where there is one. */
interface AccessDenied extends CodedError {
  permission: string;
  resource: string;
}

/** The error for using the network, or `undefined` where the process may; it may lose that any time. */
function networkRefusal(resource: string): AccessDenied | undefined {
  if (!enforced || process.permission.has('net')) return undefined;
  const message = 'Access to this API has been restricted. Use --allow-net to manage permissions.';
  const denied = codedError(Error, 'ERR_ACCESS_DENIED', message);
  return Object.assign(denied, { permission: 'Net', resource });
}

/** Throws where the process may not use the network. */
export function requireNetwork(resource: string): void {
  const refusal = networkRefusal(resource);
  if (refusal) throw refusal;
}

/** The error for binding to `address`, or `undefined`. node:dgram takes the refusal for an errno, and so it shows. */
export function bindRefusal(address: string): Error | undefined {
  const cause = networkRefusal(address);
  if (!cause) return undefined;
  return Object.assign(new Error(`bind ${cause.code} ${cause.message}`), {
    errno: cause,
    code: cause.code,
    syscall: 'bind',
    address,
  });
}
