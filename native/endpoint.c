#include "endpoint.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "node_api_helpers.h"
#include "socket.h"

/* connect(2) on UDP does not block; a signal may still interrupt it. */
static int connect_descriptor(int fd, const struct sockaddr *address, socklen_t length) {
  int result;
  do {
    result = connect(fd, address, length);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : -errno;
}

static int connect_socket(struct udp_socket *socket, const union socket_address *address) {
  if (socket->connected) {
    return -EISCONN;
  }
  int result = socket_ensure_bound(socket, address->any.sa_family, false);
  if (result == 0) {
    result = connect_descriptor(socket->fd, &address->any, address_length(address));
  }
  if (result == 0) {
    socket->connected = true;
    socket->deferred_send_error = 0;
  }
  return result;
}

napi_value endpoint_connect(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  if (!read_arguments(env, info, 3, arguments)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, arguments[0]);
  union socket_address address;
  int result = 0;
  if (socket == NULL ||
      !socket_read_address(env, socket, arguments[1], arguments[2], &address, &result)) {
    return NULL;
  }
  return make_number(env, result == 0 ? connect_socket(socket, &address) : result);
}

static int disconnect_socket(struct udp_socket *socket) {
  if (socket->fd == -1) {
    return -EBADF;
  }
  if (!socket->connected) {
    return -ENOTCONN;
  }
  /* connect(2): the family AF_UNSPEC dissolves the association. */
  struct sockaddr nobody;
  memset(&nobody, 0, sizeof nobody);
  nobody.sa_family = AF_UNSPEC;
  int result = connect_descriptor(socket->fd, &nobody, sizeof nobody);
  if (result == 0) {
    socket->connected = false;
    socket->deferred_send_error = 0;
  }
  return result;
}

napi_value endpoint_disconnect(napi_env env, napi_callback_info info) {
  struct udp_socket *socket = socket_argument(env, info);
  return socket == NULL ? NULL : make_number(env, disconnect_socket(socket));
}

static napi_value make_endpoint(napi_env env, const union socket_address *address) {
  char text[ADDRESS_TEXT_SIZE];
  int failure = address_to_text(address, text);
  if (failure != 0) {
    return make_number(env, failure);
  }
  const char *family_name = address->any.sa_family == AF_INET ? "IPv4" : "IPv6";
  napi_value endpoint = NULL;
  napi_value value = NULL;
  TRY(env, napi_create_object(env, &endpoint));
  TRY(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value));
  TRY(env, napi_set_named_property(env, endpoint, "address", value));
  TRY(env, napi_create_string_utf8(env, family_name, NAPI_AUTO_LENGTH, &value));
  TRY(env, napi_set_named_property(env, endpoint, "family", value));
  TRY(env, napi_create_uint32(env, address_port(address), &value));
  TRY(env, napi_set_named_property(env, endpoint, "port", value));
  return endpoint;
}

/* getsockname(2) or getpeername(2). */
typedef int name_function(int fd, struct sockaddr *restrict address, socklen_t *restrict length);

static napi_value get_endpoint(napi_env env, napi_callback_info info, name_function *get_name) {
  struct udp_socket *socket = socket_argument(env, info);
  if (socket == NULL) {
    return NULL;
  }
  if (socket->fd == -1) {
    return make_number(env, -EBADF);
  }
  union socket_address address;
  socklen_t length = sizeof address;
  address_set_any(AF_UNSPEC, &address);
  if (get_name(socket->fd, &address.any, &length) != 0) {
    return make_number(env, -errno);
  }
  return make_endpoint(env, &address);
}

/* glibc declares the address argument as a transparent union; these give it the plain type. */
static int local_name(int fd, struct sockaddr *restrict address, socklen_t *restrict length) {
  return getsockname(fd, address, length);
}

static int remote_name(int fd, struct sockaddr *restrict address, socklen_t *restrict length) {
  return getpeername(fd, address, length);
}

napi_value endpoint_local(napi_env env, napi_callback_info info) {
  return get_endpoint(env, info, local_name);
}

napi_value endpoint_remote(napi_env env, napi_callback_info info) {
  return get_endpoint(env, info, remote_name);
}

/* The record that begins at word `offset` of a Uint32Array. NULL: an exception is pending. */
static uint32_t *record_at(napi_env env, napi_value value, uint32_t offset) {
  void *words = NULL;
  size_t length = 0;
  if (!read_typed_array(env, value, napi_uint32_array, &words, &length)) {
    return NULL;
  }
  if (offset > length || length - offset < RECORD_WORDS) {
    (void)napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "no whole record there");
    return NULL;
  }
  return (uint32_t *)words + offset;
}

napi_value endpoint_parse(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int32_t family = 0;
  char text[ADDRESS_INPUT_SIZE];
  if (!read_arguments(env, info, 3, arguments) || !read_int32(env, arguments[0], &family)) {
    return NULL;
  }
  uint32_t *record = record_at(env, arguments[2], 0);
  enum text_result read =
      record == NULL ? TEXT_THREW : read_text(env, arguments[1], text, sizeof text);
  if (read == TEXT_THREW) {
    return NULL;
  }
  union socket_address address;
  int kernel_family = family == RECORD_IPV4 ? AF_INET : AF_INET6;
  if (read != TEXT_READ || address_from_text(kernel_family, text, 0, &address) != 0) {
    return make_number(env, -EINVAL);
  }
  uint32_t port = record[RECORD_PORT];
  address_to_record(&address, address_length(&address), record);
  record[RECORD_PORT] = port;
  return make_number(env, 0);
}

napi_value endpoint_format(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  uint32_t offset = 0;
  if (!read_arguments(env, info, 2, arguments) || !read_uint32(env, arguments[1], &offset)) {
    return NULL;
  }
  const uint32_t *record = record_at(env, arguments[0], offset);
  if (record == NULL) {
    return NULL;
  }
  union socket_address address;
  char text[ADDRESS_TEXT_SIZE] = "";
  if (address_from_record(record, &address) != 0 && address_to_text(&address, text) != 0) {
    text[0] = '\0';
  }
  napi_value result = NULL;
  TRY(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result));
  return result;
}
