/*
 * Text → address → text. What is accepted is what a reader of this file's own accepts, with the same bytes; and the
 * text of an address gives that address again.
 */
#include <errno.h>
#include <stdbool.h>

#include "address.h"
#include "addresses-naively.h"
#include "interfaces.h"
#include "support.h"

/* What is in front of `%`; false where that cannot be an address by its length alone. */
static bool without_zone(const char *text, char numeric[INET6_ADDRSTRLEN]) {
  size_t length = strcspn(text, "%");
  if (length >= INET6_ADDRSTRLEN) {
    return false;
  }
  memcpy(numeric, text, length);
  numeric[length] = '\0';
  return true;
}

/* An interface that exists, by name or by number; else 0. */
static uint32_t expected_scope(const char *text) {
  const char *zone = strchr(text, '%');
  if (zone == NULL) {
    return 0;
  }
  zone++;
  uint32_t named = interface_index(zone);
  if (named != 0) {
    return named;
  }
  size_t digits = strspn(zone, "0123456789");
  while (digits > 1 && *zone == '0') {
    zone++;
    digits--;
  }
  bool number = zone[digits] == '\0' && digits >= 1 && digits <= 9;
  uint32_t index = number ? (uint32_t)atoi(zone) : 0;
  return interface_name(index) == NULL ? 0 : index;
}

static void check_same(const union socket_address *first, const union socket_address *second) {
  CHECK(first->any.sa_family == second->any.sa_family);
  if (first->any.sa_family == AF_INET) {
    CHECK(first->v4.sin_port == second->v4.sin_port);
    CHECK(first->v4.sin_addr.s_addr == second->v4.sin_addr.s_addr);
  } else {
    CHECK(first->v6.sin6_port == second->v6.sin6_port);
    CHECK(first->v6.sin6_scope_id == second->v6.sin6_scope_id);
    CHECK(first->v6.sin6_flowinfo == second->v6.sin6_flowinfo);
    CHECK(memcmp(&first->v6.sin6_addr, &second->v6.sin6_addr, sizeof first->v6.sin6_addr) == 0);
  }
}

static void check_text_again(const union socket_address *address, uint16_t port) {
  char text[ADDRESS_TEXT_SIZE];
  char again[ADDRESS_TEXT_SIZE];
  union socket_address second;
  memset(text, 'x', sizeof text);
  CHECK(address_to_text(address, text) == 0);
  CHECK(memchr(text, '\0', sizeof text) != NULL);
  CHECK(address_from_text(address->any.sa_family, text, port, &second) == 0);
  if (address->any.sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&address->v6.sin6_addr)) {
    /* Only link-local text tells its interface. */
    CHECK(second.v6.sin6_scope_id == 0);
    second.v6.sin6_scope_id = address->v6.sin6_scope_id;
  }
  check_same(address, &second);
  CHECK(address_to_text(&second, again) == 0);
  CHECK(strcmp(text, again) == 0);
}

static void check_ipv4(const char *text, uint16_t port) {
  union socket_address address;
  uint8_t bytes[4];
  int result = address_from_text(AF_INET, text, port, &address);
  CHECK(result == (read_ipv4(text, bytes) ? 0 : -EINVAL));
  if (result == 0) {
    CHECK(address.v4.sin_family == AF_INET && address_port(&address) == port);
    CHECK(memcmp(&address.v4.sin_addr, bytes, sizeof bytes) == 0);
    CHECK(address_length(&address) == sizeof address.v4);
    check_text_again(&address, port);
  }
}

static void check_ipv6(const char *text, uint16_t port) {
  union socket_address address;
  uint8_t bytes[16];
  char numeric[INET6_ADDRSTRLEN];
  bool valid = without_zone(text, numeric) && read_ipv6(numeric, bytes);
  int result = address_from_text(AF_INET6, text, port, &address);
  CHECK(result == (valid ? 0 : -EINVAL));
  if (result == 0) {
    CHECK(address.v6.sin6_family == AF_INET6 && address_port(&address) == port);
    CHECK(memcmp(&address.v6.sin6_addr, bytes, sizeof bytes) == 0);
    CHECK(address.v6.sin6_scope_id == expected_scope(text));
    CHECK(address_length(&address) == sizeof address.v6);
    check_text_again(&address, port);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, size};
  uint16_t port = take_short(&input);
  size_t length = input.left < ADDRESS_INPUT_SIZE ? input.left : ADDRESS_INPUT_SIZE - 1;
  /* As long as it is and no longer: read_text hands on nothing with a NUL inside. */
  char *text = allocate(length + 1);
  take(&input, text, length);
  text[length] = '\0';
  check_ipv4(text, port);
  check_ipv6(text, port);
  free(text);
  return 0;
}
