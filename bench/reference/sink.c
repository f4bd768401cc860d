#include "modes.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#include "clock.h"
#include "endpoint.h"
#include "failure.h"
#include "inbox.h"
#include "payload.h"
#include "waiter.h"

/* Measured from 4 to 64: the same with GRO; without, more help small datagrams and hurt large. */
enum { SINK_SLOTS = 16 };

struct sink {
  struct payloads payloads;
  struct inbox inbox;
  struct waiter waiter;
  int *sockets;
  unsigned socket_count;
  uint64_t received;
  uint64_t altered;
  uint64_t bytes;
  uint64_t first;
  uint64_t last;
};

static void open_sink(struct sink *sink, const struct options *options) {
  *sink = (struct sink){.socket_count = options->ports};
  payloads_prepare(&sink->payloads, options->size);
  inbox_open(&sink->inbox, options->slots > 0 ? options->slots : SINK_SLOTS, false);
  sink->sockets = allocate(options->ports, sizeof *sink->sockets);
  for (unsigned place = 0; place < options->ports; place++) {
    sink->sockets[place] = endpoint_open();
    if (options->gro) {
      endpoint_set_gro(sink->sockets[place]);
    }
  }
  waiter_open(&sink->waiter, sink->sockets, sink->socket_count);
}

/* Receives what is there, once; how many slots were filled. */
static int receive(struct sink *sink, int fd, int flags) {
  int filled = inbox_receive(&sink->inbox, fd, flags);
  if (filled <= 0) {
    return 0;
  }
  sink->last = clock_now();
  if (sink->first == 0) {
    sink->first = sink->last;
  }
  for (int slot = 0; slot < filled; slot++) {
    struct run run = inbox_run(&sink->inbox, slot);
    sink->received += run.datagrams;
    sink->bytes += run.length;
    sink->altered += payload_count_altered(&sink->payloads, &run);
  }
  return filled;
}

/* What waits in the sockets still counts; a source that does not end is cut off after a second. */
static void drain(struct sink *sink) {
  uint64_t deadline = clock_now() + NANOSECONDS_A_SECOND;
  for (unsigned place = 0; place < sink->socket_count; place++) {
    while (receive(sink, sink->sockets[place], MSG_DONTWAIT) > 0 && clock_now() < deadline) {
    }
  }
}

static uint64_t count_drops(const struct sink *sink) {
  uint64_t drops = 0;
  for (unsigned place = 0; place < sink->socket_count; place++) {
    drops += endpoint_drops(sink->sockets[place]);
  }
  return drops;
}

void sink_run(const struct options *options) {
  static struct sink sink; /* lives as long as the process, and so does all that it holds */
  open_sink(&sink, options);
  print_ports(sink.sockets, sink.socket_count);
  uint64_t cpu = clock_cpu();
  while (!stdin_closed(clock_now())) {
    unsigned ready = waiter_wait(&sink.waiter);
    for (unsigned place = 0; place < ready; place++) {
      receive(&sink, sink.sockets[sink.waiter.sockets[place]], sink.waiter.flags);
    }
  }
  drain(&sink);
  printf("{\"received\":%" PRIu64 ",\"altered\":%" PRIu64 ",\"bytes\":%" PRIu64
         ",\"seconds\":%.6f,\"cpu\":%.6f,\"dropped\":%" PRIu64 "}\n",
         sink.received, sink.altered, sink.bytes, clock_seconds(sink.last - sink.first),
         clock_seconds(clock_cpu() - cpu), count_drops(&sink));
}
