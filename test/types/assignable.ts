/**
 * Volley's types stand in for those of `@types/node`: what is Volley's can be used wherever node's
 * is asked for. The other way round that holds for all but a `Socket`, which has methods and events
 * of its own here. The compiler is what tests it: where a line here is untrue, the file does not compile.
 */
import type nodeDgram from 'node:dgram';
import type * as volley from 'volley';
import volleyDefault, { createSocket, Socket } from 'volley';

/** Holds where a value of `From` can be given to whoever wants a `To`. */
type Assignable<From, To> = From extends To ? true : never;

/** Holds where each can be given for the other. */
type BothWays<A, B> = Assignable<A, B> & Assignable<B, A>;

export const socket: Assignable<volley.Socket, nodeDgram.Socket> = true;
export const socketType: BothWays<volley.SocketType, nodeDgram.SocketType> = true;
export const socketOptions: BothWays<volley.SocketOptions, nodeDgram.SocketOptions> = true;
export const remoteInfo: BothWays<volley.RemoteInfo, nodeDgram.RemoteInfo> = true;
export const bindOptions: BothWays<volley.BindOptions, nodeDgram.BindOptions> = true;
export const bindSyncOptions: BothWays<volley.BindSyncOptions, nodeDgram.BindSyncOptions> = true;
export const eventMap: Assignable<volley.SocketEventMap, nodeDgram.SocketEventMap> = true;
/** The default import has the types besides, as that of `node:dgram`. */
export const defaultSocket: BothWays<volleyDefault.Socket, volley.Socket> = true;
export const defaultTypes: BothWays<
  [
    volleyDefault.SocketType,
    volleyDefault.SocketOptions,
    volleyDefault.SocketEventMap,
    volleyDefault.BindOptions,
    volleyDefault.BindSyncOptions,
    volleyDefault.RemoteInfo,
  ],
  [
    volley.SocketType,
    volley.SocketOptions,
    volley.SocketEventMap,
    volley.BindOptions,
    volley.BindSyncOptions,
    volley.RemoteInfo,
  ]
> = true;
/** But for Volley's own events, the map is node's. */
export const sharedEvents: BothWays<
  Omit<volley.SocketEventMap, 'messages' | 'drain'>,
  nodeDgram.SocketEventMap
> = true;

/** Functions written for node's sockets take Volley's; those that want Volley's do not take node's. */
export function wantsNode(given: nodeDgram.Socket): nodeDgram.Socket {
  return given;
}
export function wantsVolley(given: volley.Socket): volley.Socket {
  return given;
}
export function passAround(own: volley.Socket, theirs: nodeDgram.Socket): void {
  wantsNode(own).send('text', 53, '127.0.0.1', (error, bytes) => [error, bytes]);
  wantsNode(wantsVolley(own));
  // @ts-expect-error A socket of node:dgram has no sendMany.
  wantsVolley(theirs);
}

/** `createSocket` of one is what code typed for the other expects, and so is the whole module. */
export const create: typeof nodeDgram.createSocket = createSocket;
export const module: Pick<typeof nodeDgram, 'createSocket'> = volleyDefault;

/** The class can be extended, and is a type besides. */
export class Counting extends Socket {
  count = 0;

  override close(callback?: () => void): this {
    this.count += 1;
    return super.close(callback);
  }
}
export const instance: Assignable<Counting, Socket> = true;

/** Listeners are given typed arguments. */
export function listen(own: volley.Socket): void {
  own.on('message', (message, source) => {
    const text: string = message.toString('utf8');
    const port: number = source.port;
    return [text, port];
  });
  own.once('error', (error) => error.message);
  // @ts-expect-error A message is no number.
  own.on('message', (message: number) => message);
}

/** Volley's own options. */
export const own: volley.Socket = createSocket({
  type: 'udp4',
  gso: false,
  gro: false,
  sendHighWaterMark: 64 * 1024,
});
// @ts-expect-error It is whether, not how much.
export const wrongOption: volley.SocketOptions = { type: 'udp4', gso: 64 };

/** `sendMany` in its forms. Without a callback each gives a number. */
export function sendMany(
  own: volley.Socket,
  payloads: readonly volley.Payload[],
  peers: readonly volley.Destination[],
  sources: readonly volley.RemoteInfo[],
): number[] {
  const callback: volley.SendManyCallback = (error, sent) => {
    const codes: (string | undefined)[] = error?.errors.map(({ code }) => code) ?? [];
    const indexes: number[] = error?.errors.map(({ index }) => index) ?? [];
    const code: 'ERR_VOLLEY_NOT_SENT' | undefined = error?.code;
    return [codes, indexes, code, sent.toFixed()];
  };
  // @ts-expect-error A port or destinations come before an address.
  own.sendMany(payloads, '127.0.0.1');
  // @ts-expect-error One payload needs destinations.
  own.sendMany('text', 53);
  // @ts-expect-error A block has a size for its segments.
  own.sendMany({ bytes: Buffer.alloc(8) }, 53);
  // @ts-expect-error A destination has a port.
  own.sendMany(payloads, [{ address: '127.0.0.1' }]);
  return [
    own.sendMany(payloads),
    own.sendMany(payloads, callback),
    own.sendMany(payloads, 53),
    own.sendMany(payloads, 53, callback),
    own.sendMany(payloads, 53, '127.0.0.1'),
    own.sendMany(payloads, 53, '127.0.0.1', callback),
    own.sendMany(payloads, peers),
    own.sendMany(payloads, sources, callback),
    own.sendMany('to all', peers),
    own.sendMany({ bytes: new Uint16Array(8), segmentSize: 4 }, 53, '127.0.0.1', callback),
    own.sendMany({ bytes: Buffer.alloc(8), segmentSize: 4 } satisfies volley.PayloadBlock, peers),
    own.sendMany(new DataView(new ArrayBuffer(1)), [{ port: 53 }], callback),
    own.sendMany(['text', new Uint8Array(1), Buffer.alloc(1), new Float64Array(1)], 53),
  ];
}

/** What Volley adds to the events. */
export function listenToBatches(own: volley.Socket): void {
  own.on('drain', () => {});
  own.on('messages', (batch) => {
    const one: [Buffer, string, 'IPv4' | 'IPv6', number, number, number] = [
      batch.payload(0),
      batch.address(0),
      batch.family(0),
      batch.port(0),
      batch.size(0),
      batch.offset(0),
    ];
    const source: nodeDgram.RemoteInfo = batch.source(0);
    for (const [message, { address, size }] of batch) own.send(message, size, address);
    own.sendMany(
      [...batch].map(([message]) => message),
      [...batch].map(([, from]) => from),
    );
    return [one, source, batch.bytes.subarray(batch.length)];
  });
  // @ts-expect-error Batches are read only.
  own.on('messages', (batch) => delete batch.length);
  // @ts-expect-error A batch is no buffer.
  own.on('messages', (batch: Buffer) => batch);
}
