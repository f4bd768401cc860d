/** Calls that fail under traffic: each datagram's own outcome, in order, and nothing lost, twice or for ever. */
import { after, describe, it } from 'node:test';
import { full } from '../support.ts';
import { compare } from './compare.ts';
import { Shim } from './support.ts';
import { TRAFFIC } from './traffic.ts';

const shim = new Shim();
after(() => shim.remove());

describe('a system call that fails under traffic', () => {
  for (const [name, expectations] of Object.entries(TRAFFIC)) {
    it(name, (t) => compare(t, shim, expectations(full)));
  }
});
