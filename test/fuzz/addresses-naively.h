/* Reads numeric addresses by the letter of the standards: what native/address.c is held against. */
#ifndef VOLLEY_FUZZ_ADDRESSES_NAIVELY_H
#define VOLLEY_FUZZ_ADDRESSES_NAIVELY_H

#include <stdbool.h>
#include <stdint.h>

/* Four numbers up to 255 and nothing else; a zero leads only where it is all (RFC 6943, section 3.1.1). */
bool read_ipv4(const char *text, uint8_t bytes[4]);

/* RFC 4291, section 2.2; without a zone. */
bool read_ipv6(const char *text, uint8_t bytes[16]);

#endif
