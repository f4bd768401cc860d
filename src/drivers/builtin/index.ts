import type { Driver } from '../../driver.ts';
import { BuiltinHandle } from './handle.ts';

/** The driver over `node:dgram`, for where the native addon does not load. */
export function createBuiltinDriver(): Driver {
  return {
    name: 'builtin',
    offload: { gso: false, gro: false },
    open: (options, events) => new BuiltinHandle(options, events),
  };
}
