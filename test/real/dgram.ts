/** The module under test: Volley, or `node:dgram` itself where `VOLLEY_TEST_TARGET` is `node`. */
import type dgram from 'node:dgram';

async function load(): Promise<typeof dgram.createSocket> {
  if (process.env['VOLLEY_TEST_TARGET'] === 'node')
    return (await import('node:dgram')).createSocket;
  return (await import('volley')).createSocket;
}

export const createSocket: typeof dgram.createSocket = await load();
