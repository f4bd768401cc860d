/*
 * Control messages, as the kernel may write them and as it never would. A second reader that looks at bytes
 * alone says what there is to be found.
 */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>

#include "control.h"
#include "support.h"

enum { CAPACITY = 1024 };

/* What a whole UDP_GRO message in front of anything broken tells. False: there is none. */
static bool find_segment(const uint8_t *bytes, size_t size, int *segment) {
  size_t at = 0;
  while (at + 16 <= size) {
    uint64_t length;
    int32_t words[3];
    memcpy(&length, bytes + at, 8);
    memcpy(words, bytes + at + 8, 8);
    if (length < 16 || length > size - at) {
      return false;
    }
    if (words[0] == IPPROTO_UDP && words[1] == 104 && length >= 20) {
      memcpy(&words[2], bytes + at + 16, 4);
      *segment = words[2];
      return true;
    }
    at += (size_t)(length + 7) / 8 * 8;
  }
  return false;
}

static void check_reading(const uint8_t *bytes, size_t size, int flags) {
  /* As long as it is, so that a step beyond shows. */
  uint8_t *control = allocate(size);
  memcpy(control, bytes, size);
  struct msghdr header = {
      .msg_control = size == 0 ? NULL : control,
      .msg_controllen = size,
      .msg_flags = flags,
  };
  uint32_t segment = UINT32_MAX;
  int told = 0;
  bool found = find_segment(bytes, size, &told);
  bool known = control_read_segment(&header, &segment);
  CHECK(known == (found || (flags & MSG_CTRUNC) == 0));
  CHECK(segment == (found && told > 0 ? (uint32_t)told : 0));
  free(control);
}

/* One control message as the kernel's put_cmsg (net/core/scm.c) writes it: cut where there is no room. */
static void put_message(struct msghdr *header, uint8_t *bytes, size_t *used, int level, int type,
                        const uint8_t *data, size_t size) {
  size_t room = header->msg_controllen - *used;
  size_t length = CMSG_LEN(size);
  if (room < sizeof(struct cmsghdr)) {
    header->msg_flags |= MSG_CTRUNC;
    return;
  }
  if (room < length) {
    header->msg_flags |= MSG_CTRUNC;
    length = room;
  }
  struct cmsghdr message = {.cmsg_len = length, .cmsg_level = level, .cmsg_type = type};
  memcpy(bytes + *used, &message, sizeof message);
  memcpy(bytes + *used + sizeof message, data, length - sizeof message);
  size_t padded = CMSG_SPACE(size);
  *used += padded < room ? padded : room;
}

/* What a kernel would write: whatever is cut, a merged message is told as such, or not handed on. */
static void check_kernel(struct input *input) {
  uint8_t bytes[CAPACITY] = {0};
  uint8_t data[256];
  struct msghdr header = {.msg_controllen = take_short(input) % (CAPACITY + 1)};
  size_t used = 0;
  bool merged = false;
  int32_t size = 0;
  for (uint32_t count = take_below(input, 16); count > 0; count--) {
    size_t length = take_byte(input);
    int level = take_byte(input);
    int type = take_byte(input);
    take(input, data, length);
    if (level == 0 && !merged) {
      merged = true;
      level = IPPROTO_UDP;
      type = 104;
      length = sizeof size;
      memcpy(&size, data, length);
      size = size & UINT16_MAX;
      memcpy(data, &size, length);
    } else if (level == IPPROTO_UDP && type == 104) {
      type = 0;
    }
    put_message(&header, bytes, &used, level, type, data, length);
  }
  header.msg_control = bytes;
  header.msg_controllen = used;
  uint32_t segment = 0;
  bool known = control_read_segment(&header, &segment);
  CHECK(known || (header.msg_flags & MSG_CTRUNC) != 0);
  CHECK(merged || segment == 0);
  /* The one thing that must never be: merged, and taken for one. */
  CHECK(!merged || !known || segment == (uint32_t)size);
}

static void check_writing(struct input *input) {
  union segment_control control;
  struct msghdr header;
  memset(&header, 0, sizeof header);
  uint16_t segment = take_short(input);
  control_set_segment(&header, &control, segment);
  const struct cmsghdr *message = CMSG_FIRSTHDR(&header);
  uint16_t written = 0;
  CHECK(message != NULL && message->cmsg_level == SOL_UDP && message->cmsg_type == UDP_SEGMENT);
  /* No other length is taken (net/ipv4/udp.c, __udp_cmsg_send). */
  CHECK(message->cmsg_len == CMSG_LEN(sizeof written));
  CHECK(header.msg_controllen == CMSG_SPACE(sizeof written));
  memcpy(&written, CMSG_DATA(message), sizeof written);
  CHECK(written == segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, size};
  uint8_t choice = take_byte(&input);
  check_writing(&input);
  if ((choice & 1) != 0) {
    check_kernel(&input);
  } else {
    size_t length = input.left < CAPACITY ? input.left : CAPACITY;
    check_reading(input.data, length, (choice & 2) != 0 ? MSG_CTRUNC : 0);
  }
  return 0;
}
