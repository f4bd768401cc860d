/* What the addon keeps for each environment (the main thread, a worker): never a process-wide state. */
#ifndef VOLLEY_ENVIRONMENT_H
#define VOLLEY_ENVIRONMENT_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct receive_scratch;
struct udp_socket;

/* What `setup` was given: functions to call, and the two arrays of records. */
struct configuration {
  napi_ref received;
  napi_ref deliver;
  napi_ref flush;
  napi_ref receive_failed;
  napi_ref writable;
  napi_ref segmentation_refused;
  napi_ref send_records;
  napi_ref receive_records;
};

struct environment {
  napi_env env;
  uv_loop_t *loop;

  bool configured;
  struct configuration configuration;

  /* Where datagrams land, receive.c; NULL until a socket has a descriptor. */
  struct receive_scratch *scratch;
  /* A Buffer that a large message is received into, to be handed over as it is; NULL while there is none. */
  napi_ref large_buffer;

  /* Sockets that hold a descriptor. */
  struct udp_socket *open_sockets;

  /* Sockets with deliveries left over from their last turn, oldest first; `idle` runs while there
     are any, so that the loop does not wait. */
  struct udp_socket *suspended;
  uv_idle_t idle;

  /* libuv handles, `idle` among them, whose close callback is still to come. */
  size_t loop_handles;

  /* Set once the environment goes; its hook stays until the last handle is closed. */
  bool ending;
  napi_async_cleanup_hook_handle cleanup;

  /* The environment's instance data, its cleanup hook and each socket hold it: last one frees. */
  size_t holders;
};

/* Creates the environment's state and ties it to `env`. NULL: an exception is pending. */
struct environment *environment_create(napi_env env);

/* NULL: an exception is pending. */
struct environment *environment_of(napi_env env);

/*
 * The memory of an array of records, of MAXIMUM_BATCH of them. JavaScript can take it away at any time (by detaching
 * or shrinking it), so it is asked for by each use, and not kept beyond. NULL: it is gone.
 */
uint32_t *environment_records(const struct environment *environment, napi_ref array);

void environment_hold(struct environment *environment);
void environment_release(struct environment *environment);

/* Tells that a libuv handle is fully closed, which is what the end of an environment waits for. */
void environment_handle_closed(struct environment *environment);

/* Has the socket's deliveries go on in the next turn of the loop. */
void environment_suspend(struct environment *environment, struct udp_socket *socket);

/* No longer. Nothing happens to a socket that is not suspended. */
void environment_forget_suspended(struct environment *environment, struct udp_socket *socket);

/* `setup(configuration)` of the addon. */
napi_value environment_setup(napi_env env, napi_callback_info info);

#endif
