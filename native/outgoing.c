#include "outgoing.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "address.h"
#include "control.h"

/* Groups of one sendmmsg call; their headers lie on the stack. */
enum { CHUNK = 64 };

struct send_chunk {
  uint32_t count;
  struct mmsghdr headers[CHUNK];
  struct iovec parts[CHUNK];
  union socket_address destinations[CHUNK];
  union segment_control controls[CHUNK];
};

/* What came of an attempt to send. */
struct progress {
  /* How many left. */
  uint32_t sent;
  /* The negative errno of the next one, where it is known; else 0. */
  int failure;
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

static uint32_t datagrams_of(const uint32_t *record) {
  return group_datagrams(record[RECORD_LENGTH], record[RECORD_SEGMENT]);
}

/* Takes groups off the front. Returns how many datagrams they were. */
static uint32_t advance(struct outgoing *outgoing, uint32_t groups) {
  uint32_t datagrams = 0;
  for (uint32_t index = 0; index < groups; index++) {
    datagrams += datagrams_of(outgoing->record);
    outgoing->payload += outgoing->record[RECORD_LENGTH];
    outgoing->record += RECORD_WORDS;
  }
  outgoing->count -= groups;
  outgoing->index += groups;
  return datagrams;
}

/* Describes up to CHUNK groups from the front of `outgoing` to the kernel. */
static void fill_chunk(struct send_chunk *chunk, const struct outgoing *outgoing) {
  const uint32_t *record = outgoing->record;
  unsigned char *payload = outgoing->payload;
  chunk->count = outgoing->count < CHUNK ? outgoing->count : CHUNK;
  for (uint32_t index = 0; index < chunk->count; index++) {
    struct msghdr *header = &chunk->headers[index].msg_hdr;
    memset(header, 0, sizeof *header);
    header->msg_namelen = address_from_record(record, &chunk->destinations[index]);
    header->msg_name = header->msg_namelen == 0 ? NULL : &chunk->destinations[index];
    chunk->parts[index].iov_base = payload;
    chunk->parts[index].iov_len = record[RECORD_LENGTH];
    header->msg_iov = &chunk->parts[index];
    header->msg_iovlen = 1;
    if (datagrams_of(record) > 1) {
      control_set_segment(header, &chunk->controls[index], (uint16_t)record[RECORD_SEGMENT]);
    }
    payload += record[RECORD_LENGTH];
    record += RECORD_WORDS;
  }
}

/* One message. 0 or a negative errno. */
static int send_message(int fd, const struct msghdr *header) {
  ssize_t sent;
  do {
    sent = sendmsg(fd, header, MSG_DONTWAIT);
  } while (sent == -1 && errno == EINTR);
  return sent == -1 ? -errno : 0;
}

/* The first `count` messages, one system call each. */
static struct progress send_singly(int fd, const struct send_chunk *chunk, uint32_t count) {
  struct progress progress = {0, 0};
  while (progress.sent < count && progress.failure == 0) {
    progress.failure = send_message(fd, &chunk->headers[progress.sent].msg_hdr);
    progress.sent += progress.failure == 0 ? 1 : 0;
  }
  return progress;
}

/*
 * sendmmsg(2). musl's makes a sendmsg of each message, because its headers have padding where the kernel has the
 * upper half of a length (src/network/sendmmsg.c). Ours were zeroed (fill_chunk), padding and all, so the
 * kernel can be asked itself.
 */
static int send_messages(int fd, struct mmsghdr *headers, uint32_t count) {
#ifdef __GLIBC__
  return sendmmsg(fd, headers, count, MSG_DONTWAIT);
#else
  return (int)syscall(SYS_sendmmsg, fd, headers, count, MSG_DONTWAIT);
#endif
}

/*
 * Sends with one system call. It tells an errno only for the first message: for a later one it
 * returns how many went before, and whoever sends again meets the errno then.
 */
static struct progress send_batch(int fd, struct send_chunk *chunk) {
  int sent;
  do {
    sent = send_messages(fd, chunk->headers, chunk->count);
  } while (sent == -1 && errno == EINTR);
  if (sent > 0) {
    set_batch_call(BATCH_CALL_WORKS);
    return (struct progress){(uint32_t)sent, 0};
  }
  int error = sent == 0 ? 0 : errno;
  if (error == ENOSYS) {
    set_batch_call(BATCH_CALL_FORBIDDEN);
    return send_singly(fd, chunk, chunk->count);
  }
  if (error != EPERM && error != 0) {
    return (struct progress){0, -error};
  }
  /*
   * EPERM has two meanings: a packet filter refused this message (netfilter, ip(7)), or a sandbox
   * the call (seccomp). Sent by itself, the message tells which. Nothing sent and no errno should
   * not be; the single call answers that, too.
   */
  struct progress first = send_singly(fd, chunk, 1);
  if (first.sent == 1 && error == EPERM && get_batch_call() == BATCH_CALL_UNTRIED) {
    set_batch_call(BATCH_CALL_FORBIDDEN);
  }
  return first;
}

/*
 * On a connected socket an ICMP error of an earlier datagram (ECONNREFUSED) fails the next call and
 * is gone with it. sendmmsg returns nothing but the count when that call was not its first
 * (net/socket.c, __sys_sendmmsg), so the errno would be lost: there, one sendmsg a group.
 */
static struct progress send_chunk(const struct outlet *outlet, struct send_chunk *chunk) {
  bool singly =
      chunk->count == 1 || outlet->connected || get_batch_call() == BATCH_CALL_FORBIDDEN;
  return singly ? send_singly(outlet->fd, chunk, chunk->count) : send_batch(outlet->fd, chunk);
}

/*
 * What the kernel says of a group whose datagrams, one by one, may well go: EIO from a device without
 * checksum offload, EINVAL or EMSGSIZE from a path MTU below the segment size (net/ipv4/udp.c,
 * udp_send_skb). It is the state of the route, so asking again tells it again. Whatever else fails
 * a group would have failed its first datagram: ECONNREFUSED, for one, tells of an earlier one.
 */
static bool blames_segmentation(int failure) {
  return failure == -EINVAL || failure == -EIO || failure == -EMSGSIZE || failure == -EOPNOTSUPP;
}

/* The datagrams of one group, one system call each. */
static struct progress send_segments(int fd, const struct msghdr *group, uint32_t segment) {
  struct progress progress = {0, 0};
  struct iovec part = group->msg_iov[0];
  struct msghdr header = *group;
  size_t left = part.iov_len;
  header.msg_iov = &part;
  header.msg_control = NULL;
  header.msg_controllen = 0;
  while (left > 0 && progress.failure == 0) {
    part.iov_len = left < segment ? left : segment;
    progress.failure = send_message(fd, &header);
    if (progress.failure == 0) {
      progress.sent++;
      left -= part.iov_len;
      part.iov_base = (unsigned char *)part.iov_base + part.iov_len;
    }
  }
  return progress;
}

/*
 * Sends one chunk off the front, and where segmentation is what keeps its first group from going,
 * that group datagram by datagram. `sent` counts datagrams.
 */
static struct progress send_front(struct outgoing *outgoing, const struct outlet *outlet,
                                  uint32_t *refused) {
  struct send_chunk chunk;
  fill_chunk(&chunk, outgoing);
  struct progress groups = send_chunk(outlet, &chunk);
  struct progress progress = {0, groups.failure};
  if (groups.sent == 0 && datagrams_of(outgoing->record) > 1 &&
      blames_segmentation(groups.failure)) {
    progress = send_segments(outlet->fd, &chunk.headers[0].msg_hdr, outgoing->record[RECORD_SEGMENT]);
    if (progress.sent > 0) {
      *refused = outgoing->index;
    }
    return progress;
  }
  progress.sent = advance(outgoing, groups.sent);
  if (groups.sent > 0 && outgoing->count > 0 && blames_segmentation(progress.failure) &&
      datagrams_of(outgoing->record) > 1) {
    /* Asked again, with this group in front, the kernel says the same. */
    progress.failure = 0;
  }
  return progress;
}

struct transmission outgoing_send(struct outgoing *outgoing, const struct outlet *outlet) {
  struct transmission transmission = {*outlet->deferred_error, NO_GROUP};
  *outlet->deferred_error = 0;
  if (transmission.result != 0) {
    return transmission;
  }
  while (outgoing->count > 0 && transmission.refused == NO_GROUP) {
    struct progress progress = send_front(outgoing, outlet, &transmission.refused);
    transmission.result += (int)progress.sent;
    if (progress.failure == 0) {
      continue;
    }
    if (transmission.result == 0) {
      transmission.result = progress.failure;
    } else if (!outgoing_must_wait(progress.failure)) {
      /* The kernel has told it once; the caller offers this very datagram next and hears it. */
      *outlet->deferred_error = progress.failure;
    }
    break;
  }
  return transmission;
}

bool outgoing_must_wait(int failure) {
  /* A full device queue (ENOBUFS) is waited for like a full socket buffer; node:dgram does so. On Linux
     EWOULDBLOCK is EAGAIN. */
  return failure == -EAGAIN || failure == -ENOBUFS;
}

bool outgoing_fits(const struct outgoing *outgoing, size_t available) {
  if (outgoing->count == 0 || outgoing->count > MAXIMUM_BATCH) {
    return false;
  }
  const uint32_t *record = outgoing->record;
  for (uint32_t index = 0; index < outgoing->count; index++) {
    /* A message has no more bytes than that, so no group has more datagrams; and all together can be counted. */
    bool possible = record[RECORD_LENGTH] <= available && record[RECORD_SEGMENT] <= UINT16_MAX &&
                    record[RECORD_PORT] <= UINT16_MAX && datagrams_of(record) <= UINT16_MAX;
    if (!possible) {
      return false;
    }
    available -= record[RECORD_LENGTH];
    record += RECORD_WORDS;
  }
  return true;
}
