/** Errors about the state of a socket, in Node's words. */
import { type CodedError, codedError } from './coded.ts';

export function badSocketType(): CodedError {
  return codedError(
    TypeError,
    'ERR_SOCKET_BAD_TYPE',
    'Bad socket type specified. Valid types are: udp4, udp6',
  );
}

export function badBufferSize(): CodedError {
  return codedError(
    TypeError,
    'ERR_SOCKET_BAD_BUFFER_SIZE',
    'Buffer size must be a positive integer',
  );
}

export function alreadyBound(): CodedError {
  return codedError(Error, 'ERR_SOCKET_ALREADY_BOUND', 'Socket is already bound');
}

export function alreadyConnected(): CodedError {
  return codedError(Error, 'ERR_SOCKET_DGRAM_IS_CONNECTED', 'Already connected');
}

export function notConnected(): CodedError {
  return codedError(Error, 'ERR_SOCKET_DGRAM_NOT_CONNECTED', 'Not connected');
}

export function notRunning(): CodedError {
  return codedError(Error, 'ERR_SOCKET_DGRAM_NOT_RUNNING', 'Not running');
}

export function invalidDescriptorType(type: string): CodedError {
  return codedError(TypeError, 'ERR_INVALID_FD_TYPE', `Unsupported fd type: ${type}`);
}

/** A block list refused an address. */
export function addressBlocked(address: string): CodedError {
  return codedError(Error, 'ERR_IP_BLOCKED', `IP(${address}) is blocked by net.BlockList`);
}
