#ifndef REFERENCE_INBOX_H
#define REFERENCE_INBOX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "payload.h"

/* Slots that recvmmsg(2) fills, used again at each call: few enough that they stay in the cache. */
struct inbox {
  unsigned slots;
  unsigned filled;
  bool sources; /* whether to ask where datagrams come from */
  unsigned char *bytes;
  struct mmsghdr *headers;
  struct slot *room;
};

void inbox_open(struct inbox *inbox, unsigned slots, bool sources);

/*
 * Fills slots with what `fd` has; how many. With MSG_WAITFORONE in `flags` it waits for the first,
 * as long as the socket's patience lasts; 0 when nothing came. -1 if the peer of a connected socket
 * is not there (ECONNREFUSED).
 */
int inbox_receive(struct inbox *inbox, int fd, int flags);

/* The datagrams in a slot that was filled: more than one where the kernel glued them (UDP_GRO). */
struct run inbox_run(const struct inbox *inbox, int slot);

/* Where they came from. */
const struct sockaddr_in *inbox_source(const struct inbox *inbox, int slot);

#endif
