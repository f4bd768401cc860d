/** Which driver this thread uses. */
import type { Driver } from '../driver.ts';
import { countIfWanted } from '../report.ts';
import { createBuiltinDriver } from './builtin/index.ts';
import { createLinuxDriver } from './linux/index.ts';
import { AddonUnavailable } from './linux/load.ts';

let selected: Driver | undefined;

/**
 * The driver of this thread, chosen at its first use: the one that `VOLLEY_DRIVER` names (`linux` or
 * `builtin`), else `linux` where its addon loads, else `builtin`.
 *
 * @throws `AddonUnavailable` (`ERR_VOLLEY_ADDON`) where `VOLLEY_DRIVER=linux` and the addon does not load.
 * @throws `ERR_VOLLEY_DRIVER` where `VOLLEY_DRIVER` names no driver.
 */
export function currentDriver(): Driver {
  selected ??= countIfWanted(select(process.env.VOLLEY_DRIVER));
  return selected;
}

function select(wanted: string | undefined): Driver {
  switch (wanted) {
    case undefined:
    case '':
      return linuxOrBuiltin();
    case 'linux':
      return createLinuxDriver();
    case 'builtin':
      return createBuiltinDriver();
    default: {
      const message = `VOLLEY_DRIVER is "${wanted}"; it takes "linux" or "builtin", or nothing for the best that works`;
      throw Object.assign(new Error(message), { code: 'ERR_VOLLEY_DRIVER' });
    }
  }
}

function linuxOrBuiltin(): Driver {
  try {
    return createLinuxDriver();
  } catch (error) {
    if (error instanceof AddonUnavailable) return createBuiltinDriver();
    throw error;
  }
}
