/** What Linux tells in /proc: sysctl(8), proc(5). */
import { readFileSync } from 'node:fs';
import type { BufferFacts, DropFacts, Facts, Known } from './facts.ts';

export function ceilings(): BufferFacts {
  return {
    receiveMaximum: setting('net/core/rmem_max'),
    receiveDefault: setting('net/core/rmem_default'),
    sendMaximum: setting('net/core/wmem_max'),
    backlog: setting('net/core/netdev_max_backlog'),
    udpMemory: settings('net/ipv4/udp_mem'),
    receiveMinimum: setting('net/ipv4/udp_rmem_min'),
  };
}

export function udpDrops(): DropFacts {
  return {
    ipv4: ipv4Counter(read('/proc/net/snmp'), 'RcvbufErrors'),
    ipv6: ipv6Counter(read('/proc/net/snmp6'), 'Udp6RcvbufErrors'),
  };
}

/** The limit of RLIMIT_NOFILE. */
export function openFiles(): Facts['openFiles'] {
  const words = line(read('/proc/self/limits'), 'Max open files')?.trim().split(/\s+/);
  const [soft, hard] = (words ?? []).map((word) => (word === 'unlimited' ? word : Number(word)));
  return soft === undefined || hard === undefined ? null : { soft, hard };
}

/** The names stand in one line that begins with `Udp:`, the numbers in the next such line. */
export function ipv4Counter(text: Known<string>, name: string): Known<number> {
  const [names = [], numbers = []] = (text ?? '')
    .split('\n')
    .filter((each) => each.startsWith('Udp:'))
    .map((each) => each.split(/\s+/));
  return toNumber(numbers[names.indexOf(name)]);
}

/** A name and a number in each line. */
export function ipv6Counter(text: Known<string>, name: string): Known<number> {
  return toNumber(line(text, name)?.trim());
}

/** What follows `start` in the first line that begins with it. */
function line(text: Known<string>, start: string): string | undefined {
  return text
    ?.split('\n')
    .find((each) => each.startsWith(start))
    ?.slice(start.length);
}

function setting(path: string): Known<number> {
  return settings(path)?.[0] ?? null;
}

function settings(path: string): Known<number[]> {
  return read(`/proc/sys/${path}`)?.trim().split(/\s+/).map(Number) ?? null;
}

function toNumber(text: string | undefined): Known<number> {
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? null : Number(text);
}

/** Whatever the reason, a file that cannot be read tells nothing. */
function read(path: string): Known<string> {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
