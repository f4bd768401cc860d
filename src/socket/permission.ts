/** Node's network permission, which does not stop an addon by itself (node --permission without --allow-net). */
import { type CodedError, codedError } from '../errors/coded.ts';

/** Lines without this flag have a permission model that leaves the network alone. */
const knowsNetwork = process.allowedNodeEnvironmentFlags.has('--allow-net');

interface AccessDenied extends CodedError {
  permission: string;
  resource: string;
}

/** The error for binding to `address`, or `undefined` where the process may use the network. */
export function networkRefusal(address: string): Error | undefined {
  if (!knowsNetwork || !process.permission || process.permission.has('net')) return undefined;
  const message = 'Access to this API has been restricted. Use --allow-net to manage permissions.';
  const cause: AccessDenied = Object.assign(codedError(Error, 'ERR_ACCESS_DENIED', message), {
    permission: 'Net',
    resource: address,
  });
  // node:dgram takes the refusal for an errno, and so it shows in the error.
  return Object.assign(new Error(`bind ERR_ACCESS_DENIED ${message}`), {
    errno: cause,
    code: 'ERR_ACCESS_DENIED',
    syscall: 'bind',
    address,
  });
}
