/* Datagrams from the kernel to scratch memory, and from there to payloads end to end and their records. */
#ifndef VOLLEY_ARRIVALS_H
#define VOLLEY_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  /* The most messages of one recvmmsg call; each is one datagram, or several that the kernel merged. */
  RECEIVE_SLOTS = 64,
  /* No UDP payload is larger: its length field has 16 bits (RFC 768). Merged ones are not either. */
  PAYLOAD_CAPACITY = 65536,
};

/* The memory that the sockets of one environment receive into, one after the other. */
struct receive_scratch;

/* NULL when there is no memory. */
struct receive_scratch *receive_scratch_create(void);
void receive_scratch_free(struct receive_scratch *scratch);

/*
 * Has the first message land in `memory`, of PAYLOAD_CAPACITY bytes, until it is given NULL: then in the
 * scratch again.
 */
void receive_scratch_lend(struct receive_scratch *scratch, void *memory);

/* What one round of receiving brought. */
struct arrivals {
  /* Messages in the first slots of the scratch. */
  int count;
  /* The negative errno that ended the round; -EAGAIN when there was nothing more; 0 when unknown. */
  int failure;
  /* Of all messages together. */
  uint32_t datagrams;
  size_t bytes;
};

/*
 * Receives up to `wanted` messages, RECEIVE_SLOTS at the most, without blocking. A message that was cut off is dropped,
 * and reported as -EMSGSIZE; so is one of which nobody knows how many datagrams it is, on a socket for which the
 * kernel merges them (`coalescing`).
 */
struct arrivals arrivals_receive(struct receive_scratch *scratch, int fd, int wanted,
                                 bool coalescing);

/* Writes the record of each message, RECORD_WORDS words. Returns how many. */
uint32_t arrivals_describe(const struct receive_scratch *scratch, const struct arrivals *arrivals,
                           uint32_t *records);

/* Copies the payloads, end to end, to `bytes`, which has room for `arrivals->bytes`. */
void arrivals_copy(const struct receive_scratch *scratch, const struct arrivals *arrivals,
                   unsigned char *bytes);

/*
 * Takes what waits in the socket's error queue off it. Only an adopted socket can have something there
 * (IP_RECVERR); it belongs to datagrams sent before, nobody asked for it, and epoll would keep reporting it.
 */
void receive_discard_errors(int fd, struct receive_scratch *scratch);

#endif
