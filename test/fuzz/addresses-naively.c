#include "addresses-naively.h"

#include <netinet/in.h>
#include <string.h>

/* The number in some base that `*text` begins with, of one to `digits` digits; -1 for none. */
static int read_number(const char **text, int base, int digits) {
  const char *alphabet = "0123456789abcdef";
  int number = -1;
  for (int count = 0; **text != '\0'; count++) {
    char letter = **text;
    const char *place = strchr(alphabet, letter >= 'A' && letter <= 'F' ? letter + 32 : letter);
    if (place == NULL || place - alphabet >= base) {
      break;
    }
    if (count == digits) {
      return -1;
    }
    number = (number == -1 ? 0 : number * base) + (int)(place - alphabet);
    (*text)++;
  }
  return number;
}

bool read_ipv4(const char *text, uint8_t bytes[4]) {
  for (int index = 0; index < 4; index++) {
    if (index > 0 && *text++ != '.') {
      return false;
    }
    bool leading_zero = text[0] == '0' && text[1] >= '0' && text[1] <= '9';
    int number = read_number(&text, 10, 3);
    if (number < 0 || number > 255 || leading_zero) {
      return false;
    }
    bytes[index] = (uint8_t)number;
  }
  return *text == '\0';
}

/* Groups of one side of `::`, the last of which may be an IPv4 address. Returns how many, or -1. */
static int read_groups(const char *text, const char *end, bool at_end, uint8_t bytes[16]) {
  char part[INET6_ADDRSTRLEN];
  int count = 0;
  while (text < end) {
    const char *stop = memchr(text, ':', (size_t)(end - text));
    size_t length = (size_t)((stop == NULL ? end : stop) - text);
    if (length >= sizeof part || count == 8) {
      return -1;
    }
    memcpy(part, text, length);
    part[length] = '\0';
    uint8_t *group = bytes + (size_t)count * 2;
    const char *rest = part;
    int number = read_number(&rest, 16, 4);
    if (number >= 0 && *rest == '\0') {
      group[0] = (uint8_t)(number >> 8);
      group[1] = (uint8_t)number;
      count++;
    } else if (stop == NULL && at_end && count <= 6 && read_ipv4(part, group)) {
      count += 2;
    } else {
      return -1;
    }
    if (stop != NULL && stop + 1 == end) {
      return -1;
    }
    text = stop == NULL ? end : stop + 1;
  }
  return count;
}

bool read_ipv6(const char *text, uint8_t bytes[16]) {
  uint8_t tail[18] = {0};
  uint8_t head[18] = {0};
  const char *end = text + strlen(text);
  const char *gap = strstr(text, "::");
  int before = read_groups(text, gap == NULL ? end : gap, gap == NULL, head);
  int after = gap == NULL ? 0 : read_groups(gap + 2, end, true, tail);
  bool fits = gap == NULL ? before == 8 : before >= 0 && after >= 0 && before + after < 8;
  memset(bytes, 0, 16);
  if (fits) {
    memcpy(bytes, head, (size_t)before * 2);
    memcpy(bytes + 16 - (size_t)after * 2, tail, (size_t)after * 2);
  }
  return fits;
}
