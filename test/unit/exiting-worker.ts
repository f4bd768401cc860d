/** Pushes a datagram and exits before the tick ends; tells what left. */
import { parentPort } from 'node:worker_threads';
import { SendQueue } from '#volley/engine/send-queue.js';
import { ScriptedHandle } from './scripted-handle.ts';

const handle = new ScriptedHandle();
const queue = new SendQueue(handle, 1 << 20, { drained() {} });
queue.push('last words', 10, undefined, 0, false);
process.on('exit', () => queue.push('very last', 9, undefined, 0, false));
process.on('exit', () => parentPort?.postMessage(handle.sent));
process.exit();
