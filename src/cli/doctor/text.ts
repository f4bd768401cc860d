/** `volley doctor`, last step: one screen of plain text. */
import type { Feature } from '../../drivers/linux/addon.ts';
import { BUFFER_ASKED, type Facts, type Known, type OffloadFacts } from './facts.ts';
import { type Finding, settings } from './findings.ts';

/** A name and what to say of it. */
type Row = readonly [string, string];

export function screen(facts: Facts, found: readonly Finding[]): string {
  const blocks = [
    [heading(facts)],
    table([...driverRows(facts), ['loopback', loopback(facts)]]),
    [`kernel ${facts.kernel.release}`, ...indent(table(kernelRows(facts)))],
    ['buffers', ...indent(table(bufferRows(facts)))],
    table(processRows(facts)),
    ...found.map(({ kind, text, commands }) => [`${kind}: ${text}`, ...indent(commands)]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function heading({ volley, runtime }: Facts): string {
  const { name, version, platform, arch, libc } = runtime;
  return `Volley ${or(volley)} on ${name} ${version}, ${platform} ${arch}${libc ? `, ${libc}` : ''}`;
}

function driverRows({ driver }: Facts): Row[] {
  const why = driver.wanted
    ? `VOLLEY_DRIVER=${driver.wanted}`
    : driver.name === 'linux'
      ? 'the addon loads'
      : 'the addon does not load, see below';
  return [
    ['driver', driver.name ? `${driver.name} (${why})` : `none (${why})`],
    ['addon', driver.addon ?? 'not loaded'],
  ];
}

function loopback({ loopback: { roundTrip } }: Facts): string {
  return roundTrip === 'ok' ? 'a datagram went out and came back' : roundTrip;
}

function kernelRows({ kernel, driver }: Facts): Row[] {
  const answer = (feature: Feature): string => kernel.features?.[feature] ?? 'unknown';
  /** What a feature is worth to Volley where the kernel has it. */
  const say = (features: readonly Feature[], meaning: string): string => {
    const refusals = features.map(answer).filter((text) => text !== 'ok');
    return refusals.length === 0 ? meaning : [...new Set(refusals)].join(', ');
  };
  const used = driver.name === 'linux' ? 'used' : 'offered, not used by this driver';
  const notYet = 'offered, not used yet';
  const group = `${used}${driver.name === 'linux' ? `, ${segments(kernel)}` : ''}`;
  return [
    ['GSO (UDP_SEGMENT)', offload(kernel.gso, say(['segmentation'], group))],
    ['GRO (UDP_GRO)', offload(kernel.gro, say(['merging'], used))],
    ['sendmmsg, recvmmsg', say(['sendmmsg', 'recvmmsg'], used)],
    ['packet information (IP_PKTINFO)', say(['packetInformation'], notYet)],
    [
      'timestamps (SO_TIMESTAMPNS, SO_TIMESTAMPING)',
      say(['nanosecondTimestamps', 'timestamping'], notYet),
    ],
    ['IPv6', say(['ipv6'], 'works on loopback')],
    ['SO_REUSEPORT', say(['portSharing'], 'offered, by the option reusePort')],
  ];
}

function segments({ mostSegments }: Facts['kernel']): string {
  return `up to ${mostSegments} datagrams a message`;
}

function offload({ switchedOffBy }: OffloadFacts, otherwise: string): string {
  return switchedOffBy ? `off by ${switchedOffBy}` : otherwise;
}

function bufferRows(facts: Facts): Row[] {
  const rows = settings(facts).map(({ name, value, low }): Row => {
    const verdict = value !== null && value < low ? ' (low for high rates)' : '';
    return [name, `${setting(facts, name, value)}${verdict}`];
  });
  const { receiveBuffer, sendBuffer } = facts.loopback;
  const granted = `${or(receiveBuffer)} to receive, ${or(sendBuffer)} to send (Linux counts double)`;
  return [...rows, [`asked for ${BUFFER_ASKED}, a socket gets`, granted]];
}

/** `udp_mem` has three numbers, of which the last is judged. */
function setting({ buffers }: Facts, name: string, value: Known<number>): string {
  return name === 'net.ipv4.udp_mem' && buffers.udpMemory
    ? `${buffers.udpMemory.join(' ')} pages`
    : or(value);
}

function processRows({ drops, openFiles, permission }: Facts): Row[] {
  const { enforced, network, addons, workers } = permission;
  const rights = Object.entries({ network, addons, workers }).map(
    ([name, allowed]) => `${name} ${allowed === null ? 'not known' : allowed ? 'yes' : 'no'}`,
  );
  return [
    ['dropped, receive buffers full', `IPv4 ${or(drops.ipv4)}, IPv6 ${or(drops.ipv6)}`],
    ['open files', openFiles ? `${openFiles.soft}, at most ${openFiles.hard}` : 'unknown'],
    ['permission model', enforced ? `on: ${rights.join(', ')}` : 'off'],
  ];
}

function or(value: Known<string | number>): string {
  return value === null ? 'unknown' : String(value);
}

function table(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
