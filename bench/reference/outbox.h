#ifndef REFERENCE_OUTBOX_H
#define REFERENCE_OUTBOX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "payload.h"

/*
 * Datagrams that leave with one sendmmsg(2). Neighbours of one destination and size, of which the
 * last may be shorter, form a group: one message, which the kernel cuts (UDP_SEGMENT).
 */
struct outbox {
  int fd;
  bool gso;
  unsigned most_datagrams; /* of a group: RUN_DATAGRAMS, or half of it before Linux 6.9 */
  unsigned capacity; /* groups */
  unsigned count;
  unsigned part_capacity;
  unsigned part_count;
  struct group *groups;
  struct mmsghdr *headers;
  struct iovec *parts;
  uint64_t sent;    /* datagrams that the kernel took */
  uint64_t refused; /* how often it said that nobody listens (ECONNREFUSED) */
};

void outbox_open(struct outbox *outbox, unsigned capacity, bool gso);

/* Adds datagrams; what is there leaves first if the outbox is full. The bytes and the destination
   must stay as they are until the flush. Without `destination` the socket is connected. */
void outbox_add(struct outbox *outbox, const struct sockaddr_in *destination,
                const struct run *run);

/* Sends all that was added. */
void outbox_flush(struct outbox *outbox);

#endif
