/*
 * The one place where addresses change shape: numeric text, socket address (struct sockaddr) and
 * the record in which a datagram crosses between JavaScript and C.
 */
#ifndef VOLLEY_ADDRESS_H
#define VOLLEY_ADDRESS_H

#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * The record of a group: one datagram, or several neighbours of one source or destination that have
 * the same size, but for the last, which may be shorter. 32-bit words, as `RECORD` in
 * src/drivers/linux/addon.ts lays them out.
 */
enum {
  RECORD_LENGTH = 0,
  RECORD_PORT = 1,
  RECORD_FAMILY = 2,
  RECORD_SCOPE = 3,
  RECORD_ADDRESS = 4,
  RECORD_SEGMENT = 8,
  RECORD_WORDS = 9,
};

/* The family words of a record. */
enum { RECORD_NO_ADDRESS = 0, RECORD_IPV4 = 4, RECORD_IPV6 = 6 };

/* The most records that cross at once, `MAXIMUM_BATCH` in addon.ts. */
enum { MAXIMUM_BATCH = 128 };

/* Room for an IPv6 address, `%`, the name of its interface and the final NUL. */
enum { ADDRESS_TEXT_SIZE = INET6_ADDRSTRLEN + 1 + IF_NAMESIZE };

/* Room for text that JavaScript hands in; whatever does not fit is no address. */
enum { ADDRESS_INPUT_SIZE = 256 };

union socket_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/*
 * Parses numeric text of the given family (AF_INET, AF_INET6). An IPv6 address may carry a scope
 * id (RFC 4007, section 11): `%` and the name or the number of an interface. Returns 0 or -EINVAL.
 * An interface that does not exist gives scope id 0, as node:dgram has it, so that the kernel's own
 * errno tells what the address is unfit for.
 */
int address_from_text(int family, const char *text, uint16_t port, union socket_address *address);

/* Sets the wildcard address of a family, port 0. */
void address_set_any(int family, union socket_address *address);

/* Its length as the system calls want it; 0 for another family than the two. */
socklen_t address_length(const union socket_address *address);

uint16_t address_port(const union socket_address *address);

/* Numeric text; a link-local IPv6 address gets `%interface`. Returns 0 or a negative errno. */
int address_to_text(const union socket_address *address, char text[ADDRESS_TEXT_SIZE]);

/* How many datagrams a group of `length` bytes is. A segment size of 0 stands for a single one. */
uint32_t group_datagrams(uint32_t length, uint32_t segment);

/* Fills port, family, scope and address words. `length` is what the kernel said, maybe 0. */
void address_to_record(const union socket_address *address, socklen_t length, uint32_t *record);

/* The other way; returns the address's length, 0 for "the connected peer". */
socklen_t address_from_record(const uint32_t *record, union socket_address *address);

#endif
