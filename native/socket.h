/* A UDP socket: its descriptor, its poll handle and the JavaScript object that owns it. */
#ifndef VOLLEY_SOCKET_H
#define VOLLEY_SOCKET_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "address.h"
#include "environment.h"

/*
 * Two hold it: the owner until it is collected, and the poll handle from its start until its close
 * callback. Whoever goes last frees it. The owner's reference is weak while there is no
 * descriptor, and strong while there is.
 */
struct udp_socket {
  struct environment *environment;
  napi_ref owner;
  /* Made with `create`, so that handlers see the AsyncLocalStorage of the socket's maker. */
  napi_async_context async_context;

  /* AF_INET or AF_INET6: as `create` was told, which rules how text is parsed … */
  int family;
  /* … and as the descriptor really is, which rules socket options. */
  int descriptor_family;
  /* -1 while there is none. */
  int fd;

  uv_poll_t poll;
  /* From the start of `poll` until its close callback. */
  bool poll_open;
  /* The events (UV_READABLE, UV_WRITABLE) that `poll` was last started with; 0 when stopped. */
  int armed;

  bool receiving;
  /* How many messages to receive at once, and the most that its handler takes in a turn's time, dispatch.c. */
  int batch_size;
  int batch_limit;
  /* The deliveries that JavaScript asked for of its current batch, and those that are done. */
  uint32_t deliveries;
  uint32_t delivered;
  /* A negative errno to report when they are. */
  int receive_failure;
  /* Deliveries were left over when the socket's turn ended; then it is in the environment's list. */
  bool suspended;
  struct udp_socket *next_suspended;
  /* A send met a full socket buffer: `writable` is due. */
  bool write_pending;
  /* Whether the open socket keeps the loop running. */
  bool referenced;
  /* A peer is set: connect(2). */
  bool connected;
  /* close() was called. */
  bool closed;
  /* The owner is gone. */
  bool collected;

  /* The kernel may merge what comes, as it does for a socket that Volley opened itself (UDP_GRO).
     Whoever shares its file description would see merged datagrams too. */
  bool coalescing;

  /* A negative errno that sending consumed while earlier datagrams of the call went out. */
  int deferred_send_error;

  /* Neighbours among the sockets of the environment that hold a descriptor. */
  struct udp_socket *previous;
  struct udp_socket *next;
};

/* The socket of an owner. NULL: an exception is pending. */
struct udp_socket *socket_of(napi_env env, napi_value owner);

/* The socket of a function whose only argument is the owner. NULL: an exception is pending. */
struct udp_socket *socket_argument(napi_env env, napi_callback_info info);

/* Reads numeric text of the socket's family, and a port. False: an exception is pending. `*failure`
   becomes 0, or the negative errno to answer. */
bool socket_read_address(napi_env env, const struct udp_socket *socket, napi_value text,
                         napi_value port, union socket_address *address, int *failure);

/* Opens a descriptor of the family if there is none. 0 or a negative errno. */
int socket_open(struct udp_socket *udp, int family);

/* Ties a descriptor to the socket; on failure it stays the caller's. 0 or a negative errno. */
int socket_attach(struct udp_socket *socket, int fd, int family);

/* Sets a socket option to 1. 0 or a negative errno. */
int socket_enable(int fd, int level, int name);

/* As libuv has it: a socket that needs a descriptor now is bound to the wildcard address, port 0. */
int socket_ensure_bound(struct udp_socket *socket, int family, bool reuse_address);

/* Brings the poll handle in line with `receiving` and `write_pending`. 0 or a negative errno. */
int socket_update_poll(struct udp_socket *socket);

/* Goes on with the deliveries of a socket that was suspended. */
void socket_resume(struct udp_socket *socket);

/* Closes the descriptor at once; the rest follows when libuv has closed the poll handle. */
void socket_close(struct udp_socket *socket);

/* Functions of the addon, see src/drivers/linux/addon.ts. */
napi_value socket_create(napi_env env, napi_callback_info info);
napi_value socket_bind(napi_env env, napi_callback_info info);
napi_value socket_ref(napi_env env, napi_callback_info info);
napi_value socket_unref(napi_env env, napi_callback_info info);
napi_value socket_has_ref(napi_env env, napi_callback_info info);
napi_value socket_close_function(napi_env env, napi_callback_info info);

#endif
