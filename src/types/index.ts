/** What a program sees of Volley. */
export type {
  Destination,
  MessageBatch,
  Payload,
  PayloadBlock,
  RemoteInfo,
  SendCallback,
  SendManyCallback,
  SendManyError,
  SendManyFailure,
} from './datagrams.ts';
export type {
  BindOptions,
  BindSyncOptions,
  LookupFunction,
  SocketOptions,
  SocketType,
} from './options.ts';
export type { Socket, SocketConstructor, SocketEventMap } from './socket.ts';
