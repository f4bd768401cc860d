#include "membership.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "node_api_helpers.h"
#include "socket.h"

/* Texts as JavaScript gave them; NULL where it gave `undefined`. */
struct membership_texts {
  const char *group;
  const char *interface;
  const char *source;
};

struct membership {
  bool join;
  bool source_specific;
  union socket_address group;
  union socket_address source;
  union socket_address interface;
};

static int set_option(int fd, int level, int name, const void *value, socklen_t size) {
  return setsockopt(fd, level, name, value, size) == 0 ? 0 : -errno;
}

/* ip(7) */
static int set_ipv4(int fd, const struct membership *membership) {
  if (membership->source_specific) {
    struct ip_mreq_source request = {
        .imr_multiaddr = membership->group.v4.sin_addr,
        .imr_interface = membership->interface.v4.sin_addr,
        .imr_sourceaddr = membership->source.v4.sin_addr,
    };
    int name = membership->join ? IP_ADD_SOURCE_MEMBERSHIP : IP_DROP_SOURCE_MEMBERSHIP;
    return set_option(fd, IPPROTO_IP, name, &request, sizeof request);
  }
  struct ip_mreq request = {
      .imr_multiaddr = membership->group.v4.sin_addr,
      .imr_interface = membership->interface.v4.sin_addr,
  };
  int name = membership->join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
  return set_option(fd, IPPROTO_IP, name, &request, sizeof request);
}

/* RFC 3493 section 5.2; source-specific: RFC 3678 section 5.1 */
static int set_ipv6(int fd, const struct membership *membership) {
  uint32_t interface = membership->interface.v6.sin6_scope_id;
  if (membership->source_specific) {
    struct group_source_req request;
    memset(&request, 0, sizeof request);
    request.gsr_interface = interface;
    memcpy(&request.gsr_group, &membership->group.v6, sizeof membership->group.v6);
    memcpy(&request.gsr_source, &membership->source.v6, sizeof membership->source.v6);
    int name = membership->join ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP;
    return set_option(fd, IPPROTO_IPV6, name, &request, sizeof request);
  }
  struct ipv6_mreq request = {
      .ipv6mr_multiaddr = membership->group.v6.sin6_addr,
      .ipv6mr_interface = interface,
  };
  int name = membership->join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP;
  return set_option(fd, IPPROTO_IPV6, name, &request, sizeof request);
}

/*
 * The group's family decides, not the socket's, and a socket without descriptor is bound before
 * the interface is looked at: the order in which node:dgram meets errors.
 */
static int set_membership(struct udp_socket *socket, struct membership *membership,
                          const struct membership_texts *texts) {
  int family = AF_INET;
  if (address_from_text(family, texts->group, 0, &membership->group) != 0) {
    family = AF_INET6;
    if (address_from_text(family, texts->group, 0, &membership->group) != 0) {
      return -EINVAL;
    }
  }
  if (texts->source != NULL &&
      address_from_text(family, texts->source, 0, &membership->source) != 0) {
    return -EINVAL;
  }
  int result = socket_ensure_bound(socket, family, true);
  if (result != 0) {
    return result;
  }
  address_set_any(family, &membership->interface);
  if (texts->interface != NULL &&
      address_from_text(family, texts->interface, 0, &membership->interface) != 0) {
    return -EINVAL;
  }
  return family == AF_INET ? set_ipv4(socket->fd, membership) : set_ipv6(socket->fd, membership);
}

/* An optional text into `buffer`; one that no address can be becomes ''. False: it threw. */
static bool read_optional_text(napi_env env, napi_value value, char *buffer, const char **text) {
  *text = NULL;
  if (is_undefined(env, value)) {
    return true;
  }
  enum text_result read = read_text(env, value, buffer, ADDRESS_INPUT_SIZE);
  if (read == TEXT_MALFORMED) {
    buffer[0] = '\0';
  }
  *text = buffer;
  return read != TEXT_THREW;
}

napi_value membership_set(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  struct membership membership;
  struct membership_texts texts;
  char buffers[3][ADDRESS_INPUT_SIZE];
  memset(&membership, 0, sizeof membership);
  if (!read_arguments(env, info, 5, arguments)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, arguments[0]);
  if (socket == NULL || !read_bool(env, arguments[1], &membership.join) ||
      !read_optional_text(env, arguments[2], buffers[0], &texts.group) ||
      !read_optional_text(env, arguments[3], buffers[1], &texts.interface) ||
      !read_optional_text(env, arguments[4], buffers[2], &texts.source)) {
    return NULL;
  }
  if (socket->closed) {
    return make_number(env, -EBADF);
  }
  if (texts.group == NULL) {
    return make_number(env, -EINVAL);
  }
  membership.source_specific = texts.source != NULL;
  return make_number(env, set_membership(socket, &membership, &texts));
}
