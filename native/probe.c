#include "probe.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "address.h"
#include "node_api_helpers.h"

/* How many datagrams a trial sends, of one byte each. */
enum { DATAGRAMS = 2 };

/* Loopback delivers within the send; a datagram that takes longer than this is lost. */
enum { PATIENCE_MILLISECONDS = 1000 };

/* A socket on loopback that is its own peer, or a negative errno. */
static int open_loopback(int family) {
  union socket_address address;
  int result = address_from_text(family, family == AF_INET ? "127.0.0.1" : "::1", 0, &address);
  if (result != 0) {
    return result;
  }
  int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd == -1) {
    return -errno;
  }
  socklen_t length = address_length(&address);
  if (bind(fd, &address.any, length) == 0 && getsockname(fd, &address.any, &length) == 0 &&
      connect(fd, &address.any, length) == 0) {
    return fd;
  }
  int failure = -errno;
  (void)close(fd);
  return failure;
}

/* 0 once a datagram is there. */
static int await_datagram(int fd) {
  struct pollfd wanted = {.fd = fd, .events = POLLIN};
  int ready = poll(&wanted, 1, PATIENCE_MILLISECONDS);
  if (ready == -1) {
    return -errno;
  }
  return ready == 1 ? 0 : -ETIMEDOUT;
}

static void prepare(struct mmsghdr headers[DATAGRAMS], struct iovec parts[DATAGRAMS],
                    /* NOLINTNEXTLINE(readability-non-const-parameter): recvmmsg writes there. */
                    unsigned char bytes[DATAGRAMS]) {
  memset(headers, 0, DATAGRAMS * sizeof *headers);
  for (size_t index = 0; index < DATAGRAMS; index++) {
    parts[index] = (struct iovec){.iov_base = &bytes[index], .iov_len = 1};
    headers[index].msg_hdr.msg_iov = &parts[index];
    headers[index].msg_hdr.msg_iovlen = 1;
  }
}

/* The system call itself: musl's function makes one call a message, and send.c does not use it either. */
static int try_sendmmsg(int fd) {
  unsigned char bytes[DATAGRAMS] = {0};
  struct iovec parts[DATAGRAMS];
  struct mmsghdr headers[DATAGRAMS];
  prepare(headers, parts, bytes);
  return syscall(SYS_sendmmsg, fd, headers, DATAGRAMS, 0) == -1 ? -errno : 0;
}

static int try_recvmmsg(int fd) {
  unsigned char bytes[DATAGRAMS] = {0};
  if (send(fd, bytes, 1, 0) == -1) {
    return -errno;
  }
  int result = await_datagram(fd);
  if (result != 0) {
    return result;
  }
  struct iovec parts[DATAGRAMS];
  struct mmsghdr headers[DATAGRAMS];
  prepare(headers, parts, bytes);
  return recvmmsg(fd, headers, DATAGRAMS, MSG_DONTWAIT, NULL) == -1 ? -errno : 0;
}

/* A message of two segments of a byte. A kernel before 4.18 sends it as one datagram of two bytes. */
static int try_segmentation(int fd) {
  unsigned char bytes[DATAGRAMS] = {0};
  union {
    struct cmsghdr header;
    unsigned char space[CMSG_SPACE(sizeof(uint16_t))];
  } control;
  memset(&control, 0, sizeof control);
  control.header.cmsg_level = SOL_UDP;
  control.header.cmsg_type = UDP_SEGMENT;
  control.header.cmsg_len = CMSG_LEN(sizeof(uint16_t));
  const uint16_t size = 1;
  memcpy(CMSG_DATA(&control.header), &size, sizeof size);
  struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
  struct msghdr message = {
      .msg_iov = &part,
      .msg_iovlen = 1,
      .msg_control = &control,
      .msg_controllen = sizeof control,
  };
  if (sendmsg(fd, &message, 0) == -1) {
    return -errno;
  }
  int result = await_datagram(fd);
  if (result != 0) {
    return result;
  }
  ssize_t length = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (length == -1) {
    return -errno;
  }
  return length == 1 ? 0 : -ENOPROTOOPT;
}

static int try_option(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0 ? 0 : -errno;
}

static int try_merging(int fd) { return try_option(fd, SOL_UDP, UDP_GRO, 1); }

static int try_packet_information(int fd) { return try_option(fd, IPPROTO_IP, IP_PKTINFO, 1); }

static int try_nanosecond_timestamps(int fd) {
  return try_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

static int try_timestamping(int fd) {
  return try_option(fd, SOL_SOCKET, SO_TIMESTAMPING,
                    SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
}

static int try_port_sharing(int fd) { return try_option(fd, SOL_SOCKET, SO_REUSEPORT, 1); }

/* That there is a socket is all. */
static int try_opening(int fd) {
  (void)fd;
  return 0;
}

/* The names are those of `Feature` in src/drivers/linux/addon.ts. */
static const struct trial {
  const char *feature;
  int family;
  int (*run)(int fd);
} TRIALS[] = {
    {"ipv4", AF_INET, try_opening},
    {"ipv6", AF_INET6, try_opening},
    {"segmentation", AF_INET, try_segmentation},
    {"merging", AF_INET, try_merging},
    {"sendmmsg", AF_INET, try_sendmmsg},
    {"recvmmsg", AF_INET, try_recvmmsg},
    {"packetInformation", AF_INET, try_packet_information},
    {"nanosecondTimestamps", AF_INET, try_nanosecond_timestamps},
    {"timestamping", AF_INET, try_timestamping},
    {"portSharing", AF_INET, try_port_sharing},
};

static int run_trial(const struct trial *trial) {
  int fd = open_loopback(trial->family);
  if (fd < 0) {
    return fd;
  }
  int result = trial->run(fd);
  /* Linux releases the descriptor whatever close(2) returns (NOTES there). */
  (void)close(fd);
  return result;
}

napi_value probe_features(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value results = NULL;
  TRY(env, napi_create_object(env, &results));
  for (size_t index = 0; index < sizeof TRIALS / sizeof TRIALS[0]; index++) {
    napi_value result = make_number(env, run_trial(&TRIALS[index]));
    if (result == NULL) {
      return NULL;
    }
    TRY(env, napi_set_named_property(env, results, TRIALS[index].feature, result));
  }
  return results;
}
