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
import { createSocket, Socket as SocketClass } from './socket.ts';
import { legacyExports } from './socket/legacy.ts';
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
export default dgram;
