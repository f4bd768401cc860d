import { closeSync } from 'node:fs';
import type {
  Address,
  Endpoint,
  Handle,
  HandleEvents,
  IntegerOption,
  MembershipRequest,
  OpenOptions,
  SendBatch,
} from '../../driver.ts';
import { type Addon, BIND, RECORD, RECORD_WORDS } from './addon.ts';
import type { DestinationCache } from './addresses.ts';

/** What all handles of a thread share. */
export interface LinuxThread {
  readonly addon: Addon<LinuxHandle>;
  readonly sendRecords: Uint32Array;
  readonly destinations: Readonly<Record<4 | 6, DestinationCache>>;
}

/**
 * Behind a datagram that fails, the records of all that follow are written anew, which would be
 * quadratic; a call more for each 128 datagrams is not to be measured.
 */
const RECORDS_A_CALL = 128;

/** The addon's numbers for the options; the order is that of the table in `native/options.c`. */
const INTEGER_OPTIONS: Readonly<Record<IntegerOption, number>> = {
  ttl: 0,
  multicastTTL: 1,
  multicastLoopback: 2,
  broadcast: 3,
  receiveBufferSize: 4,
  sendBufferSize: 5,
};

/** A socket of the addon, of which this object is the owner. */
export class LinuxHandle implements Handle {
  /** The addon calls these by way of `index.ts`. */
  readonly events: HandleEvents;
  readonly #thread: LinuxThread;
  readonly #addon: Addon<LinuxHandle>;
  readonly #family: 4 | 6;
  readonly #bindFlags: number;

  constructor(thread: LinuxThread, options: OpenOptions, events: HandleEvents) {
    this.events = events;
    this.#thread = thread;
    this.#addon = thread.addon;
    this.#family = options.family === 'IPv6' ? 6 : 4;
    this.#bindFlags =
      (options.reuseAddr ? BIND.reuseAddr : 0) |
      (options.reusePort ? BIND.reusePort : 0) |
      (options.ipv6Only ? BIND.ipv6Only : 0);
    this.#addon.create(this, this.#family);
  }

  bind(address: string, port: number): number {
    return this.#addon.bind(this, address, port, this.#bindFlags);
  }

  adopt(fd: number): number | string {
    const type = this.#addon.describeDescriptor(fd);
    return type === 'UDP' ? this.#addon.adopt(this, fd) : type;
  }

  adoptDuplicate(fd: number): number | string {
    const duplicate = this.#addon.duplicate(fd);
    if (duplicate < 0) return duplicate;
    const adopted = this.adopt(duplicate);
    if (adopted !== 0) closeSync(duplicate);
    return adopted;
  }

  connect(address: string, port: number, done: (errno: number) => void): void {
    done(this.#addon.connect(this, address, port));
  }

  disconnect(): number {
    return this.#addon.disconnect(this);
  }

  localAddress(): Endpoint | number {
    return this.#addon.localAddress(this);
  }

  remoteAddress(): Endpoint | number {
    return this.#addon.remoteAddress(this);
  }

  startReceiving(): number {
    return this.#addon.startReceiving(this);
  }

  parseAddress(text: string): Address | number {
    return this.#thread.destinations[this.#family].parse(text);
  }

  send(batch: SendBatch): number {
    const { sendRecords } = this.#thread;
    const count = Math.min(batch.count - batch.first, RECORDS_A_CALL);
    for (let index = 0; index < count; index += 1) {
      const datagram = batch.first + index;
      writeRecord(sendRecords, index * RECORD_WORDS, batch, datagram);
    }
    const offset = batch.offsets[batch.first] ?? 0;
    return this.#addon.send(this, batch.bytes, offset, count);
  }

  setOption(option: IntegerOption, value: number): number {
    return this.#addon.setOption(this, INTEGER_OPTIONS[option], value);
  }

  getOption(option: IntegerOption): number {
    return this.#addon.getOption(this, INTEGER_OPTIONS[option]);
  }

  setMulticastInterface(address: string): number {
    return this.#addon.setMulticastInterface(this, address);
  }

  setMembership({ join, group, interfaceAddress, source }: MembershipRequest): number {
    return this.#addon.setMembership(this, join, group, interfaceAddress, source);
  }

  ref(): void {
    this.#addon.ref(this);
  }

  unref(): void {
    this.#addon.unref(this);
  }

  close(): boolean {
    this.#addon.close(this);
    return false;
  }
}

/** Writes what the addon has to know of one datagram to the record that begins at word `at`. */
function writeRecord(records: Uint32Array, at: number, batch: SendBatch, datagram: number): void {
  const start = batch.offsets[datagram] ?? 0;
  const end = batch.offsets[datagram + 1] ?? 0;
  const address = batch.addresses[datagram];
  if (address) records.set(address.record, at);
  else records[at + RECORD.family] = 0;
  records[at + RECORD.length] = end - start;
  records[at + RECORD.port] = batch.ports[datagram] ?? 0;
}
