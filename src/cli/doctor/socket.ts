/** A socket of Volley's own, tried on loopback. */
import { createSocket } from '../../socket.ts';
import type { Socket } from '../../types/index.ts';
import { BUFFER_ASKED, type Known, type LoopbackFacts } from './facts.ts';

/** Loopback takes microseconds; a datagram that is not back by then was lost. */
const PATIENCE_MILLISECONDS = 2000;

export async function tryLoopback(): Promise<LoopbackFacts> {
  let socket: Socket;
  try {
    socket = createSocket('udp4');
  } catch (error) {
    return { roundTrip: describe(error), receiveBuffer: null, sendBuffer: null };
  }
  try {
    const roundTrip = await sendToItself(socket).catch(describe);
    return { roundTrip, ...grantedBuffers(socket) };
  } finally {
    socket.close();
  }
}

function sendToItself(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(new Error(`a datagram was not back after ${PATIENCE_MILLISECONDS} ms`));
    const timer = setTimeout(late, PATIENCE_MILLISECONDS);
    const settle = (error?: Error | null): void => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve('ok');
    };
    socket.on('error', settle);
    socket.on('message', () => settle());
    socket.bind(0, '127.0.0.1', () => {
      socket.send('volley doctor', socket.address().port, '127.0.0.1', (error) => {
        if (error) settle(error);
      });
    });
  });
}

function grantedBuffers(socket: Socket): Pick<LoopbackFacts, 'receiveBuffer' | 'sendBuffer'> {
  return {
    receiveBuffer: attempt(() => {
      socket.setRecvBufferSize(BUFFER_ASKED);
      return socket.getRecvBufferSize();
    }),
    sendBuffer: attempt(() => {
      socket.setSendBufferSize(BUFFER_ASKED);
      return socket.getSendBufferSize();
    }),
  };
}

function attempt(ask: () => number): Known<number> {
  try {
    return ask();
  } catch {
    return null;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
