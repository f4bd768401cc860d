/* Datagrams from the kernel to the scratch memory of the environment, and from there to JavaScript. */
#ifndef VOLLEY_RECEIVE_H
#define VOLLEY_RECEIVE_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "environment.h"

/* The most messages of one recvmmsg call; each is one datagram, or several that the kernel merged. */
enum { RECEIVE_SLOTS = 64 };

/* The memory that the sockets of one environment receive into, one after the other. */
struct receive_scratch;

/* NULL when there is no memory. */
struct receive_scratch *receive_scratch_create(void);
void receive_scratch_free(struct receive_scratch *scratch);

/* What one round of receiving brought. */
struct arrivals {
  /* Messages in the first slots of the scratch. */
  int count;
  /* The negative errno that ended the round; -EAGAIN when there was nothing more; 0 when unknown. */
  int failure;
  /* Of all messages together. */
  uint32_t datagrams;
  size_t bytes;
  /* The only message is in the environment's large buffer, and worth handing over in it. */
  bool large;
};

/* Receives up to `wanted` messages without blocking. */
struct arrivals receive_batch(struct environment *environment, int fd, int wanted);

/*
 * Makes a Buffer that begins with what arrived, payloads end to end, and writes a record of each
 * message. Returns the number of records, 0 where there is no memory.
 */
uint32_t receive_unpack(struct environment *environment, const struct arrivals *arrivals,
                        napi_value *buffer);

/*
 * Takes what waits in the socket's error queue off it. Only an adopted socket can have something there
 * (IP_RECVERR); it belongs to datagrams sent before, nobody asked for it, and epoll would keep reporting it.
 */
void receive_discard_errors(int fd, struct receive_scratch *scratch);

#endif
