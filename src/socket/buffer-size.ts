import type { Handle } from '../driver.ts';
import { bufferSizeError } from '../errors/system.ts';

/** The options that hold a buffer's size, and what libuv calls the functions that errors name. */
const BUFFER_SYSCALLS = {
  receiveBufferSize: 'uv_recv_buffer_size',
  sendBufferSize: 'uv_send_buffer_size',
} as const;

type BufferOption = keyof typeof BUFFER_SYSCALLS;

/** In bytes. */
export function getBufferSize(handle: Handle, option: BufferOption): number {
  const size = handle.getOption(option);
  if (size < 0) throw bufferSizeError(size, BUFFER_SYSCALLS[option]);
  return size;
}

/** In bytes; 0 changes nothing, as in libuv, where it asks for the size. */
export function setBufferSize(handle: Handle, option: BufferOption, size: number): void {
  if (size === 0) {
    getBufferSize(handle, option);
    return;
  }
  const failure = handle.setOption(option, size);
  if (failure < 0) throw bufferSizeError(failure, BUFFER_SYSCALLS[option]);
}
