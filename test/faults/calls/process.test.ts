/** Calls that fail before anything else was done, or whose failure is kept for good: each list in a new process. */
import { constants } from 'node:os';
import { after, describe, it } from 'node:test';
import { compare } from './compare.ts';
import { TRIES } from './fixtures/cases.ts';
import type { Call } from './fixtures/faults.ts';
import { Shim } from './support.ts';
import type { Code, Expectation } from './table.ts';
import { ALL, expectation, singles, WELL } from './traffic.ts';

const shim = new Shim();
after(() => shim.remove());

const ALWAYS = { from: 1, times: 0 };
const LATE = { from: 7, times: 3 };
const ALL_OK = [`${ALL}×ok`, ...WELL];
const ALL_ARRIVED = ['all arrived, in order'];

describe('a system call that a sandbox forbids', () => {
  for (const code of ['ENOSYS', 'EPERM'] as const) {
    it(`sendmmsg, by ${code}: it is tried once, then datagrams go one by one`, async (t) => {
      const batch = { scenario: 'burst', call: 'sendmmsg', code, place: ALWAYS } as const;
      await compare(t, shim, [
        expectation({ ...batch, trace: ALL_OK, most: 1 }),
        expectation({ ...batch, trace: ALL_OK, least: 0, most: 0 }),
        expectation({
          ...{ scenario: 'burst', call: 'message', code: 'EACCES', place: LATE },
          trace: [singles(LATE, 'EACCES'), ...WELL],
        }),
        expectation({
          ...{ scenario: 'burst', call: 'message', code: 'EPERM', place: LATE },
          trace: [singles(LATE, 'EPERM'), ...WELL],
        }),
        expectation({
          ...{ scenario: 'groups', call: 'message', code: 'EIO', place: ALWAYS, segmented: true },
          trace: ALL_OK,
        }),
      ]);
    });

    it(`recvmmsg, by ${code}: it is tried once, then datagrams come one by one`, async (t) => {
      const batch = { scenario: 'receive', call: 'recvmmsg', code, place: ALWAYS } as const;
      const told = ['ECONNREFUSED', 'ENOMEM', 'EIO', 'EPERM'] as const;
      await compare(t, shim, [
        expectation({ ...batch, trace: ALL_ARRIVED, most: 1 }),
        expectation({ ...batch, trace: ALL_ARRIVED, least: 0, most: 0 }),
        ...told.map((name) => {
          const keys = { errno: -constants.errno[name], code: name, syscall: 'recvmsg' };
          return expectation({
            ...{ scenario: 'receive', call: 'recvmsg', code: name, place: LATE },
            trace: [...ALL_ARRIVED, `emitted Error: recvmsg ${name} ${JSON.stringify(keys)}`],
          });
        }),
        ...(['EAGAIN', 'EINTR'] as const).map((name) =>
          expectation({
            ...{ scenario: 'receive', call: 'recvmsg', code: name, place: LATE },
            trace: ALL_ARRIVED,
          }),
        ),
      ]);
    });
  }
});

/** What attempts see of a first use that fails: so many times, and not any more. */
function first(call: Call, code: Code, scenario: string, texts: string[]): Expectation {
  const times = texts.length;
  const trace = Array.from({ length: TRIES }, (_, index) => texts[index] ?? 'ok');
  const fault = { call, errno: constants.errno[code], from: 1, times };
  return { scenario, fault, code, trace, shared: false };
}

const UDP_SEGMENT = { level: 17, name: 103 };

const NO_ADDON =
  "thrown AddonUnavailable: Volley's native Linux driver cannot be used: out of memory " +
  '{"name":"AddonUnavailable","code":"ERR_VOLLEY_ADDON"}';

describe('a system call that fails before anything was done', () => {
  for (const times of [1, 3]) {
    const noMemory =
      'emitted Error: bind ENOMEM 127.0.0.1 {"errno":-12,"code":"ENOMEM","syscall":"bind","address":"127.0.0.1"}';
    it(`mmap of what is received into, ${times} times`, async (t) => {
      const texts = new Array<string>(times).fill(noMemory);
      await compare(t, shim, [first('mmap', 'ENOMEM', 'bind', texts)], true);
    });

    it(`calloc of what a thread needs, ${times} times`, async (t) => {
      const texts = new Array<string>(times).fill(NO_ADDON);
      await compare(t, shim, [first('calloc', 'ENOMEM', 'create', texts)], true);
    });
  }

  for (const [call, code] of [
    ['socket', 'EMFILE'],
    ['socket', 'EAFNOSUPPORT'],
    ['socket', 'EPERM'],
    ['getsockopt', 'ENOPROTOOPT'],
    ['getsockopt', 'EPERM'],
    ['getsockopt', 'EINVAL'],
  ] as const) {
    it(`${call}, by ${code}, where the kernel is asked for segmentation: it is not used`, async (t) => {
      const option = call === 'getsockopt' ? { option: UDP_SEGMENT } : {};
      const asked = first(call, code, 'create', ['ok', 'ok']);
      const unsegmented = expectation({
        ...{ scenario: 'groups', call: 'message', code: 'EIO', place: ALWAYS, segmented: true },
        ...{ trace: ALL_OK, least: 0, most: 0 },
      });
      const fault = { ...asked.fault, ...option };
      await compare(t, shim, [{ ...asked, fault }, unsegmented], true);
    });
  }
});
