/* For recvmmsg and sendmmsg. */
#define _GNU_SOURCE

#include "inbox.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#include "failure.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/*
 * A slot has room for the largest thing that the kernel glues. The slots' starts are not 64 KiB
 * apart but a little more, as all of them would fall into the same few sets of the cache otherwise.
 */
enum { SLOT_BYTES = 64 * 1024, SLOT_STRIDE = SLOT_BYTES + 5 * 64 };

struct slot {
  struct iovec part;
  struct sockaddr_in source;
  union {
    struct cmsghdr aligned;
    unsigned char bytes[CMSG_SPACE(sizeof(int))];
  } control;
};

/* The kernel wrote there how much it used. */
static void reset_slot(struct inbox *inbox, unsigned slot) {
  struct msghdr *header = &inbox->headers[slot].msg_hdr;
  header->msg_namelen = inbox->sources ? sizeof inbox->room[slot].source : 0;
  header->msg_controllen = sizeof inbox->room[slot].control;
}

void inbox_open(struct inbox *inbox, unsigned slots, bool sources) {
  inbox->slots = slots;
  inbox->filled = 0;
  inbox->sources = sources;
  inbox->bytes = allocate(slots, SLOT_STRIDE);
  inbox->headers = allocate(slots, sizeof *inbox->headers);
  inbox->room = allocate(slots, sizeof *inbox->room);
  for (unsigned slot = 0; slot < slots; slot++) {
    struct slot *room = &inbox->room[slot];
    room->part.iov_base = inbox->bytes + (size_t)slot * SLOT_STRIDE;
    room->part.iov_len = SLOT_BYTES;
    inbox->headers[slot].msg_hdr = (struct msghdr){
        .msg_name = sources ? &room->source : NULL,
        .msg_iov = &room->part,
        .msg_iovlen = 1,
        .msg_control = &room->control,
    };
    reset_slot(inbox, slot);
  }
}

int inbox_receive(struct inbox *inbox, int fd, int flags) {
  for (unsigned slot = 0; slot < inbox->filled; slot++) {
    reset_slot(inbox, slot);
  }
  inbox->filled = 0;
  int count = recvmmsg(fd, inbox->headers, inbox->slots, flags, NULL);
  if (count >= 0) {
    inbox->filled = (unsigned)count;
    return count;
  }
  if (errno == EAGAIN || errno == EINTR) {
    return 0;
  }
  if (errno == ECONNREFUSED) {
    return -1;
  }
  fail_call("cannot receive");
}

/* The size of the datagrams in a slot, 0 if it holds one alone. */
static size_t glued_size(struct msghdr *header) {
  for (struct cmsghdr *message = CMSG_FIRSTHDR(header); message != NULL;
       message = CMSG_NXTHDR(header, message)) {
    if (message->cmsg_level == IPPROTO_UDP && message->cmsg_type == UDP_GRO) {
      int size;
      memcpy(&size, CMSG_DATA(message), sizeof size);
      return size > 0 ? (size_t)size : 0;
    }
  }
  return 0;
}

struct run inbox_run(const struct inbox *inbox, int slot) {
  struct mmsghdr *header = &inbox->headers[slot];
  if ((header->msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    fail("the kernel cut a datagram of %u bytes or its control messages", header->msg_len);
  }
  struct run run = {
      .bytes = inbox->room[slot].part.iov_base,
      .length = header->msg_len,
      .segment = glued_size(&header->msg_hdr),
      .datagrams = 1,
  };
  if (run.segment == 0 || run.segment >= run.length) {
    run.segment = run.length;
  } else {
    run.datagrams = (unsigned)((run.length + run.segment - 1) / run.segment);
  }
  return run;
}

const struct sockaddr_in *inbox_source(const struct inbox *inbox, int slot) {
  return &inbox->room[slot].source;
}
