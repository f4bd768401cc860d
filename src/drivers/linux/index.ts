import type { Driver, HandleEvents, OpenOptions } from '../../driver.ts';
import { type Addon, MAXIMUM_BATCH, RECORD_WORDS } from './addon.ts';
import { DestinationCache, SourceCache } from './addresses.ts';
import { LinuxHandle, type LinuxThread } from './handle.ts';
import { loadAddon } from './load.ts';
import { availableOffload } from './offload.ts';
import { RecordedBatch } from './received.ts';

/**
 * The driver over the native addon.
 * @throws `AddonUnavailable`
 */
export function createLinuxDriver(): Driver {
  const thread = setUpThread(loadAddon().addon);
  return {
    name: 'linux',
    offload: thread.offload,
    open: (options: OpenOptions, events: HandleEvents) => new LinuxHandle(thread, options, events),
  };
}

/** Sets the addon up for this thread: the memory that records cross in, and who is told of events. */
function setUpThread(addon: Addon<LinuxHandle>): LinuxThread {
  const sources = new SourceCache(addon);
  const receiveRecords = new Uint32Array(MAXIMUM_BATCH * RECORD_WORDS);
  const sendRecords = new Uint32Array(MAXIMUM_BATCH * RECORD_WORDS);
  addon.setup({
    sendRecords,
    receiveRecords,
    received(bytes, count) {
      return this.events.received(new RecordedBatch(sources, bytes, receiveRecords, count));
    },
    deliver() {
      this.events.deliver();
    },
    flush() {
      this.events.flush();
    },
    receiveFailed(errno) {
      this.events.receiveFailed(errno);
    },
    writable() {
      this.events.writable();
    },
    segmentationRefused(index) {
      this.segmentationRefused(index);
    },
  });
  const destinations = { 4: new DestinationCache(addon, 4), 6: new DestinationCache(addon, 6) };
  return { addon, sendRecords, destinations, offload: availableOffload(addon) };
}
