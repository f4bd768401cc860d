/** A preload for `measure.mjs`: counts what goes through the sockets of `node:dgram`, and tells at exit. */
import { Socket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { writeSync } from 'node:fs';

let sent = 0;
let received = 0;
const { send } = Socket.prototype;

/** @param {Socket} socket */
function isBound(socket) {
  try {
    return socket.address().port > 0;
  } catch {
    return false;
  }
}

// A socket that is not bound yet keeps what it is given, and calls its own `send` again later.
Socket.prototype.send = function count(/** @type {unknown[]} */ ...args) {
  Reflect.apply(send, this, args);
  if (isBound(this)) sent += 1;
};

/** @type {typeof EventEmitter.prototype.emit} */
Socket.prototype.emit = function count(event, ...args) {
  if (event === 'message') received += 1;
  return EventEmitter.prototype.emit.call(this, event, ...args);
};

process.on('exit', () => writeSync(2, `sent ${sent} datagrams; received ${received}\n`));
