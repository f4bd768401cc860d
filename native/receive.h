/* Datagrams from the kernel to the scratch memory of the environment, and from there to JavaScript. */
#ifndef VOLLEY_RECEIVE_H
#define VOLLEY_RECEIVE_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#include "arrivals.h"
#include "environment.h"

/* What one round of receiving brought, and where it lies. */
struct received {
  struct arrivals arrivals;
  /* The only message is in the environment's large buffer, and worth handing over in it. */
  bool large;
};

/* Receives up to `wanted` messages without blocking. */
struct received receive_batch(const struct udp_socket *socket, int wanted);

/*
 * Makes a Buffer that begins with what arrived, payloads end to end, and writes a record of each
 * message. Returns the number of records, 0 where there is no memory.
 */
uint32_t receive_unpack(struct environment *environment, const struct received *received,
                        napi_value *buffer);

#endif
