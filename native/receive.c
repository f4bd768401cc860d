#include "receive.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "address.h"
#include "node_api_helpers.h"

enum {
  /* No UDP payload is larger: its length field has 16 bits (RFC 768). Merged ones are not either. */
  PAYLOAD_CAPACITY = 65536,
  /* A power of two as the distance would put the heads of all slots into the same cache sets. */
  PAYLOAD_STRIDE = PAYLOAD_CAPACITY + 20 * 64,
  /* Room for the control messages of one message; all that a UDP socket can be asked to tell take half. */
  CONTROL_CAPACITY = 1024,
  /* From here on a message is handed over in the large buffer; what is kept of it pins no more than twice itself. */
  LEAST_LARGE = PAYLOAD_CAPACITY / 2,
  /* The most errors to take off a socket's error queue in one turn of the loop. */
  ERROR_QUEUE_LIMIT = 64,
};

struct receive_scratch {
  struct mmsghdr headers[RECEIVE_SLOTS];
  struct iovec parts[RECEIVE_SLOTS];
  union socket_address sources[RECEIVE_SLOTS];
  /* How long each datagram of a merged message is, but for the last; 0 where it is a single one. */
  uint32_t segments[RECEIVE_SLOTS];
  _Alignas(struct cmsghdr) unsigned char control[RECEIVE_SLOTS][CONTROL_CAPACITY];
  unsigned char payloads[RECEIVE_SLOTS][PAYLOAD_STRIDE];
};

/* Cleared for good, for the whole process, where the system forbids recvmmsg(2). */
static atomic_bool batch_call_usable = true;

struct receive_scratch *receive_scratch_create(void) {
  /* Pages that no datagram ever reaches are never backed by memory. */
  struct receive_scratch *scratch = mmap(NULL, sizeof *scratch, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (scratch == MAP_FAILED) {
    return NULL;
  }
  for (size_t slot = 0; slot < RECEIVE_SLOTS; slot++) {
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

/* One message a call, where recvmmsg is forbidden. */
static struct arrivals receive_singly(int fd, struct receive_scratch *scratch, int wanted) {
  struct arrivals arrivals = {0, 0, 0, 0, false};
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
 * One system call for many messages. An error behind the first of them waits in the socket for
 * the next call (recvmmsg(2), BUGS), so none is lost.
 */
static struct arrivals receive_together(int fd, struct receive_scratch *scratch, int wanted) {
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
  struct arrivals arrivals = {0, 0, 0, 0, false};
  if (count == -1) {
    arrivals.failure = -errno;
  } else {
    arrivals.count = count;
    arrivals.failure = count < wanted ? -EAGAIN : 0;
  }
  return arrivals;
}

/* musl's macro negates a size, as it means to, and compilers mind it although it is of a system header. */
static struct cmsghdr *next_control(struct msghdr *header, struct cmsghdr *control) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
  return CMSG_NXTHDR(header, control);
#pragma GCC diagnostic pop
}

/* The segment size that the kernel tells of a merged message, UDP_GRO (udp(7)); else 0. */
static uint32_t segment_size(struct msghdr *header) {
  for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
       control = next_control(header, control)) {
    int size = 0;
    if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO &&
        control->cmsg_len >= CMSG_LEN(sizeof size)) {
      memcpy(&size, CMSG_DATA(control), sizeof size);
      return size > 0 ? (uint32_t)size : 0;
    }
  }
  return 0;
}

/*
 * Where one large message is expected (one that the kernel merged, most likely), it is received into memory
 * that JavaScript can have: copying 64 KiB took a third of the time of receiving them. False: there is
 * no memory for that, and the scratch does as well.
 */
static bool use_large_buffer(struct environment *environment) {
  napi_env env = environment->env;
  struct iovec *part = &environment->scratch->parts[0];
  if (environment->large_buffer != NULL) {
    return true;
  }
  napi_value buffer = NULL;
  void *memory = NULL;
  if (napi_create_buffer(env, PAYLOAD_CAPACITY, &memory, &buffer) != napi_ok ||
      napi_create_reference(env, buffer, 1, &environment->large_buffer) != napi_ok) {
    return false;
  }
  part->iov_base = memory;
  return true;
}

/* Takes the large buffer out of use. */
static napi_value take_large_buffer(struct environment *environment) {
  napi_value buffer = NULL;
  MUST(napi_get_reference_value(environment->env, environment->large_buffer, &buffer));
  MUST(napi_delete_reference(environment->env, environment->large_buffer));
  environment->large_buffer = NULL;
  environment->scratch->parts[0].iov_base = environment->scratch->payloads[0];
  return buffer;
}

struct arrivals receive_batch(struct environment *environment, int fd, int wanted) {
  struct receive_scratch *scratch = environment->scratch;
  bool large = wanted == 1 && use_large_buffer(environment);
  struct arrivals arrivals = receive_together(fd, scratch, wanted);
  for (int slot = 0; slot < arrivals.count; slot++) {
    struct mmsghdr *header = &scratch->headers[slot];
    if ((header->msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      /* Every slot holds any UDP payload. What was cut all the same is dropped, and reported. */
      header->msg_len = 0;
      arrivals.failure = -EMSGSIZE;
      continue;
    }
    scratch->segments[slot] = segment_size(&header->msg_hdr);
    arrivals.datagrams += group_datagrams(header->msg_len, scratch->segments[slot]);
    arrivals.bytes += header->msg_len;
  }
  arrivals.large = large && arrivals.bytes >= LEAST_LARGE;
  return arrivals;
}

static void write_record(const struct receive_scratch *scratch, int slot, uint32_t *record) {
  const struct mmsghdr *header = &scratch->headers[slot];
  record[RECORD_LENGTH] = header->msg_len;
  record[RECORD_SEGMENT] = scratch->segments[slot];
  address_to_record(&scratch->sources[slot], header->msg_hdr.msg_namelen, record);
}

uint32_t receive_unpack(struct environment *environment, const struct arrivals *arrivals,
                        napi_value *buffer) {
  struct receive_scratch *scratch = environment->scratch;
  uint32_t *record = environment->receive_records;
  if (arrivals->large) {
    write_record(scratch, 0, record);
    *buffer = take_large_buffer(environment);
    return 1;
  }
  void *memory = NULL;
  if (napi_create_buffer(environment->env, arrivals->bytes, &memory, buffer) != napi_ok) {
    return 0;
  }
  unsigned char *bytes = memory;
  uint32_t count = 0;
  for (int slot = 0; slot < arrivals->count; slot++) {
    const struct mmsghdr *header = &scratch->headers[slot];
    if ((header->msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      continue;
    }
    if (header->msg_len > 0) {
      memcpy(bytes, scratch->parts[slot].iov_base, header->msg_len);
      bytes += header->msg_len;
    }
    write_record(scratch, slot, record);
    record += RECORD_WORDS;
    count++;
  }
  return count;
}

void receive_discard_errors(int fd, struct receive_scratch *scratch) {
  struct msghdr *header = &scratch->headers[0].msg_hdr;
  for (int count = 0; count < ERROR_QUEUE_LIMIT; count++) {
    if (receive_message(fd, header, MSG_ERRQUEUE) == -1) {
      return;
    }
  }
}
