/* For recvmmsg and sendmmsg. */
#define _GNU_SOURCE

#include "outbox.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "failure.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* Parts of a group: what is added may lie scattered. */
enum { PARTS_A_GROUP = 4 };

struct group {
  const struct sockaddr_in *destination;
  size_t segment;
  size_t length;
  unsigned datagrams;
  union {
    struct cmsghdr header;
    unsigned char bytes[CMSG_SPACE(sizeof(uint16_t))];
  } control;
};

/* UDP_MAX_SEGMENTS of the kernel that runs: 128 since Linux 6.9 (commit 1382e3b6a350), 64 before. */
static unsigned most_datagrams(void) {
  struct utsname kernel;
  unsigned major = 0;
  unsigned minor = 0;
  if (uname(&kernel) != 0 || sscanf(kernel.release, "%u.%u", &major, &minor) != 2) {
    return RUN_DATAGRAMS / 2;
  }
  return major > 6 || (major == 6 && minor >= 9) ? RUN_DATAGRAMS : RUN_DATAGRAMS / 2;
}

void outbox_open(struct outbox *outbox, unsigned capacity, bool gso) {
  unsigned part_capacity = capacity * PARTS_A_GROUP + RUN_DATAGRAMS;
  *outbox = (struct outbox){
      .fd = -1,
      .gso = gso,
      .most_datagrams = most_datagrams(),
      .capacity = capacity,
      .part_capacity = part_capacity,
      .groups = allocate(capacity, sizeof *outbox->groups),
      .headers = allocate(capacity, sizeof *outbox->headers),
      .parts = allocate(part_capacity, sizeof *outbox->parts),
  };
}

static struct msghdr *last_header(struct outbox *outbox) {
  return &outbox->headers[outbox->count - 1].msg_hdr;
}

static bool same_destination(const struct sockaddr_in *one, const struct sockaddr_in *other) {
  return one == other || (one != NULL && other != NULL && one->sin_port == other->sin_port &&
                          one->sin_addr.s_addr == other->sin_addr.s_addr);
}

/* Whether `piece` may join the last group: all segments are equal, only the last may be shorter. */
static bool fits_group(const struct outbox *outbox, const struct sockaddr_in *destination,
                       const struct run *piece) {
  if (!outbox->gso || outbox->count == 0 || outbox->part_count == outbox->part_capacity) {
    return false;
  }
  const struct group *group = &outbox->groups[outbox->count - 1];
  bool open = group->length > 0 && group->length == group->datagrams * group->segment;
  bool equal = piece->segment == group->segment;
  bool closing = piece->datagrams == 1 && piece->length > 0 && piece->length < group->segment;
  return open && (equal || closing) && same_destination(group->destination, destination) &&
         group->datagrams + piece->datagrams <= outbox->most_datagrams &&
         group->length + piece->length <= RUN_BYTES;
}

static void add_part(struct outbox *outbox, const struct run *piece) {
  struct msghdr *header = last_header(outbox);
  if (header->msg_iovlen > 0) {
    struct iovec *last = &header->msg_iov[header->msg_iovlen - 1];
    if ((unsigned char *)last->iov_base + last->iov_len == piece->bytes) {
      last->iov_len += piece->length;
      return;
    }
  }
  outbox->parts[outbox->part_count++] =
      (struct iovec){.iov_base = piece->bytes, .iov_len = piece->length};
  header->msg_iovlen++;
}

static void open_group(struct outbox *outbox, const struct sockaddr_in *destination,
                       size_t segment) {
  if (outbox->count == outbox->capacity || outbox->part_count == outbox->part_capacity) {
    outbox_flush(outbox);
  }
  struct group *group = &outbox->groups[outbox->count++];
  group->destination = destination;
  group->segment = segment;
  group->length = 0;
  group->datagrams = 0;
  *last_header(outbox) = (struct msghdr){
      /* sendmmsg only reads it; the type is shared with recvmmsg, which writes. */
      .msg_name = (void *)(uintptr_t)destination,
      .msg_namelen = destination == NULL ? 0 : sizeof *destination,
      .msg_iov = &outbox->parts[outbox->part_count],
  };
}

/* A single datagram goes without the control message, on the plain path. */
static void request_segments(struct outbox *outbox, struct group *group) {
  uint16_t size = (uint16_t)group->segment;
  group->control.header = (struct cmsghdr){
      .cmsg_len = CMSG_LEN(sizeof size),
      .cmsg_level = IPPROTO_UDP,
      .cmsg_type = UDP_SEGMENT,
  };
  memcpy(CMSG_DATA(&group->control.header), &size, sizeof size);
  last_header(outbox)->msg_control = &group->control;
  last_header(outbox)->msg_controllen = sizeof group->control;
}

static void add_piece(struct outbox *outbox, const struct sockaddr_in *destination,
                      const struct run *piece) {
  if (!fits_group(outbox, destination, piece)) {
    open_group(outbox, destination, piece->segment);
  }
  add_part(outbox, piece);
  struct group *group = &outbox->groups[outbox->count - 1];
  group->length += piece->length;
  group->datagrams += piece->datagrams;
  if (group->datagrams > 1) {
    request_segments(outbox, group);
  }
}

/* As many of the run's datagrams as one message may carry. */
static struct run first_piece(const struct outbox *outbox, const struct run *run) {
  struct run piece = *run;
  size_t most = outbox->most_datagrams;
  if (!outbox->gso || run->segment == 0 || run->segment > RUN_BYTES) {
    most = 1;
  } else if (RUN_BYTES / run->segment < most) {
    most = RUN_BYTES / run->segment;
  }
  if (piece.datagrams > most) {
    piece.datagrams = (unsigned)most;
    piece.length = most * run->segment;
  } else if (piece.datagrams == 1) {
    piece.segment = piece.length;
  }
  return piece;
}

void outbox_add(struct outbox *outbox, const struct sockaddr_in *destination,
                const struct run *run) {
  struct run rest = *run;
  while (rest.datagrams > 0) {
    struct run piece = first_piece(outbox, &rest);
    add_piece(outbox, destination, &piece);
    rest.bytes += piece.length;
    rest.length -= piece.length;
    rest.datagrams -= piece.datagrams;
  }
}

/* sendmmsg(2) tells an errno only for the first message; behind others it returns their number,
   and the errno comes with the next call, or never. */
static unsigned send_from(struct outbox *outbox, unsigned first) {
  int sent = sendmmsg(outbox->fd, outbox->headers + first, outbox->count - first, 0);
  if (sent > 0) {
    return (unsigned)sent;
  }
  if (sent == -1 && errno == ECONNREFUSED) {
    outbox->refused++; /* an answer to an earlier datagram; this one has not left yet */
    return 0;
  }
  if (sent == -1 && errno == EINTR) {
    return 0;
  }
  fail_call("cannot send %u datagrams of %zu bytes", outbox->groups[first].datagrams,
            outbox->groups[first].segment);
}

void outbox_flush(struct outbox *outbox) {
  unsigned done = 0;
  while (done < outbox->count) {
    unsigned last = done + send_from(outbox, done);
    for (; done < last; done++) {
      outbox->sent += outbox->groups[done].datagrams;
    }
  }
  outbox->count = 0;
  outbox->part_count = 0;
}
