/** Whether the kernel splits what leaves (UDP_SEGMENT, "GSO") and merges what comes (UDP_GRO). */
import { release } from 'node:os';
import type { OpenOptions } from '../../driver.ts';
import type { Addon } from './addon.ts';

/** Kernels that split a message into segments with wrong contents, when all have the same size. */
const CORRUPTING = { first: [7, 0, 0], last: [7, 1, 4] } as const;

/** From here on the kernel takes {@link MANY_SEGMENTS} datagrams as one message (UDP_MAX_SEGMENTS, commit 1382e3b6a350). */
const MANY_SINCE = [6, 9, 0] as const;
const MANY_SEGMENTS = 128;
const FEW_SEGMENTS = 64;

/** What this thread may use at all. */
export interface Offload {
  readonly gso: boolean;
  readonly gro: boolean;
  /** How many datagrams the kernel takes as one message. */
  readonly mostSegments: number;
}

/** `VOLLEY_GSO=0` and `VOLLEY_GRO=0` switch each off; so does a kernel that lacks it or gets it wrong. */
export function availableOffload(addon: Pick<Addon, 'supportsSegmentation'>): Offload {
  return {
    gso: segmentationObstacle() === null && addon.supportsSegmentation(),
    // A kernel that does not know the option refuses it, and the socket goes on without.
    gro: mergingObstacle() === null,
    mostSegments: mostSegments(release()),
  };
}

/** What keeps datagrams from leaving in groups where the kernel knows how; `null` where nothing does. */
export function segmentationObstacle(): string | null {
  if (process.env.VOLLEY_GSO === '0') return 'VOLLEY_GSO=0';
  const kernel = release();
  if (!corruptsSegments(kernel)) return null;
  return `Linux ${kernel}, which corrupts the segments (7.0.0 to 7.1.4 do)`;
}

/** What keeps them from being merged where the kernel knows how; `null` where nothing does. */
export function mergingObstacle(): string | null {
  return process.env.VOLLEY_GRO === '0' ? 'VOLLEY_GRO=0' : null;
}

/** What a socket uses: what is available, unless its options say no. */
export function chooseOffload(
  available: Pick<Offload, 'gso' | 'gro'>,
  options: OpenOptions,
): Pick<Offload, 'gso' | 'gro'> {
  return { gso: available.gso && options.gso, gro: available.gro && options.gro };
}

/** Whether `kernel`, a text like `6.18.44-generic`, is one of {@link CORRUPTING}. */
export function corruptsSegments(kernel: string): boolean {
  const version = parseVersion(kernel);
  return compare(version, CORRUPTING.first) >= 0 && compare(version, CORRUPTING.last) <= 0;
}

/** How many datagrams `kernel` takes as one message. */
export function mostSegments(kernel: string): number {
  return compare(parseVersion(kernel), MANY_SINCE) >= 0 ? MANY_SEGMENTS : FEW_SEGMENTS;
}

function parseVersion(kernel: string): number[] {
  const [major = 0, minor = 0, patch = 0] = kernel.split(/[.-]/).map((part) => Number(part) || 0);
  return [major, minor, patch];
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, part] of left.entries()) {
    const difference = part - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
