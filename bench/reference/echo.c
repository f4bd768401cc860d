#include "modes.h"

#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "endpoint.h"
#include "inbox.h"
#include "outbox.h"
#include "waiter.h"

enum { ECHO_SLOTS = 64 };

struct echo {
  struct inbox inbox;
  struct outbox outbox;
  struct waiter waiter;
  int fd;
  uint64_t received;
};

static void open_echo(struct echo *echo, const struct options *options) {
  unsigned slots = options->slots > 0 ? options->slots : ECHO_SLOTS;
  *echo = (struct echo){.fd = endpoint_open()};
  if (options->gro) {
    endpoint_set_gro(echo->fd);
  }
  inbox_open(&echo->inbox, slots, true);
  outbox_open(&echo->outbox, slots, options->gso && endpoint_can_segment(echo->fd));
  echo->outbox.fd = echo->fd;
  waiter_open(&echo->waiter, &echo->fd, 1);
}

/* Answers one batch out of the very memory in which it came. */
static void answer(struct echo *echo) {
  int filled = inbox_receive(&echo->inbox, echo->fd, echo->waiter.flags);
  for (int slot = 0; slot < filled; slot++) {
    struct run run = inbox_run(&echo->inbox, slot);
    echo->received += run.datagrams;
    outbox_add(&echo->outbox, inbox_source(&echo->inbox, slot), &run);
  }
  outbox_flush(&echo->outbox);
}

void echo_run(const struct options *options) {
  static struct echo echo; /* lives as long as the process, and so does all that it holds */
  open_echo(&echo, options);
  print_ports(&echo.fd, 1);
  uint64_t cpu = clock_cpu();
  while (!stdin_closed(clock_now())) {
    answer(&echo);
  }
  printf("{\"received\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"cpu\":%.6f}\n", echo.received,
         echo.outbox.sent, clock_seconds(clock_cpu() - cpu));
}
