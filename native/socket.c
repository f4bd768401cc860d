#include "socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "node_api_helpers.h"
#include "dispatch.h"
#include "receive.h"
#include "send.h"

/* Marks the owners, so that no other object is ever taken for one. Random. */
static const napi_type_tag OWNER_TAG = {0x9d3a5c1f7be24860U, 0xb4f1687e02c95ad3U};

/* Flags of `bind`, `BIND` in addon.ts. */
enum { BIND_REUSE_ADDRESS = 1, BIND_REUSE_PORT = 2, BIND_IPV6_ONLY = 4 };

struct udp_socket *socket_of(napi_env env, napi_value owner) {
  bool tagged = false;
  void *socket = NULL;
  if (napi_check_object_type_tag(env, owner, &OWNER_TAG, &tagged) != napi_ok || !tagged) {
    (void)napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "not the owner of a socket");
    return NULL;
  }
  TRY(env, napi_unwrap(env, owner, &socket));
  return socket;
}

struct udp_socket *socket_argument(napi_env env, napi_callback_info info) {
  napi_value owner;
  return read_arguments(env, info, 1, &owner) ? socket_of(env, owner) : NULL;
}

bool socket_read_address(napi_env env, const struct udp_socket *socket, napi_value text,
                         napi_value port, union socket_address *address, int *failure) {
  char characters[ADDRESS_INPUT_SIZE];
  uint32_t number = 0;
  enum text_result read = read_text(env, text, characters, sizeof characters);
  if (read == TEXT_THREW || !read_uint32(env, port, &number)) {
    return false;
  }
  if (socket->closed) {
    *failure = -EBADF;
  } else if (read == TEXT_READ && number <= UINT16_MAX) {
    *failure = address_from_text(socket->family, characters, (uint16_t)number, address);
  } else {
    *failure = -EINVAL;
  }
  return true;
}

static void drop_async_context(struct udp_socket *socket) {
  if (socket->async_context != NULL) {
    MUST(napi_async_destroy(socket->environment->env, socket->async_context));
    socket->async_context = NULL;
  }
}

static void free_socket(struct udp_socket *socket) {
  struct environment *environment = socket->environment;
  drop_async_context(socket);
  free(socket);
  environment_release(environment);
}

static void on_owner_collected(napi_env env, void *data, void *hint) {
  (void)hint;
  struct udp_socket *socket = data;
  MUST(napi_delete_reference(env, socket->owner));
  socket->owner = NULL;
  socket->collected = true;
  /* With an open poll handle only at the end of an environment: its close callback frees. */
  if (!socket->poll_open) {
    free_socket(socket);
  }
}

/*
 * The async context of the socket, of the type that node:dgram's sockets show in async_hooks. Its
 * resource is an object apart: Node 26 keeps the resource alive as long as the context, which must
 * not keep the owner; earlier lines keep it weakly, so the owner has to. False: it threw.
 */
static bool make_async_context(napi_env env, napi_value resource, napi_async_context *context) {
  napi_value name = NULL;
  if (napi_create_string_utf8(env, "UDPWRAP", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_async_init(env, resource, name, context) != napi_ok) {
    throw_last_error(env);
    return false;
  }
  return true;
}

napi_value socket_create(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int32_t family = 0;
  bool coalescing = false;
  if (!read_arguments(env, info, 4, arguments) || !read_int32(env, arguments[1], &family) ||
      !read_bool(env, arguments[2], &coalescing)) {
    return NULL;
  }
  struct environment *environment = environment_of(env);
  if (environment == NULL) {
    return NULL;
  }
  if (!environment->configured || (family != RECORD_IPV4 && family != RECORD_IPV6)) {
    (void)napi_throw_error(env, NULL, "setup first, then a family of 4 or 6");
    return NULL;
  }
  struct udp_socket *socket = calloc(1, sizeof *socket);
  if (socket == NULL) {
    (void)napi_throw_error(env, NULL, "out of memory");
    return NULL;
  }
  environment_hold(environment);
  socket->environment = environment;
  socket->family = family == RECORD_IPV4 ? AF_INET : AF_INET6;
  socket->descriptor_family = socket->family;
  socket->fd = -1;
  socket->referenced = true;
  socket->coalescing = coalescing;
  if (napi_type_tag_object(env, arguments[0], &OWNER_TAG) != napi_ok ||
      !make_async_context(env, arguments[3], &socket->async_context) ||
      napi_wrap(env, arguments[0], socket, on_owner_collected, NULL, &socket->owner) != napi_ok) {
    throw_last_error(env);
    free_socket(socket);
  }
  return NULL;
}

static void on_poll_closed(uv_handle_t *handle) {
  struct udp_socket *socket = handle->data;
  struct environment *environment = socket->environment;
  napi_env env = environment->env;
  napi_handle_scope scope = NULL;
  MUST(napi_open_handle_scope(env, &scope));
  socket->poll_open = false;
  drop_async_context(socket);
  if (socket->collected) {
    free_socket(socket);
  } else {
    MUST(napi_reference_unref(env, socket->owner, NULL));
  }
  MUST(napi_close_handle_scope(env, scope));
  environment_handle_closed(environment);
}

void socket_close(struct udp_socket *socket) {
  if (socket->closed) {
    return;
  }
  socket->closed = true;
  socket->receiving = false;
  socket->write_pending = false;
  environment_forget_suspended(socket->environment, socket);
  if (!socket->poll_open) {
    drop_async_context(socket);
    return;
  }
  struct environment *environment = socket->environment;
  if (socket->previous == NULL) {
    environment->open_sockets = socket->next;
  } else {
    socket->previous->next = socket->next;
  }
  if (socket->next != NULL) {
    socket->next->previous = socket->previous;
  }
  /* uv_close takes the descriptor out of epoll first; libuv does not touch it afterwards. */
  uv_close((uv_handle_t *)&socket->poll, on_poll_closed);
  /* Linux releases the descriptor whatever close(2) returns (NOTES there): nothing to retry. */
  (void)close(socket->fd);
  socket->fd = -1;
}

static void update_reference(struct udp_socket *socket) {
  if (!socket->poll_open) {
    return;
  }
  /* What waits to be sent keeps the loop running, as a pending request does in node:dgram. */
  if (socket->referenced || socket->write_pending) {
    uv_ref((uv_handle_t *)&socket->poll);
  } else {
    uv_unref((uv_handle_t *)&socket->poll);
  }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  struct udp_socket *socket = poll->data;
  napi_env env = socket->environment->env;
  if (status < 0) {
    /* libuv has stopped the handle: epoll reported an error that waits in the socket. Receiving
       or sending meets it, and takes it away. */
    socket->armed = 0;
    events = UV_READABLE | UV_WRITABLE;
  }
  napi_handle_scope scope = NULL;
  napi_value owner = NULL;
  MUST(napi_open_handle_scope(env, &scope));
  MUST(napi_get_reference_value(env, socket->owner, &owner));
  if ((events & UV_READABLE) != 0 && socket->receiving && !socket->suspended) {
    dispatch_readable(socket, owner, status < 0);
  }
  if ((events & UV_WRITABLE) != 0 && socket->write_pending) {
    send_dispatch(socket, owner);
  }
  if (!socket->closed) {
    /* It can only fail for a descriptor that epoll no longer takes; nobody is there to be told. */
    (void)socket_update_poll(socket);
  }
  MUST(napi_close_handle_scope(env, scope));
}

void socket_resume(struct udp_socket *socket) {
  napi_env env = socket->environment->env;
  napi_handle_scope scope = NULL;
  napi_value owner = NULL;
  MUST(napi_open_handle_scope(env, &scope));
  MUST(napi_get_reference_value(env, socket->owner, &owner));
  dispatch_resume(socket, owner);
  if (!socket->closed) {
    /* As in on_poll. */
    (void)socket_update_poll(socket);
  }
  MUST(napi_close_handle_scope(env, scope));
}

int socket_update_poll(struct udp_socket *socket) {
  int wanted = socket->write_pending ? UV_WRITABLE : 0;
  if (socket->receiving) {
    /* A suspended socket waits for nothing, but libuv counts only handles that wait for something as
       a reason to go on; what comes with priority is no part of UDP. */
    wanted |= socket->suspended ? UV_PRIORITIZED : UV_READABLE;
  }
  update_reference(socket);
  if (wanted == socket->armed) {
    return 0;
  }
  int result =
      wanted == 0 ? uv_poll_stop(&socket->poll) : uv_poll_start(&socket->poll, wanted, on_poll);
  socket->armed = result == 0 ? wanted : 0;
  return result;
}

int socket_attach(struct udp_socket *socket, int fd, int family) {
  struct environment *environment = socket->environment;
  if (environment->scratch == NULL) {
    /* Before it is bound: a bound socket that cannot receive could not be bound again either. */
    environment->scratch = receive_scratch_create();
    if (environment->scratch == NULL) {
      return -ENOMEM;
    }
  }
  int result = uv_poll_init(environment->loop, &socket->poll, fd);
  if (result != 0) {
    return result;
  }
  MUST(napi_reference_ref(environment->env, socket->owner, NULL));
  socket->poll.data = socket;
  socket->poll_open = true;
  socket->fd = fd;
  socket->descriptor_family = family;
  environment->loop_handles++;
  socket->previous = NULL;
  socket->next = environment->open_sockets;
  if (socket->next != NULL) {
    socket->next->previous = socket;
  }
  environment->open_sockets = socket;
  update_reference(socket);
  return 0;
}

int socket_open(struct udp_socket *udp, int family) {
  if (udp->closed) {
    return -EBADF;
  }
  if (udp->fd != -1) {
    return 0;
  }
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd == -1) {
    return -errno;
  }
  if (udp->coalescing) {
    /* A kernel before 5.0 does not know it; datagrams then come one by one. */
    udp->coalescing = socket_enable(fd, SOL_UDP, UDP_GRO) == 0;
  }
  int result = socket_attach(udp, fd, family);
  if (result != 0) {
    (void)close(fd);
  }
  return result;
}

int socket_enable(int fd, int level, int name) {
  int on = 1;
  return setsockopt(fd, level, name, &on, sizeof on) == 0 ? 0 : -errno;
}

static int bind_descriptor(int fd, const union socket_address *address) {
  if (bind(fd, &address->any, address_length(address)) == 0) {
    return 0;
  }
  /* An address of the other family is a wrong argument, not a missing protocol: so says node:dgram. */
  return errno == EAFNOSUPPORT ? -EINVAL : -errno;
}

int socket_ensure_bound(struct udp_socket *socket, int family, bool reuse_address) {
  if (socket->closed) {
    return -EBADF;
  }
  if (socket->fd != -1) {
    return 0;
  }
  union socket_address any;
  address_set_any(family, &any);
  int result = socket_open(socket, family);
  if (result == 0 && reuse_address) {
    result = socket_enable(socket->fd, SOL_SOCKET, SO_REUSEADDR);
  }
  return result == 0 ? bind_descriptor(socket->fd, &any) : result;
}

static int bind_socket(struct udp_socket *socket, const union socket_address *address,
                       uint32_t flags) {
  bool ipv6_only = (flags & BIND_IPV6_ONLY) != 0;
  if (ipv6_only && address->any.sa_family != AF_INET6) {
    return -EINVAL;
  }
  int result = socket_open(socket, address->any.sa_family);
  if (result == 0 && (flags & BIND_REUSE_ADDRESS) != 0) {
    result = socket_enable(socket->fd, SOL_SOCKET, SO_REUSEADDR);
  }
  if (result == 0 && (flags & BIND_REUSE_PORT) != 0) {
    result = socket_enable(socket->fd, SOL_SOCKET, SO_REUSEPORT);
  }
  if (result == 0 && ipv6_only) {
    result = socket_enable(socket->fd, IPPROTO_IPV6, IPV6_V6ONLY);
  }
  return result == 0 ? bind_descriptor(socket->fd, address) : result;
}

napi_value socket_bind(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  if (!read_arguments(env, info, 4, arguments)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, arguments[0]);
  uint32_t flags = 0;
  union socket_address address;
  int result = 0;
  if (socket == NULL || !read_uint32(env, arguments[3], &flags) ||
      !socket_read_address(env, socket, arguments[1], arguments[2], &address, &result)) {
    return NULL;
  }
  return make_number(env, result == 0 ? bind_socket(socket, &address, flags) : result);
}

static napi_value set_referenced(napi_env env, napi_callback_info info, bool referenced) {
  struct udp_socket *socket = socket_argument(env, info);
  if (socket != NULL && !socket->closed) {
    socket->referenced = referenced;
    update_reference(socket);
  }
  return NULL;
}

napi_value socket_ref(napi_env env, napi_callback_info info) {
  return set_referenced(env, info, true);
}

napi_value socket_unref(napi_env env, napi_callback_info info) {
  return set_referenced(env, info, false);
}

napi_value socket_has_ref(napi_env env, napi_callback_info info) {
  struct udp_socket *socket = socket_argument(env, info);
  napi_value result = NULL;
  if (socket != NULL) {
    TRY(env, napi_get_boolean(env, socket->referenced && !socket->closed, &result));
  }
  return result;
}

napi_value socket_close_function(napi_env env, napi_callback_info info) {
  struct udp_socket *socket = socket_argument(env, info);
  if (socket != NULL) {
    socket_close(socket);
  }
  return NULL;
}
