/* What libraries share that LD_PRELOAD (ld.so(8)) puts in front of the system's. They define _GNU_SOURCE. */
#ifndef VOLLEY_TEST_PRELOAD_H
#define VOLLEY_TEST_PRELOAD_H

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef ssize_t send_function(int, const struct msghdr *, int);
typedef int send_batch_function(int, struct mmsghdr *, unsigned int, int);
typedef ssize_t receive_function(int, struct msghdr *, int);
typedef int receive_batch_function(int, struct mmsghdr *, unsigned int, int, struct timespec *);
typedef int option_function(int, int, int, const void *, socklen_t);

static void *next_function(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (function == NULL) {
    abort();
  }
  return function;
}

/* Node talks to its child processes, too, over sockets of another kind. */
static bool is_udp(int fd) {
  typedef int get_option_function(int, int, int, void *, socklen_t *);
  static get_option_function *next;
  if (next == NULL) {
    next = (get_option_function *)next_function("getsockopt");
  }
  int protocol = 0;
  socklen_t size = sizeof protocol;
  int saved = errno;
  bool udp =
      next(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == IPPROTO_UDP;
  errno = saved;
  return udp;
}

/* The size that a UDP_SEGMENT control message gives (udp(7)); 0 where there is none. */
static unsigned int segment_of(const struct msghdr *message) {
  /* cmsg(3): CMSG_NXTHDR takes no pointer to what is const. */
  struct msghdr header = *message;
  for (struct cmsghdr *control = CMSG_FIRSTHDR(&header); control != NULL;
       control = CMSG_NXTHDR(&header, control)) {
    unsigned short size = 0;
    if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_SEGMENT) {
      memcpy(&size, CMSG_DATA(control), sizeof size);
      return size;
    }
  }
  return 0;
}

#endif
