/** What a program sees of Volley. */
export type * from './datagrams.ts';
export type * from './options.ts';
export type * from './socket.ts';
