#include "modes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "clock.h"
#include "endpoint.h"
#include "failure.h"
#include "outbox.h"
#include "payload.h"

/* Messages a sendmmsg call: groups of up to 128 datagrams, or single ones. Measured from 1 to 64:
   from 8 groups on there is no difference, and full groups always beat smaller ones. */
enum { SOURCE_GROUPS = 16, SOURCE_SINGLES = 64 };

struct source {
  struct payloads payloads;
  struct outbox outbox;
  struct sockaddr_in *destinations;
  unsigned destination_count;
  unsigned destination; /* of the next datagram, when there are several */
  unsigned index;       /* of the next payload */
  bool connected;
  double rate; /* datagrams a second, 0: as fast as it can */
};

static void open_source(struct source *source, const struct options *options) {
  if (options->destination_count == 0) {
    fail("source needs --port P[,P...], the ports to send to");
  }
  if (options->connected && options->destination_count > 1) {
    fail("source can connect to one port only; leave out --connected or give one --port");
  }
  *source = (struct source){
      .destinations = allocate(options->destination_count, sizeof *source->destinations),
      .destination_count = options->destination_count,
      .connected = options->connected,
      .rate = (double)options->rate,
  };
  for (unsigned place = 0; place < options->destination_count; place++) {
    source->destinations[place] = endpoint_loopback(options->destinations[place]);
  }
  payloads_prepare(&source->payloads, options->size);
  int fd = endpoint_open();
  bool gso = options->gso && endpoint_can_segment(fd);
  bool groups = gso && options->destination_count == 1;
  unsigned usual = groups ? SOURCE_GROUPS : SOURCE_SINGLES;
  outbox_open(&source->outbox, options->batch > 0 ? options->batch : usual, gso);
  source->outbox.fd = fd;
  if (options->connected) {
    endpoint_connect(fd, options->destinations[0]);
  }
}

/* Adds up to `limit` datagrams to the one destination. How many. */
static uint64_t add_to_one(struct source *source, uint64_t limit) {
  unsigned most = source->outbox.most_datagrams;
  if (limit < most) {
    most = (unsigned)limit;
  }
  struct run run =
      payload_run(&source->payloads, source->index, source->outbox.gso ? most : 1);
  outbox_add(&source->outbox, source->connected ? NULL : source->destinations, &run);
  source->index = (source->index + run.datagrams) % PAYLOADS;
  return run.datagrams;
}

/* Adds a datagram to the next destination; after the last all get the next payload. */
static uint64_t add_to_next(struct source *source) {
  struct run run = payload_run(&source->payloads, source->index, 1);
  outbox_add(&source->outbox, &source->destinations[source->destination], &run);
  source->destination++;
  if (source->destination == source->destination_count) {
    source->destination = 0;
    source->index = (source->index + 1) % PAYLOADS;
  }
  return run.datagrams;
}

/* Sends one batch of at most `limit` datagrams. */
static void send_batch(struct source *source, uint64_t limit) {
  uint64_t added = 0;
  while (added < limit && source->outbox.count < source->outbox.capacity) {
    added += source->destination_count == 1 ? add_to_one(source, limit - added)
                                            : add_to_next(source);
  }
  outbox_flush(&source->outbox);
}

static void sleep_until(uint64_t moment) {
  struct timespec time = {.tv_sec = (time_t)(moment / NANOSECONDS_A_SECOND),
                          .tv_nsec = (long)(moment % NANOSECONDS_A_SECOND)};
  int error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
  if (error != 0 && error != EINTR) {
    errno = error;
    fail_call("cannot sleep");
  }
}

/* How many datagrams may leave now; sleeps half a millisecond while there are none. */
static uint64_t allowance(const struct source *source, uint64_t elapsed) {
  if (source->rate == 0) {
    return UINT64_MAX;
  }
  uint64_t due = (uint64_t)(source->rate * clock_seconds(elapsed));
  if (due > source->outbox.sent) {
    return due - source->outbox.sent;
  }
  sleep_until(clock_now() + NANOSECONDS_A_MILLISECOND / 2);
  return 0;
}

void source_run(const struct options *options) {
  static struct source source; /* lives as long as the process, and so does all that it holds */
  open_source(&source, options);
  uint64_t count = options->count > 0 ? options->count : UINT64_MAX;
  uint64_t duration = clock_nanoseconds(options->seconds);
  uint64_t cpu = clock_cpu();
  uint64_t start = clock_now();
  uint64_t elapsed = 0;
  while (elapsed < duration && source.outbox.sent < count) {
    uint64_t allowed = allowance(&source, elapsed);
    uint64_t left = count - source.outbox.sent;
    send_batch(&source, allowed < left ? allowed : left);
    elapsed = clock_now() - start;
  }
  printf("{\"sent\":%" PRIu64 ",\"seconds\":%.6f,\"cpu\":%.6f,\"refused\":%" PRIu64 "}\n",
         source.outbox.sent, clock_seconds(elapsed), clock_seconds(clock_cpu() - cpu),
         source.outbox.refused);
}
