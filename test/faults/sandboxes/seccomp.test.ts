/** Volley where a filter of system calls (seccomp(2)) forbids some that it would make. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { after, it } from 'node:test';
import { buildLauncher, reasonAgainst, runContract, runTraffic, WELL } from './support.ts';

const launcher = buildLauncher();
after(() => launcher.remove());

/** What a seccomp filter forbids, and what then is not as it was. */
const FORBIDDEN = {
  batches: {},
  segmentation: {},
  merging: {},
  options: { broadcast: true },
} as const;

for (const [what, changes] of Object.entries(FORBIDDEN)) {
  for (const code of ['EPERM', 'ENOSYS', 'ENOPROTOOPT', 'EINVAL'] as const) {
    // A batch call with another errno has failed, and is not forbidden.
    if (what === 'batches' && !['EPERM', 'ENOSYS'].includes(code)) continue;
    const command = [launcher.path, what, String(constants.errno[code])];
    it(`with ${what} forbidden by ${code}, datagrams flow`, {
      skip: reasonAgainst(command),
    }, () => {
      const expected = 'broadcast' in changes ? { ...WELL, broadcast: code } : WELL;
      assert.deepEqual(runTraffic(command), expected);
    });
  }
}

for (const what of ['batches', 'segmentation', 'merging']) {
  const command = [launcher.path, what, String(constants.errno.EPERM)];
  it(`with ${what} forbidden, the contract holds`, { skip: reasonAgainst(command) }, () =>
    runContract(command),
  );
}
