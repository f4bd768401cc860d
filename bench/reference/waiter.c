#include "waiter.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "endpoint.h"
#include "failure.h"

void waiter_open(struct waiter *waiter, const int *sockets, unsigned count) {
  waiter->epoll = -1;
  waiter->flags = MSG_WAITFORONE;
  waiter->sockets[0] = 0;
  if (count == 1) {
    endpoint_set_patience(sockets[0], WAITER_PATIENCE_MILLISECONDS);
    return;
  }
  waiter->flags = MSG_DONTWAIT;
  waiter->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (waiter->epoll == -1) {
    fail_call("cannot open an epoll instance");
  }
  for (unsigned place = 0; place < count; place++) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = place}};
    if (epoll_ctl(waiter->epoll, EPOLL_CTL_ADD, sockets[place], &event) != 0) {
      fail_call("cannot watch socket %u of %u", place + 1, count);
    }
  }
}

unsigned waiter_wait(struct waiter *waiter) {
  if (waiter->epoll == -1) {
    return 1;
  }
  struct epoll_event events[WAITER_EVENTS];
  int count = epoll_wait(waiter->epoll, events, WAITER_EVENTS, WAITER_PATIENCE_MILLISECONDS);
  if (count == -1 && errno != EINTR) {
    fail_call("cannot wait for datagrams");
  }
  for (int place = 0; place < count; place++) {
    waiter->sockets[place] = events[place].data.u32;
  }
  return count > 0 ? (unsigned)count : 0;
}

static bool read_end_of_stdin(void) {
  struct pollfd stdin_poll = {.fd = STDIN_FILENO, .events = POLLIN};
  if (poll(&stdin_poll, 1, 0) <= 0) {
    return false;
  }
  char ignored[256];
  ssize_t length = read(STDIN_FILENO, ignored, sizeof ignored);
  return length == 0 || (length == -1 && errno != EINTR && errno != EAGAIN);
}

bool stdin_closed(uint64_t now) {
  static uint64_t next_look;
  if (now < next_look) {
    return false;
  }
  next_look = now + 10 * NANOSECONDS_A_MILLISECOND;
  return read_end_of_stdin();
}
