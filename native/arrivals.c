#include "arrivals.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "address.h"
#include "control.h"

enum {
  /* A power of two as the distance would put the heads of all slots into the same cache sets. */
  PAYLOAD_STRIDE = PAYLOAD_CAPACITY + 20 * 64,
  /* Room for the control messages of one message; all that a UDP socket can be asked to tell take half, but for the
     IPv6 extension headers (RFC 3542, section 7), which a stranger makes as long as a datagram. */
  CONTROL_CAPACITY = 1024,
  /* The most errors to take off a socket's error queue in one turn of the loop. */
  ERROR_QUEUE_LIMIT = 64,
};

_Static_assert((int)RECEIVE_SLOTS <= (int)MAXIMUM_BATCH, "every message has a record");

struct receive_scratch {
  struct mmsghdr headers[RECEIVE_SLOTS];
  struct iovec parts[RECEIVE_SLOTS];
  union socket_address sources[RECEIVE_SLOTS];
  /* How long each datagram of a merged message is, but for the last; 0 where it is a single one. */
  uint32_t segments[RECEIVE_SLOTS];
  /* Something of the message was cut off. */
  bool dropped[RECEIVE_SLOTS];
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

void receive_scratch_lend(struct receive_scratch *scratch, void *memory) {
  scratch->parts[0].iov_base = memory == NULL ? scratch->payloads[0] : memory;
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
  struct arrivals arrivals = {0, 0, 0, 0};
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
  struct arrivals arrivals = {0, 0, 0, 0};
  if (count == -1) {
    arrivals.failure = -errno;
  } else {
    arrivals.count = count;
    arrivals.failure = count < wanted ? -EAGAIN : 0;
  }
  return arrivals;
}

/*
 * Whether a message came as it was sent, and its segment size is known. Every slot holds any UDP payload. Of control
 * messages that were cut off only UDP_GRO would be missed, and it comes only where the kernel merges.
 */
static bool is_whole(const struct mmsghdr *slot, bool coalescing, uint32_t *segment) {
  bool cut = (slot->msg_hdr.msg_flags & MSG_TRUNC) != 0 || slot->msg_len > PAYLOAD_CAPACITY;
  bool known = control_read_segment(&slot->msg_hdr, segment) || !coalescing;
  return !cut && known;
}

struct arrivals arrivals_receive(struct receive_scratch *scratch, int fd, int wanted,
                                 bool coalescing) {
  struct arrivals arrivals = receive_together(fd, scratch, wanted);
  for (int slot = 0; slot < arrivals.count; slot++) {
    struct mmsghdr *message = &scratch->headers[slot];
    scratch->dropped[slot] = !is_whole(message, coalescing, &scratch->segments[slot]);
    if (scratch->dropped[slot]) {
      arrivals.failure = -EMSGSIZE;
      continue;
    }
    arrivals.datagrams += group_datagrams(message->msg_len, scratch->segments[slot]);
    arrivals.bytes += message->msg_len;
  }
  return arrivals;
}

uint32_t arrivals_describe(const struct receive_scratch *scratch, const struct arrivals *arrivals,
                           uint32_t *records) {
  uint32_t *record = records;
  uint32_t count = 0;
  for (int slot = 0; slot < arrivals->count; slot++) {
    if (scratch->dropped[slot]) {
      continue;
    }
    const struct mmsghdr *message = &scratch->headers[slot];
    record[RECORD_LENGTH] = message->msg_len;
    record[RECORD_SEGMENT] = scratch->segments[slot];
    address_to_record(&scratch->sources[slot], message->msg_hdr.msg_namelen, record);
    record += RECORD_WORDS;
    count++;
  }
  return count;
}

void arrivals_copy(const struct receive_scratch *scratch, const struct arrivals *arrivals,
                   unsigned char *bytes) {
  for (int slot = 0; slot < arrivals->count; slot++) {
    size_t length = scratch->headers[slot].msg_len;
    if (!scratch->dropped[slot] && length > 0) {
      memcpy(bytes, scratch->parts[slot].iov_base, length);
      bytes += length;
    }
  }
}

void receive_discard_errors(int fd, struct receive_scratch *scratch) {
  struct msghdr *header = &scratch->headers[0].msg_hdr;
  for (int count = 0; count < ERROR_QUEUE_LIMIT; count++) {
    if (receive_message(fd, header, MSG_ERRQUEUE) == -1) {
      return;
    }
  }
}
