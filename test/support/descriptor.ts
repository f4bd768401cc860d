import type { SocketType } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { original } from './target.ts';

/** The descriptors of this process that are sockets, proc(5). */
export function socketDescriptors(): string[] {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  });
}

/**
 * A bound datagram socket with a descriptor that can be handed to another process. It is always
 * node:dgram's: only the one who takes it over is under test.
 */
export async function holdDescriptor(
  t: TestContext,
  type: SocketType,
  address: string,
): Promise<{ fd: number; port: number; release: () => void }> {
  const before = new Set(socketDescriptors());
  const socket = original.createSocket(type);
  let open = true;
  const release = (): void => {
    if (open) socket.close();
    open = false;
  };
  t.after(release);
  const listening = once(socket, 'listening');
  socket.bind(0, address);
  await listening;
  const added = socketDescriptors().filter((fd) => !before.has(fd));
  const [fd] = added;
  if (fd === undefined || added.length > 1) throw new Error(`no certain descriptor: ${added}`);
  return { fd: Number(fd), port: socket.address().port, release };
}
