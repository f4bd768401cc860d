#include "control.h"

#include <netinet/udp.h>
#include <stddef.h>
#include <string.h>

void control_set_segment(struct msghdr *header, union segment_control *control, uint16_t segment) {
  memset(control, 0, sizeof *control);
  control->header.cmsg_level = SOL_UDP;
  control->header.cmsg_type = UDP_SEGMENT;
  control->header.cmsg_len = CMSG_LEN(sizeof segment);
  memcpy(CMSG_DATA(&control->header), &segment, sizeof segment);
  header->msg_control = control->bytes;
  header->msg_controllen = sizeof control->bytes;
}

/*
 * The first control message of `left` bytes, if it is whole. Its length counts its header (cmsg(3)), and no byte
 * is looked at that lies behind the end: CMSG_NXTHDR of older C libraries believes any length.
 */
static const struct cmsghdr *whole_message(const unsigned char *bytes, size_t left) {
  const struct cmsghdr *message = (const void *)bytes;
  bool whole = left >= sizeof *message && message->cmsg_len >= CMSG_LEN(0) &&
               message->cmsg_len <= left;
  return whole ? message : NULL;
}

bool control_read_segment(const struct msghdr *header, uint32_t *segment) {
  const unsigned char *bytes = header->msg_control;
  size_t left = header->msg_controllen;
  const struct cmsghdr *message;
  *segment = 0;
  while ((message = whole_message(bytes, left)) != NULL) {
    int size = 0;
    if (message->cmsg_level == SOL_UDP && message->cmsg_type == UDP_GRO &&
        message->cmsg_len >= CMSG_LEN(sizeof size)) {
      memcpy(&size, CMSG_DATA(message), sizeof size);
      *segment = size > 0 ? (uint32_t)size : 0;
      return true;
    }
    /* To where the next one is aligned. The last one need not be padded. */
    size_t room = CMSG_SPACE(message->cmsg_len - CMSG_LEN(0));
    if (room >= left) {
      break;
    }
    bytes += room;
    left -= room;
  }
  return (header->msg_flags & MSG_CTRUNC) == 0;
}
