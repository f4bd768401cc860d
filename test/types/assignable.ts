/**
 * Volley's types stand in for those of `@types/node`, and the other way round. The compiler is what
 * tests it: where a line here is untrue, the file does not compile.
 */
import type nodeDgram from 'node:dgram';
import type * as volley from 'volley';
import volleyDefault, { createSocket, Socket } from 'volley';

/** Holds where a value of `From` can be given to whoever wants a `To`. */
type Assignable<From, To> = From extends To ? true : never;

/** Holds where each can be given for the other. */
type BothWays<A, B> = Assignable<A, B> & Assignable<B, A>;

export const socket: BothWays<volley.Socket, nodeDgram.Socket> = true;
export const socketType: BothWays<volley.SocketType, nodeDgram.SocketType> = true;
export const socketOptions: BothWays<volley.SocketOptions, nodeDgram.SocketOptions> = true;
export const remoteInfo: BothWays<volley.RemoteInfo, nodeDgram.RemoteInfo> = true;
export const bindOptions: BothWays<volley.BindOptions, nodeDgram.BindOptions> = true;
export const bindSyncOptions: BothWays<volley.BindSyncOptions, nodeDgram.BindSyncOptions> = true;
export const eventMap: BothWays<volley.SocketEventMap, nodeDgram.SocketEventMap> = true;

/** Functions written for one take sockets of the other. */
export function wantsNode(given: nodeDgram.Socket): nodeDgram.Socket {
  return given;
}
export function wantsVolley(given: volley.Socket): volley.Socket {
  return given;
}
export function passAround(own: volley.Socket, theirs: nodeDgram.Socket): void {
  wantsNode(own);
  wantsVolley(theirs);
  wantsNode(wantsVolley(theirs)).send('text', 53, '127.0.0.1', (error, bytes) => [error, bytes]);
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
