/*
 * The control messages of UDP that tell how long each datagram of a message is (udp(7)): of one that the
 * kernel is to split, UDP_SEGMENT, and of one that it has merged, UDP_GRO.
 */
#ifndef VOLLEY_CONTROL_H
#define VOLLEY_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Room for UDP_SEGMENT. */
union segment_control {
  struct cmsghdr header;
  unsigned char bytes[CMSG_SPACE(sizeof(uint16_t))];
};

/* Has the kernel split the message into datagrams of `segment` bytes. `control` has to stay with the header. */
void control_set_segment(struct msghdr *header, union segment_control *control, uint16_t segment);

/*
 * Reads how long each datagram of a received message is, but for the last; 0 where the kernel has
 * merged none. False: control messages were cut off (MSG_CTRUNC) and this may have been among them, so
 * the message may be several datagrams, and nobody knows which.
 */
bool control_read_segment(const struct msghdr *header, uint32_t *segment);

#endif
