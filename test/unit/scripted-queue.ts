/** A send queue over a {@link ScriptedHandle}, and what it tells. */
import { payloadLength } from '#volley/engine/payload.js';
import { SendQueue } from '#volley/engine/send-queue.js';
import { endpointError } from '#volley/errors/system.js';
import { ScriptedHandle } from './scripted-handle.ts';

export function setUp(highWaterMark = 1 << 20): {
  handle: ScriptedHandle;
  queue: SendQueue;
  log: string[];
  push(text: string): void;
  pushReported(text: string, onReport?: () => void): void;
} {
  const handle = new ScriptedHandle();
  const log: string[] = [];
  const queue = new SendQueue(handle, highWaterMark, {
    drained: () => log.push('drained'),
  });
  return {
    handle,
    queue,
    log,
    push(text) {
      queue.push(text, payloadLength(text), undefined, 0, false);
    },
    pushReported(text, onReport) {
      const size = payloadLength(text);
      const number = queue.push(text, size, undefined, 0, true);
      const tell = (): void => {
        const outcome = queue.outcome(number);
        const told = outcome === 0 ? size : endpointError(outcome, 'send', undefined, 0).message;
        log.push(`${text}: ${told}`);
        onReport?.();
      };
      process.nextTick(() => {
        if (queue.settles(number)) tell();
        else queue.tellLater(number, tell);
      });
    },
  };
}
