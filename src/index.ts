/**
 * Volley: `node:dgram`, in volleys.
 *
 * @example
 * import dgram from 'volley';
 *
 * const server = dgram.createSocket('udp4');
 * server.on('message', (message, source) => server.send(message, source.port, source.address));
 * server.bind(41234);
 */

import { legacyExports } from './socket/legacy.ts';
import { createSocket, Socket as SocketClass } from './socket.ts';
import type * as types from './types/index.ts';

export type * from './types/index.ts';
export { createSocket };

/** A UDP socket, see {@link createSocket}. */
export type Socket = types.Socket;
/** The class of all sockets, to extend or to test with `instanceof`. */
export const Socket: types.SocketConstructor = SocketClass;

/** The same, shaped like the default export of `node:dgram`. */
const dgram: {
  /** See {@link createSocket}. */
  createSocket: typeof createSocket;
  /** See {@link Socket}. */
  Socket: typeof Socket;
} = {
  createSocket,
  Socket,
  ...legacyExports(),
};

/** The types that `node:dgram` has, for programs that import the default and write `dgram.Socket`. */
declare namespace dgram {
  /** See {@link types.Socket}. */
  export type Socket = types.Socket;
  /** See {@link types.SocketType}. */
  export type SocketType = types.SocketType;
  /** See {@link types.SocketOptions}. */
  export type SocketOptions = types.SocketOptions;
  /** See {@link types.SocketEventMap}. */
  export type SocketEventMap = types.SocketEventMap;
  /** See {@link types.BindOptions}. */
  export type BindOptions = types.BindOptions;
  /** See {@link types.BindSyncOptions}. */
  export type BindSyncOptions = types.BindSyncOptions;
  /** See {@link types.RemoteInfo}. */
  export type RemoteInfo = types.RemoteInfo;
}
export default dgram;
