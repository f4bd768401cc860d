/* Datagrams from JavaScript to the kernel. */
#ifndef VOLLEY_SEND_H
#define VOLLEY_SEND_H

#include <node_api.h>

#include "socket.h"

/* The socket has room again: tells `writable`. */
void send_dispatch(struct udp_socket *socket, napi_value owner);

/* `send(owner, bytes, offset, count)` of the addon, see src/drivers/linux/addon.ts. */
napi_value send_datagrams(napi_env env, napi_callback_info info);

/* `supportsSegmentation()`: whether this kernel knows UDP_SEGMENT. */
napi_value send_supports_segmentation(napi_env env, napi_callback_info info);

#endif
