import type dgram from 'node:dgram';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type {
  Address,
  Endpoint,
  Handle,
  HandleEvents,
  IntegerOption,
  MembershipRequest,
  NativeHandle,
  OpenOptions,
  SendBatch,
} from '../../driver.ts';
import { errnoOf } from '../../errors/system.ts';
import { nativeHandleOf, openOver } from '../../node-dgram/native-handle.ts';
import { type Addon, BIND, RECORD_WORDS } from './addon.ts';
import type { DestinationCache } from './addresses.ts';
import { type SegmentLimit, writeGroups } from './groups.ts';
import { chooseOffload, type Offload } from './offload.ts';
import { Refusals } from './refusals.ts';

/** What all handles of a thread share. */
export interface LinuxThread {
  readonly addon: Addon<LinuxHandle>;
  readonly sendRecords: Uint32Array;
  readonly destinations: Readonly<Record<4 | 6, DestinationCache>>;
  readonly offload: Offload;
}

/** Of a socket whose datagrams all go one by one. */
const NO_SEGMENTATION: SegmentLimit = { limit: () => 0 };

/** The addon's numbers for the options; the order is that of the table in `native/options.c`. */
const INTEGER_OPTIONS: Readonly<Record<IntegerOption, number>> = {
  ttl: 0,
  multicastTTL: 1,
  multicastLoopback: 2,
  broadcast: 3,
  receiveBufferSize: 4,
  sendBufferSize: 5,
};

/** What sending to an address by a socket that has a peer is to libuv, and so to `node:dgram`. */
const IS_CONNECTED = -constants.errno.EISCONN;

/** An ICMP message has told that nobody listens at the peer. */
const REFUSED = -constants.errno.ECONNREFUSED;

/** What each system call answers with EBADF. */
const NO_DESCRIPTOR = -1;

/** Stands for a socket in `async_hooks`. */
class Resource {}

/** A socket of the addon, of which this object is the owner. */
export class LinuxHandle implements Handle {
  /** The addon calls these by way of `index.ts`. */
  readonly events: HandleEvents;
  readonly #thread: LinuxThread;
  readonly #resource = new Resource();
  readonly #family: 4 | 6;
  readonly #bindFlags: number;
  /** `undefined` where nothing is known against groups, which is nearly always. */
  #segmentLimit: SegmentLimit | undefined;
  /** A peer is set, and nothing was sent to it yet. */
  #peerUntried = false;
  /** The descriptor came with a peer, so that no other can be sent to. */
  #adoptedPeer = false;
  /** Has a duplicate of the descriptor, for `process.send`. */
  #forNode: dgram.Socket | undefined;

  constructor(thread: LinuxThread, options: OpenOptions, events: HandleEvents) {
    this.events = events;
    this.#thread = thread;
    this.#family = options.family === 'IPv6' ? 6 : 4;
    this.#bindFlags =
      (options.reuseAddr ? BIND.reuseAddr : 0) |
      (options.reusePort ? BIND.reusePort : 0) |
      (options.ipv6Only ? BIND.ipv6Only : 0);
    const { gso, gro } = chooseOffload(thread.offload, options);
    this.#segmentLimit = gso ? undefined : NO_SEGMENTATION;
    this.#addon.create(this, this.#family, gro, this.#resource);
  }

  get #addon(): Addon<LinuxHandle> {
    return this.#thread.addon;
  }

  bind(address: string, port: number): number {
    return this.#addon.bind(this, address, port, this.#bindFlags);
  }

  adopt(fd: number): number | string {
    const type = this.#addon.describeDescriptor(fd);
    if (type !== 'UDP') return type;
    const adopted = this.#addon.adopt(this, fd);
    this.#adoptedPeer = adopted === 0 && typeof this.remoteAddress() === 'object';
    return adopted;
  }

  adoptDuplicate(fd: number): number | string {
    const duplicate = this.#addon.duplicate(fd);
    if (duplicate < 0) return duplicate;
    const adopted = this.adopt(duplicate);
    if (adopted !== 0) closeSync(duplicate);
    return adopted;
  }

  adoptNative(native: NativeHandle): number | string {
    // Whatever has the methods passes for a handle, as in node:dgram; only one with a descriptor is of use here.
    const fd = Number.isInteger(native.fd) ? native.fd : NO_DESCRIPTOR;
    const adopted = this.adoptDuplicate(fd);
    if (adopted === 0) native.close();
    return adopted;
  }

  nativeHandle(): NativeHandle | number {
    if (!this.#forNode) {
      const fd = this.descriptor();
      const duplicate = fd < 0 ? fd : this.#addon.duplicate(fd);
      if (duplicate < 0) return duplicate;
      this.#forNode = openOver(duplicate, this.#family === 6 ? 'IPv6' : 'IPv4');
    }
    return nativeHandleOf(this.#forNode) ?? errnoOf('ENOTSUP');
  }

  descriptor(): number {
    return this.#addon.descriptor(this);
  }

  connect(address: string, port: number, done: (errno: number) => void): void {
    if (this.#segmentLimit instanceof Refusals) this.#segmentLimit.forgetPeer();
    this.#peerUntried = true;
    done(this.#addon.connect(this, address, port));
  }

  disconnect(): number {
    this.#adoptedPeer = false;
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

  stopReceiving(): void {
    this.#addon.stopReceiving(this);
  }

  parseAddress(text: string, answer = false): Address | number {
    return this.#thread.destinations[this.#family].parse(text, answer);
  }

  send(batch: SendBatch): number {
    if (this.#adoptedPeer && batch.addresses[batch.first]) return IS_CONNECTED;
    const { sendRecords, offload } = this.#thread;
    const alone = this.#peerUntried;
    const most = alone ? 1 : offload.mostSegments;
    const groups = writeGroups(batch, sendRecords, most, this.#segmentLimit);
    const offset = batch.offsets[batch.first] ?? 0;
    const sent = this.#addon.send(this, batch.bytes, offset, alone ? 1 : groups);
    // What fails here, such as one that is too long, did not reach the peer.
    if (sent > 0) this.#peerUntried = false;
    else if (sent === REFUSED) this.#notePeerRefused();
    return sent;
  }

  /**
   * Where nobody listens at the peer, each ICMP message fails the datagram after the one that it is about. In
   * groups most would go unnoticed, and programs count on it that every other one fails.
   */
  #notePeerRefused(): void {
    if (this.#segmentLimit !== NO_SEGMENTATION) this.#refusals().addPeer();
  }

  /** What is known against groups from now on. */
  #refusals(): Refusals {
    if (this.#segmentLimit instanceof Refusals) return this.#segmentLimit;
    const refusals = new Refusals();
    this.#segmentLimit = refusals;
    return refusals;
  }

  /** Called by the addon within `send`. */
  segmentationRefused(index: number): void {
    this.#refusals().add(this.#thread.sendRecords, index * RECORD_WORDS);
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

  dropCount(): number {
    return this.#addon.dropCount(this);
  }

  ref(): void {
    this.#addon.ref(this);
  }

  unref(): void {
    this.#addon.unref(this);
  }

  hasRef(): boolean {
    return this.#addon.hasRef(this);
  }

  close(): boolean {
    this.#forNode?.close();
    this.#addon.close(this);
    return false;
  }
}
