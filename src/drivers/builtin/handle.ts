import type dgram from 'node:dgram';
import { isIP } from 'node:net';
import type {
  Address,
  Endpoint,
  Family,
  Handle,
  HandleEvents,
  IntegerOption,
  MembershipRequest,
  NativeHandle,
  OpenOptions,
  ReceivedBatch,
  SendBatch,
  SharedTarget,
} from '../../driver.ts';
import { errnoOf } from '../../errors/system.ts';
import { nativeHandleOf } from '../../node-dgram/native-handle.ts';
import { openQuietly, supportsReusePort } from '../../node-dgram/open.ts';
import { attempt, errnoFrom } from './errno.ts';
import { Sends } from './sends.ts';

/** Bun's `node:dgram` has a port some turns of the event loop after `bind`, whatever the lookup. */
const BINDS_LATER = process.versions.bun !== undefined;

/**
 * A socket of `node:dgram` behind the seam, by public API alone.
 *
 * Its name lookup answers at once, so binding and sending reach the system within the call. What
 * `node:dgram` reports later all the same is held back as the seam wants it: results of sends by
 * `-EAGAIN` followed by `writable`, those of `connect` by a late `done`.
 */
export class BuiltinHandle implements Handle {
  bindLater?: NonNullable<Handle['bindLater']>;
  readonly #options: OpenOptions;
  readonly #events: HandleEvents;
  readonly #sends: Sends;
  #socket: dgram.Socket;
  #onError: ((error: unknown) => void) | undefined;
  #closed = false;
  #stopped = false;

  constructor(options: OpenOptions, events: HandleEvents) {
    this.#options = options;
    this.#events = events;
    this.#sends = new Sends(() => events.writable());
    this.#socket = this.#open();
    if (BINDS_LATER) {
      this.bindLater = (address, port, done) => {
        const refusal = this.#bindRefusal(address);
        if (refusal < 0) done(refusal);
        else this.#bindLater({ address, port, exclusive: true }, done);
      };
    }
  }

  #open(): dgram.Socket {
    const socket = openQuietly(this.#options);
    socket.on('message', (message, source) => this.#deliver(message, source));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#noteClosed(socket));
    return socket;
  }

  #deliver(message: Buffer, source: dgram.RemoteInfo): void {
    const deliveries = this.#events.received(new SingleDatagram(message, source));
    for (let made = 1; made <= deliveries; made += 1) {
      this.#deliverOne(made === deliveries);
      if (!this.#closed) continue;
      this.#events.flush();
      return;
    }
  }

  /**
   * `node:dgram` has one callback scope for the one datagram, so ticks do not run between its two
   * deliveries ('messages' and 'message'). What a handler throws surfaces when both are done.
   */
  #deliverOne(last: boolean): void {
    try {
      this.#events.deliver();
    } catch (error) {
      if (last) throw error;
      process.nextTick(rethrow, error);
    }
  }

  /** Where it was not `close()`, it was the cluster. */
  #noteClosed(socket: dgram.Socket): void {
    if (this.#closed || socket !== this.#socket) return;
    this.#closed = true;
    this.#events.closed();
  }

  #fail(error: unknown): void {
    if (this.#onError) this.#onError(error);
    else this.#events.receiveFailed(errnoFrom(error));
  }

  /** Runs something whose failure `node:dgram` emits within the call. */
  #catching(run: () => void): unknown {
    let failure: unknown;
    this.#onError = (error) => {
      failure = error;
    };
    try {
      run();
    } catch (error) {
      failure = error;
    } finally {
      this.#onError = undefined;
    }
    return failure;
  }

  /** Asked for what `node:dgram` of this Node would ignore without a word. */
  #unsupported(): boolean {
    return this.#options.reusePort && !supportsReusePort();
  }

  bind(address: string, port: number): number {
    const refusal = this.bindLater ? errnoOf('ENOTSUP') : this.#bindRefusal(address);
    if (refusal < 0) return refusal;
    const failure = this.#catching(() => this.#socket.bind({ address, port, exclusive: true }));
    return failure === undefined ? 0 : errnoFrom(failure);
  }

  #bindRefusal(address: string): number {
    if (this.#unsupported()) return errnoOf('ENOTSUP');
    // A lookup of the program's own may answer anything: '' would mean all interfaces to node:dgram, and
    // that of Bun and of Deno would take the other family.
    return this.#isOwnFamily(address) ? 0 : errnoOf('EINVAL');
  }

  #isOwnFamily(address: string): boolean {
    return isIP(address) === (this.#options.family === 'IPv6' ? 6 : 4);
  }

  bindShared(target: SharedTarget, done: (errno: number) => void): void {
    if (this.#unsupported()) done(errnoOf('ENOTSUP'));
    else this.#bindLater({ ...target, exclusive: false }, done);
  }

  #bindLater(target: dgram.BindOptions, done: (errno: number) => void): void {
    const listening = (): void => finish(0);
    const finish = (errno: number): void => {
      this.#onError = undefined;
      this.#socket.off('listening', listening);
      done(errno);
    };
    this.#onError = (error) => finish(errnoFrom(error));
    this.#socket.once('listening', listening);
    this.#socket.bind(target);
  }

  adopt(fd: number): number | string {
    // Bun opens a socket of its own instead, without a word.
    if (BINDS_LATER) return errnoOf('ENOTSUP');
    const failure = this.#catching(() => this.#socket.bind({ fd, exclusive: true }));
    if (failure === undefined) return 0;
    // node:dgram takes a socket that refused a descriptor for bound from then on.
    this.#socket.close();
    this.#socket = this.#open();
    return unsupportedType(failure) ?? errnoFrom(failure);
  }

  adoptNative(native: NativeHandle): number | string {
    const bind: (native: NativeHandle) => void = Reflect.get(this.#socket, 'bind');
    const failure = this.#catching(() => Reflect.apply(bind, this.#socket, [native]));
    return failure === undefined ? 0 : errnoFrom(failure);
  }

  nativeHandle(): NativeHandle | number {
    return nativeHandleOf(this.#socket) ?? errnoOf('ENOTSUP');
  }

  descriptor(): number {
    return nativeHandleOf(this.#socket)?.fd ?? errnoOf('EBADF');
  }

  connect(address: string, port: number, done: (errno: number) => void): void {
    if (!this.#isOwnFamily(address)) {
      done(errnoOf('EINVAL'));
    } else if (typeof this.#socket.connectSync === 'function') {
      done(attempt(() => this.#socket.connectSync(port, address)));
    } else {
      this.#connectOnOlderNode(address, port, done);
    }
  }

  /** Where Node has no `connectSync` (20 and 22), success shows at once, but a failure's reason comes later. */
  #connectOnOlderNode(address: string, port: number, done: (errno: number) => void): void {
    const reported = (error?: unknown): void => {
      if (error) done(errnoFrom(error));
    };
    this.#socket.connect(port, address, reported);
    if (attempt(() => this.#socket.remoteAddress()) === 0) done(0);
  }

  disconnect(): number {
    return attempt(() => this.#socket.disconnect());
  }

  localAddress(): Endpoint | number {
    return endpoint(() => this.#socket.address());
  }

  remoteAddress(): Endpoint | number {
    return endpoint(() => this.#socket.remoteAddress());
  }

  /** `node:dgram` receives from the moment it is bound, unless it was stopped. */
  startReceiving(): number {
    if (this.#stopped) nativeHandleOf(this.#socket)?.recvStart();
    this.#stopped = false;
    return 0;
  }

  stopReceiving(): void {
    this.#stopped = true;
    nativeHandleOf(this.#socket)?.recvStop();
  }

  /** An address of the other family passes: `node:dgram` refuses it in its turn, when it is sent to. */
  parseAddress(text: string, answer = false): Address | number {
    const numeric = answer ? text.replace(/%.*$/, '') : text;
    return isIP(numeric) === 0 ? errnoOf('EINVAL') : { text, record: new Uint32Array() };
  }

  send(batch: SendBatch): number {
    return this.#sends.offer(batch, this.#closed ? undefined : this.#socket);
  }

  takeAhead(batch: SendBatch): void {
    if (!this.#closed) this.#sends.give(batch, this.#socket);
  }

  setOption(option: IntegerOption, value: number): number {
    const socket = this.#socket;
    switch (option) {
      case 'ttl':
        return attempt(() => socket.setTTL(value));
      case 'multicastTTL':
        return attempt(() => socket.setMulticastTTL(value));
      case 'multicastLoopback':
        return attempt(() => socket.setMulticastLoopback(value !== 0));
      case 'broadcast':
        return attempt(() => socket.setBroadcast(value !== 0));
      case 'receiveBufferSize':
        return attempt(() => socket.setRecvBufferSize(value));
      case 'sendBufferSize':
        return attempt(() => socket.setSendBufferSize(value));
    }
  }

  getOption(option: IntegerOption): number {
    let value = errnoOf('ENOTSUP');
    const failure = attempt(() => {
      if (option === 'receiveBufferSize') value = this.#socket.getRecvBufferSize();
      if (option === 'sendBufferSize') value = this.#socket.getSendBufferSize();
    });
    return failure < 0 ? failure : value;
  }

  /** `node:dgram` does not tell. */
  dropCount(): number {
    return errnoOf('ENOTSUP');
  }

  setMulticastInterface(address: string): number {
    return attempt(() => this.#socket.setMulticastInterface(address));
  }

  setMembership({ join, group, interfaceAddress, source }: MembershipRequest): number {
    const socket = this.#socket;
    return attempt(() => {
      if (source !== undefined) {
        if (join) socket.addSourceSpecificMembership(source, group, interfaceAddress);
        else socket.dropSourceSpecificMembership(source, group, interfaceAddress);
      } else if (join) socket.addMembership(group, interfaceAddress);
      else socket.dropMembership(group, interfaceAddress);
    });
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  hasRef(): boolean {
    return nativeHandleOf(this.#socket)?.hasRef() ?? false;
  }

  close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#socket.close();
    return this.#sends.underWay;
  }
}

/** A batch of the one datagram that `node:dgram` hands over at a time. */
class SingleDatagram implements ReceivedBatch {
  readonly count = 1;
  readonly bytes: Buffer;
  readonly #source: dgram.RemoteInfo;

  constructor(bytes: Buffer, source: dgram.RemoteInfo) {
    this.bytes = bytes;
    this.#source = source;
  }

  offset(): number {
    return 0;
  }

  size(): number {
    return this.bytes.byteLength;
  }

  payload(): Buffer {
    return this.bytes;
  }

  address(): string {
    return this.#source.address;
  }

  family(): Family {
    return this.#source.family;
  }

  port(): number {
    return this.#source.port;
  }
}

function rethrow(error: unknown): never {
  throw error;
}

function endpoint(
  read: () => { address: string; family: string; port: number },
): Endpoint | number {
  let result: Endpoint | undefined;
  const failure = attempt(() => {
    const { address, family, port } = read();
    result = { address, family: family === 'IPv6' ? 'IPv6' : 'IPv4', port };
  });
  return result ?? failure;
}

/** `FILE`, where `node:dgram` says that a descriptor is a file and no UDP socket. */
function unsupportedType(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return error.code === 'ERR_INVALID_FD_TYPE' ? error.message.split(': ').at(-1) : undefined;
}
