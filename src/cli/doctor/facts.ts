/**
 * `volley doctor`, first of its three steps: facts → findings → text.
 *
 * Facts are what this machine and this process are, gathered by trying rather than by asking where that
 * can be done, and without a judgement. `null` stands for what could not be learnt: a `/proc` that is not
 * there or may not be read, a kernel that only the native driver could ask. None of it throws.
 *
 * `volley doctor --json` prints this very object.
 */
import type { Feature } from '../../drivers/linux/addon.ts';
import { driverFacts } from './driver.ts';
import { permissionFacts } from './permission.ts';
import { runtimeFacts } from './runtime.ts';
import { tryLoopback } from './socket.ts';
import { ceilings, openFiles, udpDrops } from './system.ts';

/** Something that may not be known. */
export type Known<T> = T | null;

export interface Facts {
  readonly volley: Known<string>;
  readonly runtime: RuntimeFacts;
  readonly driver: DriverFacts;
  readonly kernel: KernelFacts;
  readonly loopback: LoopbackFacts;
  readonly buffers: BufferFacts;
  readonly drops: DropFacts;
  readonly openFiles: Known<{
    readonly soft: number | 'unlimited';
    readonly hard: number | 'unlimited';
  }>;
  readonly permission: PermissionFacts;
}

export interface RuntimeFacts {
  readonly name: 'Node' | 'Bun' | 'Deno';
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
  /** `glibc 2.36` or `musl`. */
  readonly libc: Known<string>;
}

export interface DriverFacts {
  /** The driver that sockets get; `null` where they get an error, which is {@link problem}. */
  readonly name: Known<'linux' | 'builtin'>;
  /** What VOLLEY_DRIVER says. */
  readonly wanted: Known<string>;
  /** The file of the addon, where it loads. */
  readonly addon: Known<string>;
  /** Why the addon does not load, and what to do. */
  readonly addonProblem: Known<string>;
  readonly problem: Known<string>;
}

export interface KernelFacts {
  readonly release: string;
  /** What it said to each feature: `ok`, or the name of the errno. `null` without the addon. */
  readonly features: Known<Readonly<Record<Feature, string>>>;
  /** Whether Volley sends and receives in groups here, and what keeps it from doing so. */
  readonly gso: OffloadFacts;
  readonly gro: OffloadFacts;
  /** How many datagrams Volley sends as one message at most. */
  readonly mostSegments: number;
}

export interface OffloadFacts {
  readonly used: boolean;
  /** `VOLLEY_GSO=0`, say. */
  readonly switchedOffBy: Known<string>;
}

export interface LoopbackFacts {
  /** `ok` where a datagram went out by the driver in use and came back; else what went wrong. */
  readonly roundTrip: string;
  /** In bytes: what sockets report that asked for {@link BUFFER_ASKED} bytes, which Linux doubles. */
  readonly receiveBuffer: Known<number>;
  readonly sendBuffer: Known<number>;
}

/** What a socket asks for to see what it gets, in bytes. */
export const BUFFER_ASKED: number = 4 * 1024 * 1024;

/** Sizes in bytes, but for the backlog, which is in packets, and `udpMemory`, in pages. */
export interface BufferFacts {
  readonly receiveMaximum: Known<number>;
  readonly receiveDefault: Known<number>;
  readonly sendMaximum: Known<number>;
  readonly backlog: Known<number>;
  /** All sockets together: from where memory is free, tight, and refused. */
  readonly udpMemory: Known<readonly number[]>;
  readonly receiveMinimum: Known<number>;
}

/** Datagrams that this network namespace dropped since it began, because a receive buffer was full. */
export interface DropFacts {
  readonly ipv4: Known<number>;
  readonly ipv6: Known<number>;
}

/** Of Node's permission model. `null`: this Node's model does not know it. */
export interface PermissionFacts {
  /** Whether it is on at all. Everything is allowed where it is not. */
  readonly enforced: boolean;
  readonly network: Known<boolean>;
  readonly addons: Known<boolean>;
  readonly workers: Known<boolean>;
}

/** Looks at everything there is to look at. */
export async function gatherFacts(): Promise<Facts> {
  const { volley, runtime } = runtimeFacts();
  const { driver, kernel } = driverFacts();
  return {
    volley,
    runtime,
    driver,
    kernel,
    loopback: await tryLoopback(),
    buffers: ceilings(),
    drops: udpDrops(),
    openFiles: openFiles(),
    permission: permissionFacts(),
  };
}
