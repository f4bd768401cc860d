/** Calls that fail under single methods of a socket: what the program is told, and that all goes on. */
import { after, describe, it } from 'node:test';
import { full } from '../support.ts';
import { compare } from './compare.ts';
import { Shim } from './support.ts';
import { expectations, ROWS } from './table.ts';

const shim = new Shim();
after(() => shim.remove());

describe('a system call that fails under a method', () => {
  for (const row of ROWS) {
    const option = row.option ? ` of ${row.option.level}/${row.option.name}` : '';
    it(`${row.call}${option} in ${row.scenarios.join(', ')}`, async (t) => {
      await compare(t, shim, expectations(row, full));
    });
  }
});
