/* Datagrams as records and payloads describe them, to messages, to the kernel. */
#ifndef VOLLEY_OUTGOING_H
#define VOLLEY_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What `send` was given, as far as it has not left: records, and payloads end to end. */
struct outgoing {
  const uint32_t *record;
  unsigned char *payload;
  /* Groups. */
  uint32_t count;
  /* The place of the first of them in what was given. */
  uint32_t index;
};

/* Where datagrams leave. */
struct outlet {
  int fd;
  /* A peer is set: connect(2). */
  bool connected;
  /* A negative errno that sending consumed while earlier datagrams of the call went out; 0 for none. */
  int *deferred_error;
};

/* No group was refused. */
#define NO_GROUP UINT32_MAX

/* What came of sending. */
struct transmission {
  /*
   * How many datagrams left, one or more, or the negative errno of the first. Whoever offers again begins
   * with the one that did not leave.
   */
  int result;
  /* The place of the group that went only as single datagrams; sending ended behind it. Else NO_GROUP. */
  uint32_t refused;
};

/*
 * Whether this is a batch that can be sent: the payloads of all records lie within `available` bytes, and ports,
 * segment sizes and numbers of datagrams are what they can be.
 */
bool outgoing_fits(const struct outgoing *outgoing, size_t available);

/* Offers what fits to the kernel, one group or more. */
struct transmission outgoing_send(struct outgoing *outgoing, const struct outlet *outlet);

/* Whether a failure only says that there is no room for the time being. */
bool outgoing_must_wait(int failure);

#endif
