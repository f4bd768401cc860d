/**
 * Volley's types stand in for those of `@types/node`, and the other way round. The compiler is what
 * tests it: where a line here is untrue, the file does not compile.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type nodeDgram from 'node:dgram';
import type * as volley from 'volley';
import volleyDefault, { createSocket, Socket } from 'volley';

/** Holds where a value of `From` can be given to whoever wants a `To`. */
type Assignable<From, To> = From extends To ? true : never;

/** Holds where each can be given for the other. */
type BothWays<A, B> = Assignable<A, B> & Assignable<B, A>;

const socket: BothWays<volley.Socket, nodeDgram.Socket> = true;
const socketType: BothWays<volley.SocketType, nodeDgram.SocketType> = true;
const socketOptions: BothWays<volley.SocketOptions, nodeDgram.SocketOptions> = true;
const remoteInfo: BothWays<volley.RemoteInfo, nodeDgram.RemoteInfo> = true;
const bindOptions: BothWays<volley.BindOptions, nodeDgram.BindOptions> = true;
const bindSyncOptions: BothWays<volley.BindSyncOptions, nodeDgram.BindSyncOptions> = true;
const eventMap: BothWays<volley.SocketEventMap, nodeDgram.SocketEventMap> = true;

/** Functions written for one take sockets of the other. */
function wantsNode(given: nodeDgram.Socket): nodeDgram.Socket {
  return given;
}
function wantsVolley(given: volley.Socket): volley.Socket {
  return given;
}
function passAround(own: volley.Socket, theirs: nodeDgram.Socket): void {
  wantsNode(own);
  wantsVolley(theirs);
  wantsNode(wantsVolley(theirs)).send('text', 53, '127.0.0.1', (error, bytes) => [error, bytes]);
}

/** `createSocket` of one is what code typed for the other expects, and so is the whole module. */
const create: typeof nodeDgram.createSocket = createSocket;
const module: Pick<typeof nodeDgram, 'createSocket'> = volleyDefault;

/** The class can be extended, and is a type besides. */
class Counting extends Socket {
  count = 0;

  override close(callback?: () => void): this {
    this.count += 1;
    return super.close(callback);
  }
}
const instance: Assignable<Counting, Socket> = true;

/** Listeners are given typed arguments. */
function listen(own: volley.Socket): void {
  own.on('message', (message, source) => {
    const text: string = message.toString('utf8');
    const port: number = source.port;
    return [text, port];
  });
  own.once('error', (error) => error.message);
  // @ts-expect-error A message is no number.
  own.on('message', (message: number) => message);
}

it('compiles, which is the test', () => {
  const both = [socket, socketType, socketOptions, remoteInfo, bindOptions, bindSyncOptions];
  assert.deepEqual([...both, eventMap, instance].every(Boolean), true);
  assert.equal(create, createSocket);
  assert.equal(module.createSocket, createSocket);
  assert.equal(typeof passAround, 'function');
  assert.equal(typeof listen, 'function');
});
