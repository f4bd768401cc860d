import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Facts } from '#volley/cli/doctor/facts.js';
import { findings, isWell } from '#volley/cli/doctor/findings.js';
import { ipv4Counter, ipv6Counter } from '#volley/cli/doctor/system.js';
import { screen } from '#volley/cli/doctor/text.js';

const FEATURES = {
  ...{ ipv4: 'ok', ipv6: 'ok', segmentation: 'ok', merging: 'ok', sendmmsg: 'ok', recvmmsg: 'ok' },
  ...{ packetInformation: 'ok', nanosecondTimestamps: 'ok', timestamping: 'ok', portSharing: 'ok' },
};

/** A machine where everything is as it should be. */
const GOOD: Facts = {
  volley: '1.2.3',
  runtime: { name: 'Node', version: '26.1.0', platform: 'linux', arch: 'x64', libc: 'glibc 2.36' },
  driver: {
    name: 'linux',
    wanted: null,
    addon: '/a/volley.node',
    addonProblem: null,
    problem: null,
  },
  kernel: {
    release: '6.18.0',
    features: FEATURES,
    gso: { used: true, switchedOffBy: null },
    gro: { used: true, switchedOffBy: null },
    mostSegments: 128,
  },
  loopback: { roundTrip: 'ok', receiveBuffer: 8_388_608, sendBuffer: 8_388_608 },
  buffers: {
    receiveMaximum: 8_388_608,
    receiveDefault: 1_048_576,
    sendMaximum: 8_388_608,
    backlog: 10_000,
    udpMemory: [500_000, 700_000, 1_000_000],
    receiveMinimum: 16_384,
  },
  drops: { ipv4: 0, ipv6: 0 },
  openFiles: { soft: 65_536, hard: 'unlimited' },
  permission: { enforced: false, network: true, addons: true, workers: true },
};

function commands(facts: Facts): string[] {
  return findings(facts).flatMap((finding) => [...finding.commands]);
}

describe('findings', () => {
  it('are none where all is well', () => {
    assert.deepEqual(findings(GOOD), []);
    assert.ok(isWell([]));
  });

  it('name a command for each low ceiling, and for no other', () => {
    const low = { ...GOOD.buffers, receiveMaximum: 212_992, backlog: 1000 };
    assert.deepEqual(commands({ ...GOOD, buffers: low }), [
      'sysctl -w net.core.rmem_max=8388608',
      'sysctl -w net.core.netdev_max_backlog=10000',
    ]);
    const little = { ...GOOD.buffers, udpMemory: [1000, 2000, 3000] };
    assert.deepEqual(commands({ ...GOOD, buffers: little }), [
      'sysctl -w net.ipv4.udp_mem="16384 24576 32768"',
    ]);
  });

  it('judge nothing that is not known', () => {
    const unknown = {
      ...{ receiveMaximum: null, receiveDefault: null, sendMaximum: null },
      ...{ backlog: null, udpMemory: null, receiveMinimum: null },
    };
    const drops = { ipv4: null, ipv6: null };
    assert.deepEqual(findings({ ...GOOD, buffers: unknown, drops, openFiles: null }), []);
  });

  it('keep a hint apart from a problem', () => {
    const drops = findings({ ...GOOD, drops: { ipv4: 3, ipv6: 4 } });
    assert.deepEqual(
      drops.map(({ kind }) => kind),
      ['hint'],
    );
    assert.match(drops[0]?.text ?? '', /^7 datagrams/);
    assert.ok(isWell(drops));
    const few = findings({ ...GOOD, openFiles: { soft: 1024, hard: 4096 } });
    assert.deepEqual(few[0]?.commands, ['ulimit -n 65536']);
  });

  it('count a missing addon as a problem on Linux alone', () => {
    const driver = {
      ...GOOD.driver,
      name: 'builtin',
      addon: null,
      addonProblem: 'no addon',
    } as const;
    assert.equal(isWell(findings({ ...GOOD, driver })), false);
    const runtime = { ...GOOD.runtime, platform: 'darwin' };
    assert.equal(isWell(findings({ ...GOOD, runtime, driver })), true);
  });

  it('tell a reason once', () => {
    const driver = { ...GOOD.driver, name: null, addon: null, addonProblem: 'why', problem: 'why' };
    const found = findings({ ...GOOD, driver, loopback: { ...GOOD.loopback, roundTrip: 'why' } });
    assert.deepEqual(
      found.map(({ text }) => text),
      ['why'],
    );
  });

  it('say that loopback is broken, or that the network is forbidden', () => {
    const loopback = { ...GOOD.loopback, roundTrip: 'send EPERM' };
    assert.match(findings({ ...GOOD, loopback })[0]?.text ?? '', /send EPERM/);
    const permission = { ...GOOD.permission, enforced: true, network: false };
    const found = findings({ ...GOOD, loopback, permission });
    assert.deepEqual(
      found.map(({ text }) => text),
      ['The network is forbidden to this process; run Node with --allow-net.'],
    );
  });
});

describe('the screen', () => {
  it('says what the kernel refused, by its errno', () => {
    const features = { ...FEATURES, segmentation: 'ENOPROTOOPT', ipv6: 'EAFNOSUPPORT' };
    const text = screen({ ...GOOD, kernel: { ...GOOD.kernel, features } }, []);
    assert.match(text, /GSO \(UDP_SEGMENT\) +ENOPROTOOPT$/m);
    assert.match(text, /IPv6 +EAFNOSUPPORT$/m);
  });

  it('names the kernels that corrupt segments', () => {
    const gso = { used: false, switchedOffBy: 'Linux 7.0.3, which corrupts the segments' };
    const text = screen({ ...GOOD, kernel: { ...GOOD.kernel, gso } }, []);
    assert.match(text, /GSO \(UDP_SEGMENT\) +off by Linux 7\.0\.3/);
  });

  it('shows commands below what they are for', () => {
    const text = screen(GOOD, [{ kind: 'hint', text: 'do this:', commands: ['a', 'b'] }]);
    assert.ok(text.endsWith('\nhint: do this:\n  a\n  b\n'));
  });
});

describe('counters of /proc', () => {
  const SNMP =
    'Ip: A B\nIp: 1 2\nUdp: InDatagrams RcvbufErrors\nUdp: 10 7\nUdpLite: RcvbufErrors\nUdpLite: 1\n';

  it('are found by their name', () => {
    assert.equal(ipv4Counter(SNMP, 'RcvbufErrors'), 7);
    assert.equal(ipv6Counter('Udp6InErrors   \t3\nUdp6RcvbufErrors\t9\n', 'Udp6RcvbufErrors'), 9);
  });

  it('are not known where they are not there', () => {
    assert.equal(ipv4Counter(SNMP, 'MemErrors'), null);
    assert.equal(ipv4Counter(null, 'RcvbufErrors'), null);
    assert.equal(ipv4Counter('', 'RcvbufErrors'), null);
    assert.equal(ipv6Counter('Udp6InErrors 3\n', 'Udp6RcvbufErrors'), null);
  });
});
