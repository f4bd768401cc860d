/* The turn that a socket has in the event loop to hand what it receives to JavaScript. */
#ifndef VOLLEY_DISPATCH_H
#define VOLLEY_DISPATCH_H

#include <node_api.h>
#include <stdbool.h>

#include "socket.h"

/* The socket is readable, or (`error_waits`) epoll reported an error on it. */
void dispatch_readable(struct udp_socket *socket, napi_value owner, bool error_waits);

/* The next turn of a socket whose last one ended before all of a batch was delivered. */
void dispatch_resume(struct udp_socket *socket, napi_value owner);

/* Receives a batch that waits already, to be delivered in a turn of its own. */
void dispatch_take_waiting(struct udp_socket *socket, napi_value owner);

/* Functions of the addon, see src/drivers/linux/addon.ts. */
napi_value dispatch_start(napi_env env, napi_callback_info info);
napi_value dispatch_stop(napi_env env, napi_callback_info info);

#endif
