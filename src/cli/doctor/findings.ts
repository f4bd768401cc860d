/** `volley doctor`, second step: what is wrong in the facts, and what could be better. */
import type { Facts, Known } from './facts.ts';

export interface Finding {
  /** A `problem` keeps the native driver from working; a `hint` is for high rates. */
  readonly kind: 'problem' | 'hint';
  readonly text: string;
  /** Commands to run as root, if any. */
  readonly commands: readonly string[];
}

/** A kernel setting, from when on it is low for high rates, and what to set then. */
interface Ceiling {
  readonly name: string;
  readonly value: Known<number>;
  readonly low: number;
  readonly wanted: string;
}

export function findings(facts: Facts): Finding[] {
  return [
    ...driverProblems(facts),
    ...ceilingHints(facts),
    ...dropHints(facts),
    ...fileHints(facts),
  ];
}

/** Whether the native driver works, or need not since this is no Linux. */
export function isWell(list: readonly Finding[]): boolean {
  return list.every(({ kind }) => kind !== 'problem');
}

function driverProblems({ driver, runtime, loopback, permission }: Facts): Finding[] {
  const problems: string[] = [];
  if (driver.addonProblem && runtime.platform === 'linux') problems.push(driver.addonProblem);
  if (driver.problem && driver.problem !== driver.addonProblem) problems.push(driver.problem);
  if (permission.network === false) {
    problems.push('The network is forbidden to this process; run Node with --allow-net.');
  } else if (loopback.roundTrip !== 'ok' && !driver.problem) {
    problems.push(`No datagram came back over loopback: ${loopback.roundTrip}.`);
  }
  return problems.map((text) => ({ kind: 'problem', text, commands: [] }));
}

/**
 * A receive buffer of 8 MiB, which Linux doubles, holds 20,000 datagrams of 64 bytes, each of which takes
 * 832 bytes of kernel memory (Linux 6.18, `ss --udp --memory`): 20 ms of a million a second.
 */
const BUFFER_WANTED = 8 * 1024 * 1024;

export function settings({ buffers }: Pick<Facts, 'buffers'>): Ceiling[] {
  const [, , memory = null] = buffers.udpMemory ?? [];
  const most = String(BUFFER_WANTED);
  return [
    { name: 'net.core.rmem_max', value: buffers.receiveMaximum, low: BUFFER_WANTED, wanted: most },
    {
      name: 'net.core.rmem_default',
      value: buffers.receiveDefault,
      low: 1 << 20,
      wanted: '1048576',
    },
    { name: 'net.core.wmem_max', value: buffers.sendMaximum, low: BUFFER_WANTED, wanted: most },
    { name: 'net.core.netdev_max_backlog', value: buffers.backlog, low: 5000, wanted: '10000' },
    { name: 'net.ipv4.udp_mem', value: memory, low: 32_768, wanted: '"16384 24576 32768"' },
    { name: 'net.ipv4.udp_rmem_min', value: buffers.receiveMinimum, low: 16_384, wanted: '16384' },
  ];
}

function ceilingHints(facts: Facts): Finding[] {
  const commands = settings(facts)
    .filter(({ value, low }) => value !== null && value < low)
    .map(({ name, wanted }) => `sysctl -w ${name}=${wanted}`);
  if (commands.length === 0) return [];
  const text =
    'for high rates, as root; /etc/sysctl.d keeps it. Give sockets a recvBufferSize, too.';
  return [{ kind: 'hint', text, commands }];
}

function dropHints({ drops }: Facts): Finding[] {
  const count = (drops.ipv4 ?? 0) + (drops.ipv6 ?? 0);
  if (count === 0) return [];
  const text =
    `${count} datagrams, of any program, found a receive buffer full since this system or container began.\n` +
    '  Where the number grows while your program runs, give its sockets a larger recvBufferSize.';
  return [{ kind: 'hint', text, commands: [] }];
}

function fileHints({ openFiles }: Facts): Finding[] {
  if (!openFiles || openFiles.soft === 'unlimited' || openFiles.soft >= 4096) return [];
  const text = `no more than ${openFiles.soft} files and sockets may be open; for thousands of sockets:`;
  return [{ kind: 'hint', text, commands: ['ulimit -n 65536'] }];
}
