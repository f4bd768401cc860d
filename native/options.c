#include "options.h"

#include <errno.h>
#include <limits.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "address.h"
#include "node_api_helpers.h"
#include "socket.h"

/* Where the kernel keeps an option, setsockopt(2). */
struct option_place {
  int level;
  int name;
};

struct integer_option {
  struct option_place ipv4;
  struct option_place ipv6;
  /* Other values are -EINVAL, in both families alike, as node:dgram has it. */
  int minimum;
  int maximum;
  /* On or off: the kernel takes no other value than 0 and 1 for some of them. */
  bool is_switch;
};

/*
 * To add an option: a row here, its name at the same place of `INTEGER_OPTIONS` in
 * src/drivers/linux/handle.ts and in `IntegerOption` of src/driver.ts.
 */
static const struct integer_option OPTIONS[] = {
    /* ttl: ip(7), RFC 3493 section 5.1 */
    {{IPPROTO_IP, IP_TTL}, {IPPROTO_IPV6, IPV6_UNICAST_HOPS}, 1, 255, false},
    /* multicastTTL: ip(7), RFC 3493 section 5.2 */
    {{IPPROTO_IP, IP_MULTICAST_TTL}, {IPPROTO_IPV6, IPV6_MULTICAST_HOPS}, 0, 255, false},
    /* multicastLoopback */
    {{IPPROTO_IP, IP_MULTICAST_LOOP},
     {IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
     INT_MIN,
     INT_MAX,
     true},
    /* broadcast: socket(7) */
    {{SOL_SOCKET, SO_BROADCAST}, {SOL_SOCKET, SO_BROADCAST}, INT_MIN, INT_MAX, true},
    /* receiveBufferSize in bytes; reading gives twice what was set, socket(7) */
    {{SOL_SOCKET, SO_RCVBUF}, {SOL_SOCKET, SO_RCVBUF}, 0, INT_MAX, false},
    /* sendBufferSize in bytes, likewise */
    {{SOL_SOCKET, SO_SNDBUF}, {SOL_SOCKET, SO_SNDBUF}, 0, INT_MAX, false},
};

enum { OPTION_COUNT = sizeof OPTIONS / sizeof OPTIONS[0] };

static const struct option_place *place_of(const struct integer_option *option,
                                           const struct udp_socket *socket) {
  return socket->descriptor_family == AF_INET ? &option->ipv4 : &option->ipv6;
}

static int set_option(const struct udp_socket *socket, const struct integer_option *option,
                      int value) {
  /* A bad value is told before a missing descriptor, as node:dgram has it. */
  if (value < option->minimum || value > option->maximum) {
    return -EINVAL;
  }
  if (socket->fd == -1) {
    return -EBADF;
  }
  const struct option_place *place = place_of(option, socket);
  int wanted = option->is_switch ? value != 0 : value;
  return setsockopt(socket->fd, place->level, place->name, &wanted, sizeof wanted) == 0 ? 0
                                                                                        : -errno;
}

static int get_option(const struct udp_socket *socket, const struct integer_option *option) {
  if (socket->fd == -1) {
    return -EBADF;
  }
  const struct option_place *place = place_of(option, socket);
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(socket->fd, place->level, place->name, &value, &size) != 0) {
    return -errno;
  }
  return value;
}

/* The row that an argument means. NULL: an exception is pending. */
static const struct integer_option *read_option(napi_env env, napi_value value) {
  uint32_t index = 0;
  if (!read_uint32(env, value, &index)) {
    return NULL;
  }
  if (index >= OPTION_COUNT) {
    (void)napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "no such option");
    return NULL;
  }
  return &OPTIONS[index];
}

napi_value options_set(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int32_t value = 0;
  if (!read_arguments(env, info, 3, arguments)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, arguments[0]);
  const struct integer_option *option =
      socket == NULL ? NULL : read_option(env, arguments[1]);
  if (option == NULL || !read_int32(env, arguments[2], &value)) {
    return NULL;
  }
  return make_number(env, set_option(socket, option, value));
}

napi_value options_get(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  if (!read_arguments(env, info, 2, arguments)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, arguments[0]);
  const struct integer_option *option =
      socket == NULL ? NULL : read_option(env, arguments[1]);
  return option == NULL ? NULL : make_number(env, get_option(socket, option));
}

/*
 * The text's own family decides, not the socket's: what the kernel says to the mismatch
 * (ENOPROTOOPT) is what node:dgram reports. A text that is no address comes before everything else.
 */
static int set_multicast_interface(const struct udp_socket *socket, const char *text) {
  union socket_address address;
  int result;
  if (address_from_text(AF_INET, text, 0, &address) == 0) {
    const struct in_addr *local = &address.v4.sin_addr;
    result = setsockopt(socket->fd, IPPROTO_IP, IP_MULTICAST_IF, local, sizeof *local);
  } else if (address_from_text(AF_INET6, text, 0, &address) == 0) {
    int interface = (int)address.v6.sin6_scope_id;
    result =
        setsockopt(socket->fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface, sizeof interface);
  } else {
    return -EINVAL;
  }
  return result == 0 ? 0 : -errno;
}

napi_value options_set_multicast_interface(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  if (!read_arguments(env, info, 2, arguments)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, arguments[0]);
  char text[ADDRESS_INPUT_SIZE];
  enum text_result read =
      socket == NULL ? TEXT_THREW : read_text(env, arguments[1], text, sizeof text);
  if (read == TEXT_THREW) {
    return NULL;
  }
  return make_number(env, read == TEXT_READ ? set_multicast_interface(socket, text) : -EINVAL);
}

/*
 * What the kernel counts of a socket: SO_MEMINFO (Linux 4.12, commit a2d133b1d465). The drop counter is the one that
 * SO_RXQ_OVFL tells of, but asked for when somebody wants it, not carried along with each message.
 */
static int64_t drop_count(int fd) {
  uint32_t counts[SK_MEMINFO_VARS] = {0};
  socklen_t size = sizeof counts;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, counts, &size) != 0) {
    return -errno;
  }
  return size >= (SK_MEMINFO_DROPS + 1) * sizeof counts[0] ? (int64_t)counts[SK_MEMINFO_DROPS]
                                                           : -ENOTSUP;
}

napi_value options_drop_count(napi_env env, napi_callback_info info) {
  napi_value owner;
  if (!read_arguments(env, info, 1, &owner)) {
    return NULL;
  }
  const struct udp_socket *socket = socket_of(env, owner);
  if (socket == NULL) {
    return NULL;
  }
  napi_value result = NULL;
  TRY(env, napi_create_int64(env, socket->fd == -1 ? 0 : drop_count(socket->fd), &result));
  return result;
}
