#include "receive.h"

#include "node_api_helpers.h"
#include "socket.h"

/* From here on a message is handed over in the large buffer; what is kept of it pins no more than twice itself. */
enum { LEAST_LARGE = PAYLOAD_CAPACITY / 2 };

/*
 * Where one large message is expected (one that the kernel merged, most likely), it is received into memory
 * that JavaScript can have: copying 64 KiB took a third of the time of receiving them. False: there is
 * no memory for that, and the scratch does as well.
 */
static bool use_large_buffer(struct environment *environment) {
  napi_env env = environment->env;
  if (environment->large_buffer != NULL) {
    return true;
  }
  napi_value buffer = NULL;
  void *memory = NULL;
  if (napi_create_buffer(env, PAYLOAD_CAPACITY, &memory, &buffer) != napi_ok ||
      napi_create_reference(env, buffer, 1, &environment->large_buffer) != napi_ok) {
    return false;
  }
  receive_scratch_lend(environment->scratch, memory);
  return true;
}

/* Takes the large buffer out of use. */
static napi_value take_large_buffer(struct environment *environment) {
  napi_value buffer = NULL;
  MUST(napi_get_reference_value(environment->env, environment->large_buffer, &buffer));
  MUST(napi_delete_reference(environment->env, environment->large_buffer));
  environment->large_buffer = NULL;
  receive_scratch_lend(environment->scratch, NULL);
  return buffer;
}

struct received receive_batch(const struct udp_socket *socket, int wanted) {
  struct environment *environment = socket->environment;
  bool large = wanted == 1 && use_large_buffer(environment);
  struct arrivals arrivals =
      arrivals_receive(environment->scratch, socket->fd, wanted, socket->coalescing);
  return (struct received){arrivals, large && arrivals.bytes >= LEAST_LARGE};
}

uint32_t receive_unpack(struct environment *environment, const struct received *received,
                        napi_value *buffer) {
  const struct arrivals *arrivals = &received->arrivals;
  uint32_t *records =
      environment_records(environment, environment->configuration.receive_records);
  void *bytes = NULL;
  if (records == NULL) {
    return 0;
  }
  if (received->large) {
    *buffer = take_large_buffer(environment);
  } else if (napi_create_buffer(environment->env, arrivals->bytes, &bytes, buffer) == napi_ok) {
    arrivals_copy(environment->scratch, arrivals, bytes);
  } else {
    return 0;
  }
  return arrivals_describe(environment->scratch, arrivals, records);
}
