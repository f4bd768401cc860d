#include "send.h"

#include <errno.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "callback.h"
#include "node_api_helpers.h"
#include "outgoing.h"

static int wait_until_writable(struct udp_socket *socket) {
  socket->write_pending = true;
  int result = socket_update_poll(socket);
  if (result != 0) {
    socket->write_pending = false;
    return result;
  }
  return -EAGAIN;
}

/* Tells JavaScript that the group at `index` went only as single datagrams. */
static void report_refusal(const struct udp_socket *socket, napi_value owner, uint32_t index) {
  napi_env env = socket->environment->env;
  napi_value function = NULL;
  napi_value argument = NULL;
  MUST(napi_get_reference_value(env, socket->environment->configuration.segmentation_refused,
                                &function));
  MUST(napi_create_uint32(env, index, &argument));
  /* It fails only where JavaScript cannot run any more; then nothing is sent again either. */
  (void)napi_call_function(env, owner, function, 1, &argument, NULL);
}

/* How many datagrams left, or the negative errno of the first. */
static int send_outgoing(struct udp_socket *socket, napi_value owner, struct outgoing *outgoing) {
  if (socket->fd == -1) {
    return -EBADF;
  }
  struct outlet outlet = {socket->fd, socket->connected, &socket->deferred_send_error};
  struct transmission transmission = outgoing_send(outgoing, &outlet);
  if (transmission.refused != NO_GROUP) {
    /* Last of all: JavaScript may do as it likes with the memory that was sent from. */
    report_refusal(socket, owner, transmission.refused);
  }
  return outgoing_must_wait(transmission.result) ? wait_until_writable(socket)
                                                 : transmission.result;
}

napi_value send_datagrams(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  if (!read_arguments(env, info, 4, arguments)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, arguments[0]);
  void *bytes = NULL;
  unsigned char nothing = 0;
  size_t size = 0;
  uint32_t offset = 0;
  struct outgoing outgoing = {NULL, NULL, 0, 0};
  if (socket == NULL || !read_typed_array(env, arguments[1], napi_uint8_array, &bytes, &size) ||
      !read_uint32(env, arguments[2], &offset) ||
      !read_uint32(env, arguments[3], &outgoing.count)) {
    return NULL;
  }
  outgoing.record =
      environment_records(socket->environment, socket->environment->configuration.send_records);
  if (outgoing.record == NULL || offset > size || !outgoing_fits(&outgoing, size - offset)) {
    (void)napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "a batch beyond its bounds");
    return NULL;
  }
  /* An empty array may have no memory, and NULL cannot be counted on from. */
  outgoing.payload = bytes == NULL ? &nothing : (unsigned char *)bytes + offset;
  return make_number(env, send_outgoing(socket, arguments[0], &outgoing));
}

/*
 * A kernel before 4.18 ignores the control message and sends a group as one datagram, so it has to
 * be asked. ENOPROTOOPT is its answer; any other failure leaves the question open, and a no is safe.
 */
static bool supports_segmentation(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd == -1) {
    fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }
  if (fd == -1) {
    return false;
  }
  int size = 0;
  socklen_t length = sizeof size;
  bool supported = getsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, &length) == 0;
  /* Linux releases the descriptor whatever close(2) returns (NOTES there). */
  (void)close(fd);
  return supported;
}

napi_value send_supports_segmentation(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result = NULL;
  TRY(env, napi_get_boolean(env, supports_segmentation(), &result));
  return result;
}

void send_dispatch(struct udp_socket *socket, napi_value owner) {
  socket->write_pending = false;
  (void)callback_notify(socket, owner, socket->environment->configuration.writable);
}
