/* Datagrams from the kernel to JavaScript. */
#ifndef VOLLEY_RECEIVE_H
#define VOLLEY_RECEIVE_H

#include <node_api.h>
#include <stdbool.h>

#include "socket.h"

/* The memory that the sockets of one environment receive into, one after the other. */
struct receive_scratch;

void receive_scratch_free(struct receive_scratch *scratch);

/* The socket is readable, or (`error_waits`) epoll reported an error on it. */
void receive_dispatch(struct udp_socket *socket, napi_value owner, bool error_waits);

/* Functions of the addon, see src/drivers/linux/addon.ts. */
napi_value receive_start(napi_env env, napi_callback_info info);
napi_value receive_stop(napi_env env, napi_callback_info info);

#endif
