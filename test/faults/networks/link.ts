/** Two hosts with a bad wire between them (`fixtures/wire.py`). */
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { Host, noNamespaces } from '../../real/network.ts';
import { missing, Program, root } from '../../real/support.ts';

/** For a test's `skip`: `false` where a wire can be made here, else why not. */
export const noWire: string | false =
  noNamespaces() || missing('python3', 'python3') || (hasTun() ? false : 'needs /dev/net/tun');

function hasTun(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What the wire does, see RULES in `fixtures/wire.py`. */
export interface Rules {
  seed?: number;
  loss?: number;
  duplicate?: number;
  corrupt?: number;
  repaired?: number;
  hold?: number;
  hold_for?: number;
  delay?: number;
  jitter?: number;
  icmp?: 'port' | 'host' | 'prohibited' | 'too-big';
  mtu?: number;
  limit?: number;
  copies?: number;
  pass?: boolean;
}

/** What it did to the datagrams of one direction. */
export interface Counts {
  seen: number;
  lost: number;
  duplicated: number;
  corrupted: number;
  repaired: number;
  held: number;
  /** ICMP errors that it sent. */
  icmp: number;
  /** Datagrams that came in groups. */
  grouped: number;
  refused: number;
}

export type Feature = 'offload' | 'merge';

export const NEAR = { udp4: '10.90.0.1', udp6: 'fd90::1' };
export const FAR = { udp4: '10.90.0.2', udp6: 'fd90::2' };

export class Link {
  readonly near: Host;
  readonly far: Host;
  readonly #wire: Program;
  #addresses = 10;

  private constructor(near: Host, far: Host, wire: Program) {
    this.near = near;
    this.far = far;
    this.#wire = wire;
  }

  static async create(features: readonly Feature[] = []): Promise<Link> {
    const [near, far] = await Promise.all([Host.create(), Host.create()]);
    const script = `${root}test/faults/networks/fixtures/wire.py`;
    const wire = new Program('python3', [script, `${near.pid}`, `${far.pid}`, ...features]);
    assert.equal(await wire.line(), 'ready');
    for (const [host, own] of [
      [near, NEAR],
      [far, FAR],
    ] as const) {
      // Duplicate address detection would keep IPv6 addresses unusable for a second (RFC 4862).
      host.sysctl('ipv6/conf/wire/accept_dad=0', 'ipv6/conf/wire/router_solicitations=0');
      host.ip('link set wire addrgenmode none txqueuelen 20000 up');
      addAddresses(host, own);
      // The kernel merges what comes within this time, in nanoseconds, not only what one interrupt brings.
      if (features.includes('merge')) {
        const set =
          'mount -t sysfs sysfs /sys && echo 500000 > /sys/class/net/wire/gro_flush_timeout';
        host.run('unshare', '--mount', 'sh', '-c', set);
      }
    }
    return new Link(near, far, wire);
  }

  /** From now on, with all counts at 0. */
  async rules(rules: Rules): Promise<void> {
    await this.#order({ rules });
  }

  /** What became of all that was sent so far, once nothing is on its way. */
  settle(): Promise<{ forth: Counts; back: Counts }> {
    return this.#order({ settle: true });
  }

  /** Another address of the far host, to which the near one knows no path's MTU yet. */
  newAddress(type: 'udp4' | 'udp6'): string {
    this.#addresses += 1;
    const address = type === 'udp4' ? `10.90.0.${this.#addresses}` : `fd90::${this.#addresses}`;
    this.far.ip(`addr add ${address}/${type === 'udp4' ? 24 : 64} dev wire`);
    return address;
  }

  async #order(order: object): Promise<{ forth: Counts; back: Counts }> {
    this.#wire.write(`${JSON.stringify(order)}\n`);
    return JSON.parse(await this.#wire.line());
  }
}

export function addAddresses(host: Host, own: { udp4: string; udp6: string }): void {
  host.ip(`addr add ${own.udp4}/24 dev wire`, `addr add ${own.udp6}/64 dev wire`);
}
