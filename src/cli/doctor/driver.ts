/** Which driver sockets get and why, and what the kernel offers to it. */
import { release } from 'node:os';
import type { Addon, Feature } from '../../drivers/linux/addon.ts';
import { AddonUnavailable, loadAddon } from '../../drivers/linux/load.ts';
import {
  availableOffload,
  mergingObstacle,
  mostSegments,
  segmentationObstacle,
} from '../../drivers/linux/offload.ts';
import { currentDriver } from '../../drivers/select.ts';
import { errnoName } from '../../errors/system.ts';
import type { DriverFacts, KernelFacts } from './facts.ts';

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
    gso: { used: available?.gso ?? false, switchedOffBy: segmentationObstacle() },
    gro: {
      used: available?.gro === true && features?.merging === 'ok',
      switchedOffBy: mergingObstacle(),
    },
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
