#include "receive.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "address.h"
#include "callback.h"
#include "node_api_helpers.h"

enum {
  /* Datagrams of one recvmmsg call. */
  SLOTS = 64,
  /* No UDP payload is larger: its length field has 16 bits (RFC 768). */
  PAYLOAD_CAPACITY = 65536,
  /* A power of two as the distance would put the heads of all slots into the same cache sets. */
  PAYLOAD_STRIDE = PAYLOAD_CAPACITY + 20 * 64,
  /* Room for the control messages of one datagram. */
  CONTROL_CAPACITY = 256,
  /* After so many datagrams, or so many nanoseconds of handlers, other sockets and timers get
     their turn. */
  DISPATCH_LIMIT = 256,
  DISPATCH_TIME = 10 * 1000 * 1000,
  /* The most errors to take off a socket's error queue in one turn of the loop. */
  ERROR_QUEUE_LIMIT = 64,
};

struct receive_scratch {
  struct mmsghdr headers[SLOTS];
  struct iovec parts[SLOTS];
  union socket_address sources[SLOTS];
  _Alignas(struct cmsghdr) unsigned char control[SLOTS][CONTROL_CAPACITY];
  unsigned char payloads[SLOTS][PAYLOAD_STRIDE];
};

/* What one round of receiving brought. */
struct arrivals {
  /* Datagrams in the first slots of the scratch. */
  int count;
  /* The negative errno that ended the round; -EAGAIN when there was nothing more; 0 when unknown. */
  int failure;
};

/* Cleared for good, for the whole process, where the system forbids recvmmsg(2). */
static atomic_bool batch_call_usable = true;

static struct receive_scratch *scratch_create(void) {
  /* Pages that no datagram ever reaches are never backed by memory. */
  struct receive_scratch *scratch = mmap(NULL, sizeof *scratch, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (scratch == MAP_FAILED) {
    return NULL;
  }
  for (size_t slot = 0; slot < SLOTS; slot++) {
    struct msghdr *header = &scratch->headers[slot].msg_hdr;
    scratch->parts[slot].iov_base = scratch->payloads[slot];
    scratch->parts[slot].iov_len = PAYLOAD_CAPACITY;
    header->msg_name = &scratch->sources[slot];
    header->msg_iov = &scratch->parts[slot];
    header->msg_iovlen = 1;
    header->msg_control = scratch->control[slot];
  }
  return scratch;
}

void receive_scratch_free(struct receive_scratch *scratch) {
  if (scratch != NULL) {
    /* munmap(2) fails only for a range that was never mapped. */
    (void)munmap(scratch, sizeof *scratch);
  }
}

/* The kernel overwrites the two lengths and the flags: each call needs them afresh. */
static void reset_header(struct msghdr *header) {
  header->msg_namelen = sizeof(union socket_address);
  header->msg_controllen = CONTROL_CAPACITY;
  header->msg_flags = 0;
}

static ssize_t receive_message(int fd, struct msghdr *header, int flags) {
  ssize_t length;
  do {
    reset_header(header);
    length = recvmsg(fd, header, flags | MSG_DONTWAIT);
  } while (length == -1 && errno == EINTR);
  return length;
}

/* One datagram a call, where recvmmsg is forbidden. */
static struct arrivals receive_singly(int fd, struct receive_scratch *scratch, int wanted) {
  struct arrivals arrivals = {0, 0};
  while (arrivals.count < wanted) {
    struct mmsghdr *slot = &scratch->headers[arrivals.count];
    ssize_t length = receive_message(fd, &slot->msg_hdr, 0);
    if (length == -1) {
      arrivals.failure = -errno;
      break;
    }
    slot->msg_len = (unsigned int)length;
    arrivals.count++;
  }
  return arrivals;
}

/*
 * One system call for many datagrams. An error behind the first of them waits in the socket for
 * the next call (recvmmsg(2), BUGS), so none is lost.
 */
static struct arrivals receive_batch(int fd, struct receive_scratch *scratch, int wanted) {
  if (!atomic_load_explicit(&batch_call_usable, memory_order_relaxed)) {
    return receive_singly(fd, scratch, wanted);
  }
  int count;
  do {
    for (int slot = 0; slot < wanted; slot++) {
      reset_header(&scratch->headers[slot].msg_hdr);
    }
    count = recvmmsg(fd, scratch->headers, (unsigned int)wanted, MSG_DONTWAIT, NULL);
  } while (count == -1 && errno == EINTR);
  if (count == -1 && (errno == ENOSYS || errno == EPERM)) {
    /* A sandbox (seccomp) or an emulated kernel; no datagram ever gives these errors on receipt. */
    atomic_store_explicit(&batch_call_usable, false, memory_order_relaxed);
    return receive_singly(fd, scratch, wanted);
  }
  struct arrivals arrivals = {0, 0};
  if (count == -1) {
    arrivals.failure = -errno;
  } else {
    arrivals.count = count;
    arrivals.failure = count < wanted ? -EAGAIN : 0;
  }
  return arrivals;
}

/* Takes the slots out whose datagram was cut; every slot holds any UDP payload, so none should. */
static void drop_truncated(struct receive_scratch *scratch, struct arrivals *arrivals,
                           bool whole[SLOTS]) {
  for (int slot = 0; slot < arrivals->count; slot++) {
    whole[slot] = (scratch->headers[slot].msg_hdr.msg_flags & MSG_TRUNC) == 0;
    if (!whole[slot]) {
      arrivals->failure = -EMSGSIZE;
    }
  }
}

/* Moves the payloads, end to end, into a Buffer of exactly their size, and fills the records. */
static uint32_t unpack(struct environment *environment, const struct arrivals *arrivals,
                       const bool whole[SLOTS], napi_value *buffer) {
  napi_env env = environment->env;
  struct receive_scratch *scratch = environment->scratch;
  size_t total = 0;
  for (int slot = 0; slot < arrivals->count; slot++) {
    total += whole[slot] ? scratch->headers[slot].msg_len : 0;
  }
  void *memory = NULL;
  if (napi_create_buffer(env, total, &memory, buffer) != napi_ok) {
    return 0;
  }
  unsigned char *bytes = memory;
  uint32_t *record = environment->receive_records;
  uint32_t count = 0;
  for (int slot = 0; slot < arrivals->count; slot++) {
    const struct mmsghdr *header = &scratch->headers[slot];
    if (!whole[slot]) {
      continue;
    }
    if (header->msg_len > 0) {
      memcpy(bytes, scratch->payloads[slot], header->msg_len);
      bytes += header->msg_len;
    }
    record[RECORD_LENGTH] = header->msg_len;
    address_to_record(&scratch->sources[slot], header->msg_hdr.msg_namelen, record);
    record += RECORD_WORDS;
    count++;
  }
  return count;
}

/* Calls `deliver` for each delivery. False: the socket is not to receive any more. */
static bool deliver_all(struct udp_socket *socket, napi_value owner, uint32_t deliveries) {
  struct environment *environment = socket->environment;
  napi_env env = environment->env;
  napi_value deliver = NULL;
  MUST(napi_get_reference_value(env, environment->deliver, &deliver));
  bool wanted = true;
  for (uint32_t index = 0; wanted && index < deliveries; index++) {
    napi_handle_scope scope = NULL;
    napi_value argument = NULL;
    napi_value result = NULL;
    MUST(napi_open_handle_scope(env, &scope));
    MUST(napi_create_uint32(env, index, &argument));
    enum callback_outcome outcome =
        callback_in_scope(socket, owner, deliver, 1, &argument, &result);
    if (outcome == CALLBACK_RETURNED) {
      /* Anything but a boolean leaves `wanted` as it is. */
      (void)napi_get_value_bool(env, result, &wanted);
    }
    wanted = wanted && outcome != CALLBACK_IMPOSSIBLE && socket->receiving;
    MUST(napi_close_handle_scope(env, scope));
  }
  return wanted;
}

/* Hands one batch to JavaScript. False: the socket is not to receive any more. */
static bool hand_over(struct udp_socket *socket, napi_value owner, struct arrivals *arrivals) {
  struct environment *environment = socket->environment;
  napi_env env = environment->env;
  bool whole[SLOTS];
  drop_truncated(environment->scratch, arrivals, whole);
  napi_value arguments[2];
  uint32_t count = unpack(environment, arrivals, whole, &arguments[0]);
  if (count == 0) {
    arrivals->failure = arrivals->failure == -EMSGSIZE ? -EMSGSIZE : -ENOMEM;
    return true;
  }
  napi_value received = NULL;
  napi_value result = NULL;
  MUST(napi_get_reference_value(env, environment->received, &received));
  MUST(napi_create_uint32(env, count, &arguments[1]));
  enum callback_outcome outcome = callback_plain(socket, owner, received, 2, arguments, &result);
  uint32_t deliveries = 0;
  if (outcome == CALLBACK_RETURNED &&
      napi_get_value_uint32(env, result, &deliveries) != napi_ok) {
    deliveries = 0;
  }
  if (outcome == CALLBACK_IMPOSSIBLE || !socket->receiving) {
    return false;
  }
  return deliver_all(socket, owner, deliveries);
}

/*
 * Errors that wait in the socket's error queue (IP_RECVERR, which only an adopted socket can have)
 * keep epoll reporting; they belong to datagrams sent before, and nobody asked for them.
 */
static void discard_error_queue(int fd, struct receive_scratch *scratch) {
  struct msghdr *header = &scratch->headers[0].msg_hdr;
  for (int count = 0; count < ERROR_QUEUE_LIMIT; count++) {
    if (receive_message(fd, header, MSG_ERRQUEUE) == -1) {
      return;
    }
  }
}

static int64_t now_in_nanoseconds(void) {
  struct timespec now = {0, 0};
  /* clock_gettime(2) fails only for a clock that is not there, and this one always is. */
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * A batch that is received is delivered, however long its handlers take. So after slow handlers the
 * next batch is made as small as fits the time of a turn.
 */
static void adapt_batch_size(struct udp_socket *socket, int delivered, int64_t elapsed) {
  int64_t fitting = elapsed > 0 ? (int64_t)delivered * DISPATCH_TIME / elapsed : SLOTS;
  socket->batch_size = fitting < 1 ? 1 : fitting > SLOTS ? SLOTS : (int)fitting;
}

void receive_dispatch(struct udp_socket *socket, napi_value owner, bool error_waits) {
  struct environment *environment = socket->environment;
  int64_t began = now_in_nanoseconds();
  int64_t elapsed = 0;
  int total = 0;
  struct arrivals arrivals;
  do {
    arrivals = receive_batch(socket->fd, environment->scratch, socket->batch_size);
    if (error_waits && total == 0 && arrivals.failure == -EAGAIN) {
      discard_error_queue(socket->fd, environment->scratch);
    }
    total += arrivals.count;
    if (arrivals.count > 0 && !hand_over(socket, owner, &arrivals)) {
      return;
    }
    /* What arrived before the error was delivered first. */
    if (arrivals.failure != 0 && arrivals.failure != -EAGAIN) {
      (void)callback_notify_number(socket, owner, environment->receive_failed, arrivals.failure);
    }
    elapsed = now_in_nanoseconds() - began;
  } while (arrivals.failure == 0 && total < DISPATCH_LIMIT && elapsed < DISPATCH_TIME &&
           socket->receiving);
  if (total > 0) {
    adapt_batch_size(socket, total, elapsed);
  }
}

static int start_receiving(struct udp_socket *socket) {
  struct environment *environment = socket->environment;
  if (socket->fd == -1) {
    return -EBADF;
  }
  if (environment->scratch == NULL) {
    environment->scratch = scratch_create();
    if (environment->scratch == NULL) {
      return -ENOMEM;
    }
  }
  socket->batch_size = SLOTS;
  socket->receiving = true;
  int result = socket_update_poll(socket);
  if (result != 0) {
    socket->receiving = false;
  }
  return result;
}

napi_value receive_start(napi_env env, napi_callback_info info) {
  struct udp_socket *socket = socket_argument(env, info);
  return socket == NULL ? NULL : make_number(env, start_receiving(socket));
}

napi_value receive_stop(napi_env env, napi_callback_info info) {
  struct udp_socket *socket = socket_argument(env, info);
  if (socket != NULL && socket->receiving) {
    socket->receiving = false;
    /* Stopping cannot fail. */
    (void)socket_update_poll(socket);
  }
  return NULL;
}
