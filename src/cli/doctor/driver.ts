/** Which driver sockets get and why, and what the kernel offers to it. */
import { release } from 'node:os';
import process from 'node:process';
import type { Addon, Feature } from '../../drivers/linux/addon.ts';
import { AddonUnavailable, loadAddon } from '../../drivers/linux/load.ts';
import { availableOffload, corruptsSegments, mostSegments } from '../../drivers/linux/offload.ts';
import { currentDriver } from '../../drivers/select.ts';
import { errnoName } from '../../errors/system.ts';
import type { DriverFacts, KernelFacts, Known, OffloadFacts } from './facts.ts';

/** An addon, or why there is none. */
type Loading = { addon: Addon; path: string } | { problem: string };

export function driverFacts(): { driver: DriverFacts; kernel: KernelFacts } {
  const loading = load();
  return {
    driver: {
      ...selected(),
      wanted: process.env.VOLLEY_DRIVER || null,
      addon: 'path' in loading ? loading.path : null,
      addonProblem: 'problem' in loading ? loading.problem : null,
    },
    kernel: kernelFacts('addon' in loading ? loading.addon : undefined),
  };
}

function load(): Loading {
  try {
    return loadAddon();
  } catch (error) {
    if (error instanceof AddonUnavailable) return { problem: error.message };
    throw error;
  }
}

function selected(): Pick<DriverFacts, 'name' | 'problem'> {
  try {
    return { name: currentDriver().name, problem: null };
  } catch (error) {
    return { name: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

function kernelFacts(addon: Addon | undefined): KernelFacts {
  const features = addon ? namedResults(addon.probe()) : null;
  const available = addon && availableOffload(addon);
  return {
    release: release(),
    features,
    gso: offload(available?.gso, 'VOLLEY_GSO', segmentationGate()),
    gro: offload(available?.gro && features?.merging === 'ok', 'VOLLEY_GRO', null),
    mostSegments: mostSegments(release()),
  };
}

/** `ok` and names of errnos for 0 and negative numbers. */
function namedResults(results: Record<Feature, number>): Record<Feature, string> {
  const name = (feature: Feature): string =>
    results[feature] === 0 ? 'ok' : errnoName(results[feature]);
  return {
    ipv4: name('ipv4'),
    ipv6: name('ipv6'),
    segmentation: name('segmentation'),
    merging: name('merging'),
    sendmmsg: name('sendmmsg'),
    recvmmsg: name('recvmmsg'),
    packetInformation: name('packetInformation'),
    nanosecondTimestamps: name('nanosecondTimestamps'),
    timestamping: name('timestamping'),
    portSharing: name('portSharing'),
  };
}

function offload(used: boolean | undefined, variable: string, gate: Known<string>): OffloadFacts {
  const byUser = process.env[variable] === '0' ? `${variable}=0` : null;
  return { used: used ?? false, switchedOffBy: byUser ?? gate };
}

function segmentationGate(): Known<string> {
  return corruptsSegments(release())
    ? `Linux ${release()}, which corrupts the segments (7.0.0 to 7.1.4 do)`
    : null;
}
