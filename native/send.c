#include "send.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "callback.h"
#include "node_api_helpers.h"

/* Datagrams of one sendmmsg call; their headers lie on the stack. */
enum { CHUNK = 64 };

struct send_chunk {
  int count;
  struct mmsghdr headers[CHUNK];
  struct iovec parts[CHUNK];
  union socket_address destinations[CHUNK];
};

/* What `send` was given: records, and payloads end to end. */
struct outgoing {
  const uint32_t *record;
  unsigned char *payload;
  uint32_t count;
};

/* What is known of sendmmsg(2) in this process: a sandbox may forbid it. */
enum batch_call { BATCH_CALL_UNTRIED, BATCH_CALL_WORKS, BATCH_CALL_FORBIDDEN };
static atomic_int batch_call = BATCH_CALL_UNTRIED;

static void set_batch_call(enum batch_call state) {
  atomic_store_explicit(&batch_call, (int)state, memory_order_relaxed);
}

static enum batch_call get_batch_call(void) {
  return (enum batch_call)atomic_load_explicit(&batch_call, memory_order_relaxed);
}

/* Takes up to CHUNK datagrams off the front of `outgoing`. */
static void fill_chunk(struct send_chunk *chunk, struct outgoing *outgoing) {
  chunk->count = 0;
  while (chunk->count < CHUNK && outgoing->count > 0) {
    int index = chunk->count;
    struct msghdr *header = &chunk->headers[index].msg_hdr;
    memset(header, 0, sizeof *header);
    header->msg_namelen = address_from_record(outgoing->record, &chunk->destinations[index]);
    header->msg_name = header->msg_namelen == 0 ? NULL : &chunk->destinations[index];
    chunk->parts[index].iov_base = outgoing->payload;
    chunk->parts[index].iov_len = outgoing->record[RECORD_LENGTH];
    header->msg_iov = &chunk->parts[index];
    header->msg_iovlen = 1;
    outgoing->payload += outgoing->record[RECORD_LENGTH];
    outgoing->record += RECORD_WORDS;
    outgoing->count--;
    chunk->count++;
  }
}

/* Sends the first `count` datagrams one by one. How many left, or the first's negative errno;
   an errno behind the first is left in `*failure`. */
static int send_singly(int fd, const struct send_chunk *chunk, int count, int *failure) {
  for (int index = 0; index < count; index++) {
    ssize_t sent;
    do {
      sent = sendmsg(fd, &chunk->headers[index].msg_hdr, MSG_DONTWAIT);
    } while (sent == -1 && errno == EINTR);
    if (sent == -1) {
      if (index == 0) {
        return -errno;
      }
      *failure = -errno;
      return index;
    }
  }
  return count;
}

/*
 * Sends with one system call. It tells an errno only for the first datagram: for a later one it
 * returns how many went before, and whoever sends again meets the errno then.
 */
static int send_batch(int fd, struct send_chunk *chunk, int *failure) {
  int sent;
  do {
    sent = sendmmsg(fd, chunk->headers, (unsigned int)chunk->count, MSG_DONTWAIT);
  } while (sent == -1 && errno == EINTR);
  if (sent > 0) {
    set_batch_call(BATCH_CALL_WORKS);
    return sent;
  }
  int error = sent == 0 ? 0 : errno;
  if (error == ENOSYS) {
    set_batch_call(BATCH_CALL_FORBIDDEN);
    return send_singly(fd, chunk, chunk->count, failure);
  }
  if (error != EPERM && error != 0) {
    return -error;
  }
  /*
   * EPERM has two meanings: a packet filter refused this datagram (netfilter, ip(7)), or a sandbox
   * the call (seccomp). Sent by itself, the datagram tells which. Nothing sent and no errno should
   * not be; the single call answers that, too.
   */
  int result = send_singly(fd, chunk, 1, failure);
  if (result == 1 && error == EPERM && get_batch_call() == BATCH_CALL_UNTRIED) {
    set_batch_call(BATCH_CALL_FORBIDDEN);
  }
  return result;
}

/*
 * On a connected socket an ICMP error of an earlier datagram (ECONNREFUSED) fails the next call and
 * is gone with it. sendmmsg returns nothing but the count when that call was not its first
 * (net/socket.c, __sys_sendmmsg), so the errno would be lost: there, one sendmsg a datagram.
 */
static int send_chunk(struct udp_socket *socket, struct send_chunk *chunk, int *failure) {
  bool singly =
      chunk->count == 1 || socket->connected || get_batch_call() == BATCH_CALL_FORBIDDEN;
  return singly ? send_singly(socket->fd, chunk, chunk->count, failure)
                : send_batch(socket->fd, chunk, failure);
}

static bool must_wait(int result) {
  /* A full device queue (ENOBUFS) is waited for like a full socket buffer; node:dgram does so. */
  return result == -EAGAIN || result == -EWOULDBLOCK || result == -ENOBUFS;
}

static int wait_until_writable(struct udp_socket *socket) {
  socket->write_pending = true;
  int result = socket_update_poll(socket);
  if (result != 0) {
    socket->write_pending = false;
    return result;
  }
  return -EAGAIN;
}

static int send_all(struct udp_socket *socket, struct outgoing *outgoing) {
  if (socket->fd == -1) {
    return -EBADF;
  }
  if (socket->deferred_send_error != 0) {
    int error = socket->deferred_send_error;
    socket->deferred_send_error = 0;
    return error;
  }
  struct send_chunk chunk;
  int total = 0;
  while (outgoing->count > 0) {
    int failure = 0;
    fill_chunk(&chunk, outgoing);
    int sent = send_chunk(socket, &chunk, &failure);
    if (sent < 0) {
      failure = sent;
      sent = 0;
    }
    total += sent;
    if (total == 0 && failure != 0) {
      return must_wait(failure) ? wait_until_writable(socket) : failure;
    }
    if (failure != 0 && !must_wait(failure)) {
      /* The kernel has told it once; the caller offers this very datagram next and hears it. */
      socket->deferred_send_error = failure;
    }
    if (sent < chunk.count) {
      break;
    }
  }
  return total;
}

/* Whether the payloads of all records lie inside the bytes. */
static bool fits(const uint32_t *record, uint32_t count, size_t available) {
  for (uint32_t index = 0; index < count; index++) {
    if (record[RECORD_LENGTH] > available) {
      return false;
    }
    available -= record[RECORD_LENGTH];
    record += RECORD_WORDS;
  }
  return true;
}

napi_value send_datagrams(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  if (!read_arguments(env, info, 4, arguments)) {
    return NULL;
  }
  struct udp_socket *socket = socket_of(env, arguments[0]);
  void *bytes = NULL;
  size_t size = 0;
  uint32_t offset = 0;
  struct outgoing outgoing = {NULL, NULL, 0};
  if (socket == NULL || !read_typed_array(env, arguments[1], napi_uint8_array, &bytes, &size) ||
      !read_uint32(env, arguments[2], &offset) ||
      !read_uint32(env, arguments[3], &outgoing.count)) {
    return NULL;
  }
  outgoing.record = socket->environment->send_records;
  if (outgoing.count == 0 || outgoing.count > MAXIMUM_BATCH || offset > size ||
      !fits(outgoing.record, outgoing.count, size - offset)) {
    (void)napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "a batch beyond its bounds");
    return NULL;
  }
  outgoing.payload = bytes == NULL ? NULL : (unsigned char *)bytes + offset;
  return make_number(env, send_all(socket, &outgoing));
}

void send_dispatch(struct udp_socket *socket, napi_value owner) {
  socket->write_pending = false;
  (void)callback_notify(socket, owner, socket->environment->writable);
}
