/** Sockets that the workers of a cluster share: the primary binds, each worker gets a descriptor. */
import cluster from 'node:cluster';
import { invalidDescriptorType } from '../errors/socket.ts';
import { errnoOf } from '../errors/system.ts';
import { failBinding, listen } from './listening.ts';
import { kState, openHandle, type SharedSocket, type StatefulSocket } from './state.ts';

/** What the primary is asked to bind, or which of its descriptors to share. */
interface ShareRequest {
  readonly address: string | null;
  readonly port: number | null;
  /** {@link NO_DESCRIPTOR}, or a descriptor of the primary. */
  readonly fd: number;
}

/** In a request that is not about a descriptor. The cluster shows it to its 'listening' listeners. */
export const NO_DESCRIPTOR = -1;

/**
 * How a worker asks its primary for a socket. `node:cluster` offers this to `node:net` and
 * `node:dgram` and has no public way; it is the same on all lines from 20 to 26, and the primary
 * that answers need not know of Volley.
 */
interface WorkerInternals {
  _getServer(
    owner: object,
    request: ShareRequest & { addressType: 'udp4' | 'udp6'; flags: number },
    answer: (errno: number, shared: SharedSocket | null) => void,
  ): void;
}

/** Flags of libuv's uv_udp_bind, which the primary passes on. */
const UV_UDP = { ipv6Only: 1, reuseAddr: 4, reusePort: 8 } as const;

function isWorkerInternals(value: object): value is WorkerInternals {
  return typeof Reflect.get(value, '_getServer') === 'function';
}

/** Listens on a shared socket from the primary, or fails with what `describe` makes of the errno. */
export function shareSocket(
  socket: StatefulSocket,
  request: ShareRequest,
  describe: (errno: number) => Error,
): void {
  const state = socket[kState];
  if (!isWorkerInternals(cluster)) {
    failBinding(socket, new Error('This Node cannot share sockets among workers; use exclusive'));
    return;
  }
  const flags =
    (state.settings.ipv6Only ? UV_UDP.ipv6Only : 0) |
    (state.settings.reuseAddr ? UV_UDP.reuseAddr : 0) |
    (state.settings.reusePort ? UV_UDP.reusePort : 0);
  cluster._getServer(
    socket,
    { ...request, addressType: state.settings.type, flags },
    (errno, shared) => {
      if (!shared) {
        if (state.handle) failBinding(socket, describe(errno));
      } else if (!state.handle) {
        // Closed in the meantime.
        shared.close();
      } else {
        adoptShared(socket, shared, describe);
      }
    },
  );
}

function adoptShared(
  socket: StatefulSocket,
  shared: SharedSocket,
  describe: (errno: number) => Error,
): void {
  // The cluster closes the descriptor that it shared, so the socket gets one of its own.
  const handle = openHandle(socket[kState]);
  const adopted = handle.adoptDuplicate?.(shared.fd) ?? errnoOf('ENOTSUP');
  if (adopted !== 0) {
    shared.close();
    const reason = typeof adopted === 'number' ? describe(adopted) : invalidDescriptorType(adopted);
    failBinding(socket, reason);
    return;
  }
  socket[kState].shared = shared;
  closeWithCluster(socket, shared);
  listen(socket, describe);
}

/** When the worker disconnects, the cluster closes what it shared; the socket goes along. */
function closeWithCluster(socket: StatefulSocket, shared: SharedSocket): void {
  const close = shared.close;
  shared.close = (callback) => {
    shared.close = close;
    socket[kState].shared = undefined;
    close.call(shared, callback);
    if (socket[kState].handle) socket.close();
  };
}
