/* Socket address ↔ record, and how many datagrams a group is. */
#include <stdbool.h>

#include "address.h"
#include "interfaces.h"
#include "support.h"

/* What no function may touch. */
enum { GUARD = 0x5a5a5a5a };

/* An address as the kernel would write it, of any length that it may tell. */
static void check_from_kernel(struct input *input) {
  union socket_address address;
  uint32_t words[RECORD_WORDS + 2];
  union socket_address second;
  uint32_t *record = words + 1;
  socklen_t length = take_byte(input);
  static const sa_family_t FAMILIES[] = {AF_INET, AF_INET6, AF_UNSPEC, AF_UNIX};
  memset(&address, 0, sizeof address);
  take(input, &address, sizeof address);
  address.any.sa_family = FAMILIES[take_below(input, 4)];
  for (size_t index = 0; index < RECORD_WORDS + 2; index++) {
    words[index] = GUARD;
  }
  address_to_record(&address, length, record);
  CHECK(words[0] == GUARD && words[RECORD_WORDS + 1] == GUARD);
  CHECK(record[RECORD_LENGTH] == GUARD && record[RECORD_SEGMENT] == GUARD);
  bool ipv4 = address.any.sa_family == AF_INET && length >= sizeof address.v4;
  bool ipv6 = address.any.sa_family == AF_INET6 && length >= sizeof address.v6;
  socklen_t expected = ipv4 ? sizeof address.v4 : ipv6 ? sizeof address.v6 : 0;
  CHECK(address_from_record(record, &second) == expected);
  if (ipv4) {
    CHECK(second.v4.sin_port == address.v4.sin_port);
    CHECK(second.v4.sin_addr.s_addr == address.v4.sin_addr.s_addr);
  } else if (ipv6) {
    CHECK(second.v6.sin6_port == address.v6.sin6_port);
    CHECK(second.v6.sin6_scope_id == address.v6.sin6_scope_id);
    CHECK(memcmp(&second.v6.sin6_addr, &address.v6.sin6_addr, sizeof second.v6.sin6_addr) == 0);
  } else {
    CHECK(record[RECORD_FAMILY] == RECORD_NO_ADDRESS && record[RECORD_PORT] == 0);
  }
}

/* A record as JavaScript might write it: any words. */
static void check_from_javascript(struct input *input) {
  uint32_t record[RECORD_WORDS];
  uint32_t again[RECORD_WORDS];
  union socket_address address;
  static const uint32_t FAMILIES[] = {RECORD_IPV4, RECORD_IPV6, RECORD_NO_ADDRESS, 5};
  take(input, record, sizeof record);
  record[RECORD_FAMILY] = FAMILIES[take_below(input, 4)];
  memcpy(again, record, sizeof again);
  socklen_t length = address_from_record(record, &address);
  if (length == 0) {
    CHECK(record[RECORD_FAMILY] != RECORD_IPV4 && record[RECORD_FAMILY] != RECORD_IPV6);
    return;
  }
  CHECK(length == address_length(&address));
  CHECK(address_port(&address) == (record[RECORD_PORT] & UINT16_MAX));
  address_to_record(&address, length, again);
  bool ipv6 = record[RECORD_FAMILY] == RECORD_IPV6;
  CHECK(again[RECORD_FAMILY] == record[RECORD_FAMILY]);
  CHECK(again[RECORD_SCOPE] == (ipv6 ? record[RECORD_SCOPE] : 0));
  for (size_t word = 0; word < 4; word++) {
    uint32_t expected = ipv6 || word == 0 ? record[RECORD_ADDRESS + word] : 0;
    CHECK(again[RECORD_ADDRESS + word] == expected);
  }
  char text[ADDRESS_TEXT_SIZE];
  CHECK(address_to_text(&address, text) == 0);
  const char *zone = strchr(text, '%');
  bool scoped = ipv6 && IN6_IS_ADDR_LINKLOCAL(&address.v6.sin6_addr) && record[RECORD_SCOPE] != 0;
  CHECK(scoped == (zone != NULL));
  const char *name = interface_name(record[RECORD_SCOPE]);
  CHECK(zone == NULL || name == NULL || strcmp(zone + 1, name) == 0);
}

static void check_group(struct input *input) {
  uint32_t length = take_word(input);
  uint32_t segment = take_word(input);
  uint32_t count = group_datagrams(length, segment);
  CHECK(count >= 1);
  if (segment == 0 || length == 0) {
    CHECK(count == 1);
    return;
  }
  /* All but the last are full, and the last is not empty. */
  CHECK((uint64_t)(count - 1) * segment < length);
  CHECK((uint64_t)count * segment >= length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, size};
  check_from_kernel(&input);
  check_from_javascript(&input);
  check_group(&input);
  return 0;
}
