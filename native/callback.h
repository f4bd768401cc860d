/* Calls into JavaScript from the event loop. */
#ifndef VOLLEY_CALLBACK_H
#define VOLLEY_CALLBACK_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#include "socket.h"

enum callback_outcome {
  CALLBACK_RETURNED,
  /* It threw, and process 'uncaughtException' handlers dealt with that: go on. */
  CALLBACK_THREW,
  /* JavaScript cannot run here any more (worker.terminate(), process.exit()): stop. */
  CALLBACK_IMPOSSIBLE,
};

/* Calls with the socket's owner as `this`, in a callback scope in the socket's async context:
   when it returns, process.nextTick callbacks and promise jobs have run. */
enum callback_outcome callback_in_scope(struct udp_socket *socket, napi_value owner,
                                        napi_value function, size_t count,
                                        const napi_value *arguments, napi_value *result);

/* The same outside any callback scope: for code that runs nothing of the user's. */
enum callback_outcome callback_plain(struct udp_socket *socket, napi_value owner,
                                     napi_value function, size_t count,
                                     const napi_value *arguments, napi_value *result);

/* In a callback scope, with one number or none. */
enum callback_outcome callback_notify(struct udp_socket *socket, napi_value owner,
                                      napi_ref function);
enum callback_outcome callback_notify_number(struct udp_socket *socket, napi_value owner,
                                             napi_ref function, int32_t number);

#endif
