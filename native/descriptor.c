#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <uv.h>

#include "address.h"
#include "dispatch.h"
#include "node_api_helpers.h"
#include "socket.h"

/* More than a receive buffer holds at its default ceiling (net.core.rmem_max), so that dropping ends. */
enum { MOST_WAITING = 65536 };

/* The family of a descriptor that is a UDP socket of a family we know; else a negative errno. */
static int family_of_descriptor(int fd) {
  int type = 0;
  int protocol = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    return -errno;
  }
  size = sizeof protocol;
  if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0) {
    return -errno;
  }
  union socket_address address;
  address_set_any(AF_UNSPEC, &address);
  size = sizeof address;
  if (getsockname(fd, &address.any, &size) != 0) {
    return -errno;
  }
  bool internet = address.any.sa_family == AF_INET || address.any.sa_family == AF_INET6;
  bool datagram = type == SOCK_DGRAM && (protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE);
  return internet && datagram ? address.any.sa_family : -EINVAL;
}

/* Whether the kernel merges what comes for the descriptor, as where another Volley has opened it. */
static bool merges(int fd) {
  int on = 0;
  socklen_t size = sizeof on;
  /* A kernel before 5.0 does not know it, and does not do it. */
  return getsockopt(fd, SOL_UDP, UDP_GRO, &on, &size) == 0 && on != 0;
}

static int adopt_descriptor(struct udp_socket *socket, int fd) {
  if (socket->closed) {
    return -EBADF;
  }
  if (socket->fd != -1) {
    return -EBUSY;
  }
  int family = family_of_descriptor(fd);
  if (family < 0) {
    return family;
  }
  /* uv_poll_init sets O_NONBLOCK; node:dgram sets SO_REUSEADDR on what it takes over, too. */
  int result = socket_enable(fd, SOL_SOCKET, SO_REUSEADDR);
  if (result == 0) {
    result = socket_attach(socket, fd, family);
  }
  if (result == 0) {
    union socket_address peer;
    socklen_t size = sizeof peer;
    /* Nothing is switched on, since others may read from the same file description; what is on is known. */
    socket->coalescing = merges(fd);
    socket->connected = getpeername(fd, &peer.any, &size) == 0;
  }
  return result;
}

napi_value descriptor_adopt(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t fd = 0;
  if (!read_arguments(env, info, 2, arguments) || !read_int32(env, arguments[1], &fd)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, arguments[0]);
  return socket == NULL ? NULL : make_number(env, adopt_descriptor(socket, fd));
}

napi_value descriptor_duplicate(napi_env env, napi_callback_info info) {
  napi_value argument;
  int32_t fd = 0;
  if (!read_arguments(env, info, 1, &argument) || !read_int32(env, argument, &fd)) {
    return NULL;
  }
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return make_number(env, copy == -1 ? -errno : copy);
}

/*
 * Stops the kernel from merging what comes. Datagrams that it has merged already would be read as one by
 * whoever reads next, since their size is told only while the option is on. So this socket takes a batch of
 * what waits, and what is there behind it, or comes in between, is dropped.
 */
static int stop_coalescing(struct udp_socket *socket, napi_value owner) {
  int off = 0;
  if (!socket->coalescing) {
    return 0;
  }
  dispatch_take_waiting(socket, owner);
  if (setsockopt(socket->fd, SOL_UDP, UDP_GRO, &off, sizeof off) != 0 && errno != ENOPROTOOPT) {
    return -errno;
  }
  socket->coalescing = false;
  for (int dropped = 0; dropped < MOST_WAITING; dropped++) {
    if (recv(socket->fd, NULL, 0, MSG_DONTWAIT) == -1 && errno == EAGAIN) {
      break;
    }
  }
  return 0;
}

napi_value descriptor_number(napi_env env, napi_callback_info info) {
  napi_value owner = NULL;
  if (!read_arguments(env, info, 1, &owner)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, owner);
  if (socket == NULL) {
    return NULL;
  }
  /* Whoever asks for it may give it to somebody who reads from it, another process or another addon. */
  int result = socket->fd == -1 ? -EBADF : stop_coalescing(socket, owner);
  return make_number(env, result == 0 ? socket->fd : result);
}

static const char *name_of_type(uv_handle_type type) {
  switch (type) {
    case UV_TCP:
      return "TCP";
    case UV_TTY:
      return "TTY";
    case UV_UDP:
      return "UDP";
    case UV_FILE:
      return "FILE";
    case UV_NAMED_PIPE:
      return "PIPE";
    default:
      return "UNKNOWN";
  }
}

napi_value descriptor_describe(napi_env env, napi_callback_info info) {
  napi_value argument;
  int32_t fd = 0;
  if (!read_arguments(env, info, 1, &argument) || !read_int32(env, argument, &fd)) {
    return NULL;
  }
  napi_value result = NULL;
  TRY(env, napi_create_string_utf8(env, name_of_type(uv_guess_handle(fd)), NAPI_AUTO_LENGTH,
                                   &result));
  return result;
}
