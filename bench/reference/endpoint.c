#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "failure.h"

/* Headers of older systems lack these (linux/udp.h). */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/* The kernel doubles it for its own bookkeeping (socket(7)). */
enum { BUFFER_BYTES = 32 * 1024 * 1024 };

/* The FORCE options pass net.core.rmem_max and wmem_max by and need CAP_NET_ADMIN; the plain ones
   are cut to the maximum without an error. */
static void set_buffer(int fd, int forced, int plain) {
  int bytes = BUFFER_BYTES;
  if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0 &&
      setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof bytes) != 0) {
    fail_call("cannot set the size of a socket's buffer");
  }
}

struct sockaddr_in endpoint_loopback(uint16_t port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET,
      .sin_port = htons(port),
      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
  };
}

int endpoint_open(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd == -1) {
    fail_call("cannot open a UDP socket (is 'ulimit -n' too low?)");
  }
  struct sockaddr_in address = endpoint_loopback(0);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    fail_call("cannot bind a UDP socket to 127.0.0.1");
  }
  set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
  set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
  return fd;
}

uint16_t endpoint_port(int fd) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
    fail_call("cannot read the port of a UDP socket");
  }
  return ntohs(address.sin_port);
}

void endpoint_connect(int fd, uint16_t port) {
  struct sockaddr_in address = endpoint_loopback(port);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    fail_call("cannot connect a UDP socket to 127.0.0.1:%d", port);
  }
}

void endpoint_set_patience(int fd, int milliseconds) {
  struct timeval timeout = {.tv_sec = milliseconds / 1000,
                            .tv_usec = milliseconds % 1000 * 1000};
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0) {
    fail_call("cannot set how long a UDP socket waits");
  }
}

bool endpoint_can_segment(int fd) {
  int size;
  socklen_t length = sizeof size;
  return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, &length) == 0;
}

void endpoint_set_gro(int fd) {
  int on = 1;
  if (setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0 && errno != ENOPROTOOPT) {
    fail_call("cannot switch UDP_GRO on");
  }
}

uint64_t endpoint_drops(int fd) {
  uint32_t counters[SK_MEMINFO_VARS];
  socklen_t length = sizeof counters;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, counters, &length) != 0) {
    fail_call("cannot read what a UDP socket dropped");
  }
  return counters[SK_MEMINFO_DROPS];
}

void endpoint_allow_many(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    fail_call("cannot read how many descriptors may be open");
  }
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    fail_call("cannot raise how many descriptors may be open");
  }
}
