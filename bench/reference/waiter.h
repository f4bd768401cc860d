#ifndef REFERENCE_WAITER_H
#define REFERENCE_WAITER_H

#include <stdbool.h>
#include <stdint.h>

enum { WAITER_EVENTS = 256, WAITER_PATIENCE_MILLISECONDS = 20 };

/*
 * Waits for datagrams, never longer than 20 ms, so that clocks and stdin get a look. One socket
 * needs no epoll(7): its receive call itself waits, which saves a system call a batch.
 */
struct waiter {
  int epoll; /* -1: one socket */
  int flags; /* for recvmmsg(2) */
  unsigned sockets[WAITER_EVENTS];
};

/* Binds to sockets that stay open as long as the waiter. */
void waiter_open(struct waiter *waiter, const int *sockets, unsigned count);

/* How many sockets have something, and their places in the list into `sockets`. */
unsigned waiter_wait(struct waiter *waiter);

/* Whether stdin was closed at the other end: the sign to stop. Looks every 10 ms at most. */
bool stdin_closed(uint64_t now);

#endif
