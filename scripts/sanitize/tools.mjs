/**
 * The tools that watch the addon while the tests run, each with what it takes.
 *
 * @typedef {object} Tool
 * @property {string} name
 * @property {string[]} flags how the addon is compiled for it
 * @property {(logs: string) => Record<string, string>} environment of every process; what the tool finds goes to
 *   files in the directory `logs`, since a test may well throw away what a child process prints
 * @property {(node: string, logs: string) => string[]} command that runs Node under the tool
 * @property {readonly string[]} suites those that run where none is named
 * @property {readonly string[]} without test files that cannot run under it
 * @property {number} patience how many times longer everything may take
 * @property {Readonly<Record<string, RegExp>>} defects what it has to find in broken.c before it is believed, and
 *   in which words
 */
import { join } from 'node:path';
import { execute } from '../prebuild/execute.mjs';

/** A stack trace needs frames and names; the addon stays mapped to the end of the process, when leaks are looked for. */
const TRACEABLE = ['-O1', '-g', '-fno-omit-frame-pointer', '-Wl,-z,nodelete'];

/** Where each process leaves what its tool found: the tool adds the number of the process. */
const log = (/** @type {string} */ logs) => join(logs, 'log');

/**
 * Node is not compiled for a sanitizer, so its run-time library has to be there before Node itself (ld.so(8)).
 *
 * @param {string[]} names
 */
function preload(names) {
  const need = 'The sanitizers come with gcc (Debian: apt-get install gcc)';
  const paths = names.map((name) => execute('gcc', [`-print-file-name=${name}`], { need }).trim());
  return { LD_PRELOAD: paths.join(' ') };
}

/** @param {Record<string, string | number>} options */
function written(options) {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(':');
}

/** AddressSanitizer with LeakSanitizer at the end of each process, and UndefinedBehaviorSanitizer. */
const address = {
  name: 'address',
  flags: [
    ...[...TRACEABLE, '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    // As a library of its own, libubsan sets the log_path of libasan and writes to stderr.
    ...['-static-libubsan', '-Wl,--exclude-libs,libubsan.a'],
  ],
  environment: (/** @type {string} */ logs) => ({
    ...preload(['libasan.so']),
    ASAN_OPTIONS: written({
      log_path: log(logs),
      detect_leaks: 1,
      detect_stack_use_after_return: 1,
      strict_string_checks: 1,
      // What was freed is kept a while, so that its use is noticed: a little is enough, and the tests that
      // judge how a process grows then hold as they are.
      quarantine_size_mb: 1,
      thread_local_quarantine_size_kb: 64,
    }),
    // The status is the process's own, whatever leaks: main.mjs judges by the logs. Node leaks where it exits early.
    LSAN_OPTIONS: written({ exitcode: 0, report_objects: 0 }),
    UBSAN_OPTIONS: written({ log_path: join(logs, 'undefined'), print_stacktrace: 1 }),
  }),
  command: (/** @type {string} */ node) => [node],
  suites: [
    ...['native', 'contract:linux', 'contract:linux-plain', 'contract:swap'],
    ...['volley:linux', 'faults'],
  ],
  without: [],
  patience: 10,
  defects: {
    heapOverflow: /AddressSanitizer: heap-buffer-overflow/,
    stackOverflow: /AddressSanitizer: stack-buffer-overflow/,
    useAfterFree: /AddressSanitizer: heap-use-after-free/,
    leak: /Direct leak of 16 byte/,
    shift: /runtime error: shift exponent/,
  },
};

/**
 * ThreadSanitizer. Of Node it sees the locks and the memory that is taken and given back, not the atomics; what
 * two threads do within Node is none of our business (`ignore_noninstrumented_modules`).
 */
const thread = {
  name: 'thread',
  flags: [...TRACEABLE, '-fsanitize=thread'],
  environment: (/** @type {string} */ logs) => ({
    ...preload(['libtsan.so']),
    TSAN_OPTIONS: written({
      log_path: log(logs),
      ignore_noninstrumented_modules: 1,
      exitcode: 0,
      report_signal_unsafe: 0,
    }),
  }),
  command: (/** @type {string} */ node) => [node],
  suites: ['faults'],
  // They start shells, in which the preloaded library crashes (dash and bash, gcc 12).
  without: ['faults/descriptors.test.ts', 'faults/flood.test.ts'],
  patience: 10,
  defects: { race: /ThreadSanitizer: data race/ },
};

/** Tests compile their fixtures; that takes long enough by itself. */
const COMPILING = ['*/cc', '*/gcc*', '*/cc1', '*/as', '*/ld', '*/collect2'].join(',');

/**
 * Valgrind's memcheck, for what a sanitizer cannot see where Node is not compiled for it: bytes that nobody ever
 * wrote, above all those that system calls are given.
 */
const memcheck = {
  name: 'memcheck',
  flags: TRACEABLE,
  environment: () => ({}),
  command: (/** @type {string} */ node, /** @type {string} */ logs) => [
    ...['valgrind', '--tool=memcheck', '--quiet', '--trace-children=yes', '--leak-check=no'],
    // V8 writes code over code.
    ...['--smc-check=all-non-file', '--fullpath-after=', `--log-file=${log(logs)}.%p`],
    ...['--num-callers=20', `--trace-children-skip=${COMPILING}`, node],
  ],
  suites: ['native'],
  without: [],
  patience: 30,
  defects: {
    uninitialised: /Syscall param .* points to uninitialised byte/,
    heapOverflow: /Invalid read of size 1/,
    useAfterFree: /Invalid read of size 1/,
  },
};

/** @type {readonly Tool[]} */
export const tools = [address, thread, memcheck];
