#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The index of the interface that `zone` names or numbers; 0 when there is no such interface. */
static uint32_t scope_from_text(const char *zone) {
  uint32_t scope = if_nametoindex(zone);
  if (scope != 0) {
    return scope;
  }
  if (zone[0] == '\0' || zone[strspn(zone, "0123456789")] != '\0') {
    return 0;
  }
  errno = 0;
  unsigned long number = strtoul(zone, NULL, 10);
  char name[IF_NAMESIZE];
  if (errno != 0 || number > UINT32_MAX || if_indextoname((uint32_t)number, name) == NULL) {
    return 0;
  }
  return (uint32_t)number;
}

static int ipv6_from_text(const char *text, struct sockaddr_in6 *address) {
  char numeric[INET6_ADDRSTRLEN];
  const char *zone = strchr(text, '%');
  size_t length = zone == NULL ? strlen(text) : (size_t)(zone - text);
  if (length >= sizeof numeric) {
    return -EINVAL;
  }
  memcpy(numeric, text, length);
  numeric[length] = '\0';
  if (inet_pton(AF_INET6, numeric, &address->sin6_addr) != 1) {
    return -EINVAL;
  }
  address->sin6_scope_id = zone == NULL ? 0 : scope_from_text(zone + 1);
  return 0;
}

int address_from_text(int family, const char *text, uint16_t port, union socket_address *address) {
  address_set_any(family, address);
  if (family == AF_INET) {
    address->v4.sin_port = htons(port);
    return inet_pton(AF_INET, text, &address->v4.sin_addr) == 1 ? 0 : -EINVAL;
  }
  address->v6.sin6_port = htons(port);
  return ipv6_from_text(text, &address->v6);
}

void address_set_any(int family, union socket_address *address) {
  memset(address, 0, sizeof *address);
  address->any.sa_family = (sa_family_t)family;
}

socklen_t address_length(const union socket_address *address) {
  switch (address->any.sa_family) {
    case AF_INET:
      return sizeof address->v4;
    case AF_INET6:
      return sizeof address->v6;
    default:
      return 0;
  }
}

uint16_t address_port(const union socket_address *address) {
  return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

/* Appends `%` and the interface; its number where the interface is gone meanwhile. */
static void append_scope(uint32_t scope, char *text) {
  size_t used = strlen(text);
  char name[IF_NAMESIZE];
  if (if_indextoname(scope, name) != NULL) {
    (void)snprintf(text + used, ADDRESS_TEXT_SIZE - used, "%%%s", name);
  } else {
    (void)snprintf(text + used, ADDRESS_TEXT_SIZE - used, "%%%u", scope);
  }
}

int address_to_text(const union socket_address *address, char text[ADDRESS_TEXT_SIZE]) {
  const void *bytes = &address->v4.sin_addr;
  if (address->any.sa_family == AF_INET6) {
    bytes = &address->v6.sin6_addr;
  }
  if (inet_ntop(address->any.sa_family, bytes, text, INET6_ADDRSTRLEN) == NULL) {
    return -errno;
  }
  bool scoped = address->any.sa_family == AF_INET6 &&
                IN6_IS_ADDR_LINKLOCAL(&address->v6.sin6_addr) && address->v6.sin6_scope_id != 0;
  if (scoped) {
    append_scope(address->v6.sin6_scope_id, text);
  }
  return 0;
}

uint32_t group_datagrams(uint32_t length, uint32_t segment) {
  return segment == 0 || length <= segment ? 1 : (length - 1) / segment + 1;
}

void address_to_record(const union socket_address *address, socklen_t length, uint32_t *record) {
  memset(record + RECORD_PORT, 0, (RECORD_SEGMENT - RECORD_PORT) * sizeof *record);
  if (length >= sizeof address->v4 && address->any.sa_family == AF_INET) {
    record[RECORD_FAMILY] = RECORD_IPV4;
    record[RECORD_PORT] = ntohs(address->v4.sin_port);
    memcpy(record + RECORD_ADDRESS, &address->v4.sin_addr, sizeof address->v4.sin_addr);
  } else if (length >= sizeof address->v6 && address->any.sa_family == AF_INET6) {
    record[RECORD_FAMILY] = RECORD_IPV6;
    record[RECORD_PORT] = ntohs(address->v6.sin6_port);
    record[RECORD_SCOPE] = address->v6.sin6_scope_id;
    memcpy(record + RECORD_ADDRESS, &address->v6.sin6_addr, sizeof address->v6.sin6_addr);
  }
}

socklen_t address_from_record(const uint32_t *record, union socket_address *address) {
  if (record[RECORD_FAMILY] == RECORD_IPV4) {
    address_set_any(AF_INET, address);
    address->v4.sin_port = htons((uint16_t)record[RECORD_PORT]);
    memcpy(&address->v4.sin_addr, record + RECORD_ADDRESS, sizeof address->v4.sin_addr);
  } else if (record[RECORD_FAMILY] == RECORD_IPV6) {
    address_set_any(AF_INET6, address);
    address->v6.sin6_port = htons((uint16_t)record[RECORD_PORT]);
    address->v6.sin6_scope_id = record[RECORD_SCOPE];
    memcpy(&address->v6.sin6_addr, record + RECORD_ADDRESS, sizeof address->v6.sin6_addr);
  } else {
    return 0;
  }
  return address_length(address);
}
