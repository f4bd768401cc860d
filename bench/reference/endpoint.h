#ifndef REFERENCE_ENDPOINT_H
#define REFERENCE_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* A UDP socket on 127.0.0.1, at a port that the kernel chose, with buffers as large as allowed. */
int endpoint_open(void);

struct sockaddr_in endpoint_loopback(uint16_t port);
uint16_t endpoint_port(int fd);
void endpoint_connect(int fd, uint16_t port);

/* A blocking receive gives up after this many milliseconds. */
void endpoint_set_patience(int fd, int milliseconds);

/* Whether the kernel cuts large payloads into datagrams (UDP_SEGMENT, udp(7); Linux 4.18). */
bool endpoint_can_segment(int fd);

/* Asks for datagrams of one flow glued together (UDP_GRO, udp(7); Linux 5.0). Without it in the
   kernel they come one by one, which the callers understand as well. */
void endpoint_set_gro(int fd);

/* How often the kernel dropped something because the socket's buffer was full. What it drops may be
   datagrams glued together, counted as one: the number of datagrams is this or more. */
uint64_t endpoint_drops(int fd);

/* Allows as many open descriptors as this user may have. */
void endpoint_allow_many(void);

#endif
