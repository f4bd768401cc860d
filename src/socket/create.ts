import { channel } from 'node:diagnostics_channel';
import { currentDriver } from '../drivers/select.ts';
import { invalidArgumentType } from '../errors/arguments.ts';
import { badSocketType } from '../errors/socket.ts';
import type { LookupFunction, SocketType } from '../types/index.ts';
import { validateBlockList } from './block-list.ts';
import { chooseLookup } from './lookup.ts';
import type { SocketEvents } from './receive.ts';
import type { SocketSettings, SocketState } from './state.ts';
import { validateUint32 } from './validation.ts';

/** In bytes. Several slabs, so that a queue that is merely busy never counts as full. */
const SEND_HIGH_WATER_MARK = 1024 * 1024;

/** Where each new socket is published, as `{ socket }`. */
const socketChannel = channel('udp.socket');

/** What a socket was made with: the next one shares it if it is the same, as it is in most programs. */
let latest: SocketSettings | undefined;

/** Checks what `createSocket` or `new Socket` was given: a type, or options with a type. */
export function readSettings(given: unknown): SocketSettings {
  const settings = readOptions(given);
  if (latest && areSame(latest, settings)) return latest;
  // Objects of the program are not kept alive for the sake of the next socket.
  if (!settings.signal && !settings.receiveBlockList && !settings.sendBlockList) latest = settings;
  return settings;
}

function areSame(one: SocketSettings, other: SocketSettings): boolean {
  let key: keyof SocketSettings;
  for (key in one) if (one[key] !== other[key]) return false;
  return true;
}

function readOptions(given: unknown): SocketSettings {
  const options = typeof given === 'object' && given !== null ? given : undefined;
  const option = (name: string): unknown => options && Reflect.get(options, name);
  // The order in which node:dgram reads and judges them, on which it depends which of two mistakes is told.
  const type = options ? option('type') : given;
  const ownLookup = option('lookup');
  const recvBufferSize = readSize(option('recvBufferSize'), 'options.recvBufferSize');
  const sendBufferSize = readSize(option('sendBufferSize'), 'options.sendBufferSize');
  const receiveBlockList = validateBlockList(
    option('receiveBlockList'),
    'options.receiveBlockList',
  );
  const sendBlockList = validateBlockList(option('sendBlockList'), 'options.sendBlockList');
  const { lookup, looksUpNumbers } = chooseLookup(readLookup(ownLookup));
  if (!isSocketType(type)) throw badSocketType();
  // Each property by itself: spread syntax made creating a socket three times as slow.
  return {
    type,
    family: type === 'udp6' ? 'IPv6' : 'IPv4',
    lookup,
    looksUpNumbers,
    recvBufferSize,
    sendBufferSize,
    receiveBlockList,
    sendBlockList,
    sendHighWaterMark:
      readSize(option('sendHighWaterMark'), 'options.sendHighWaterMark') ?? SEND_HIGH_WATER_MARK,
    reuseAddr: Boolean(option('reuseAddr')),
    reusePort: Boolean(option('reusePort')),
    ipv6Only: Boolean(option('ipv6Only')),
    gso: option('gso') !== false,
    gro: option('gro') !== false,
    signal: readSignal(option('signal')),
  };
}

function isSocketType(value: unknown): value is SocketType {
  return value === 'udp4' || value === 'udp6';
}

function readLookup(value: unknown): LookupFunction | undefined {
  if (value === undefined || isLookup(value)) return value;
  throw invalidArgumentType('lookup', 'of type function', value);
}

function isLookup(value: unknown): value is LookupFunction {
  return typeof value === 'function';
}

function readSize(value: unknown, name: string): number | undefined {
  if (!value) return undefined;
  validateUint32(value, name);
  return value;
}

function readSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || isSignal(value)) return value;
  throw invalidArgumentType('options.signal', 'an instance of AbortSignal', value);
}

/** Whatever tells whether it is aborted will do, as everywhere in Node. */
function isSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && 'aborted' in value;
}

/** The state of a new socket, with an open handle. */
export function createState(settings: SocketSettings, events: SocketEvents): SocketState {
  const handle = currentDriver().open(settings, events);
  return {
    settings,
    events,
    handle,
    sendQueue: undefined,
    shared: undefined,
    binding: 'unbound',
    connection: 'disconnected',
    waiting: undefined,
  };
}

/** Shows a new socket to whoever listens on the channel `udp.socket`. */
export function publish(socket: object): void {
  socketChannel.publish({ socket });
}
