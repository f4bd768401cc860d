/** Node's permission model, as far as it touches Volley. */
import type { Known, PermissionFacts } from './facts.ts';

export function permissionFacts(): PermissionFacts {
  return {
    enforced: process.permission !== undefined,
    network: allows('net', '--allow-net'),
    addons: allows('addon', '--allow-addons'),
    workers: allows('worker', '--allow-worker'),
  };
}

/** A model without the flag cannot allow anything, but whether it forbids it cannot be asked either. */
function allows(scope: string, flag: string): Known<boolean> {
  if (process.permission === undefined) return true;
  if (!process.allowedNodeEnvironmentFlags.has(flag)) return null;
  return process.permission.has(scope);
}
