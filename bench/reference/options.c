#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "payload.h"

enum { LARGEST_PAYLOAD = 65507, LARGEST_PORT = 65535, MOST_SOCKETS = 20000 };

static uint64_t read_integer(const char *name, const char *text, uint64_t least, uint64_t most) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || *text == '-' || value < least ||
      value > most) {
    fail("%s must be a whole number from %llu to %llu, not '%s'", name,
         (unsigned long long)least, (unsigned long long)most, text);
  }
  return value;
}

static double read_seconds(const char *name, const char *text) {
  enum { MOST_SECONDS = 86400 };
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= 0 && value <= MOST_SECONDS)) {
    fail("%s must be a number of seconds from 0 to %d, not '%s'", name, MOST_SECONDS, text);
  }
  return value;
}

static void read_size(struct options *options, const char *name, const char *text) {
  options->size = read_integer(name, text, PAYLOAD_INDEX_BYTES, LARGEST_PAYLOAD);
}

static void read_sizes(struct options *options, const char *name, const char *text) {
  if (strcmp(text, "mixed") != 0) {
    fail("%s must be 'mixed', not '%s'; for payloads of one size there is --size", name, text);
  }
  options->size = 0;
}

static void read_destinations(struct options *options, const char *name, const char *text) {
  char *copy = strdup(text);
  if (copy == NULL) {
    fail_call("no memory for the list of ports");
  }
  unsigned count = 1;
  for (const char *at = text; *at != '\0'; at++) {
    count += *at == ',' ? 1 : 0;
  }
  free(options->destinations);
  options->destinations = allocate(count, sizeof *options->destinations);
  options->destination_count = 0;
  char *rest = copy;
  for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
    uint64_t port = read_integer(name, word, 1, LARGEST_PORT);
    options->destinations[options->destination_count++] = (uint16_t)port;
  }
  free(copy);
}

static void read_ports(struct options *options, const char *name, const char *text) {
  options->ports = (unsigned)read_integer(name, text, 1, MOST_SOCKETS);
}

static void read_peers(struct options *options, const char *name, const char *text) {
  options->peers = (unsigned)read_integer(name, text, 1, MOST_SOCKETS);
}

static void read_inflight(struct options *options, const char *name, const char *text) {
  options->inflight = (unsigned)read_integer(name, text, 1, 1024);
}

static void read_batch(struct options *options, const char *name, const char *text) {
  options->batch = (unsigned)read_integer(name, text, 1, 1024);
}

static void read_slots(struct options *options, const char *name, const char *text) {
  options->slots = (unsigned)read_integer(name, text, 1, 1024);
}

static void read_count(struct options *options, const char *name, const char *text) {
  options->count = read_integer(name, text, 1, UINT64_MAX - 1);
}

static void read_rate(struct options *options, const char *name, const char *text) {
  options->rate = read_integer(name, text, 1, 1000 * 1000 * 1000);
}

static void read_duration(struct options *options, const char *name, const char *text) {
  options->seconds = read_seconds(name, text);
}

static void read_warmup(struct options *options, const char *name, const char *text) {
  options->warmup = read_seconds(name, text);
}

static void read_connected(struct options *options, const char *name, const char *text) {
  options->connected = read_integer(name, text, 0, 1) == 1;
}

static void read_gso(struct options *options, const char *name, const char *text) {
  options->gso = read_integer(name, text, 0, 1) == 1;
}

static void read_gro(struct options *options, const char *name, const char *text) {
  options->gro = read_integer(name, text, 0, 1) == 1;
}

static void read_cpu(struct options *options, const char *name, const char *text) {
  options->cpu = (int)read_integer(name, text, 0, 1023);
}

static const struct {
  const char *name;
  void (*read)(struct options *options, const char *name, const char *text);
} readers[] = {
    {"--size", read_size},         {"--sizes", read_sizes},     {"--port", read_destinations},
    {"--ports", read_ports},       {"--peers", read_peers},     {"--inflight", read_inflight},
    {"--batch", read_batch},       {"--slots", read_slots},     {"--count", read_count},
    {"--seconds", read_duration},  {"--warmup", read_warmup},   {"--gso", read_gso},
    {"--connected", read_connected}, {"--gro", read_gro},       {"--cpu", read_cpu},
    {"--rate", read_rate},
};

static void read_pair(struct options *options, const char *name, const char *text) {
  for (size_t place = 0; place < sizeof readers / sizeof *readers; place++) {
    if (strcmp(readers[place].name, name) == 0) {
      readers[place].read(options, name, text);
      return;
    }
  }
  fail("there is no option '%s'; bench/reference/main.c lists them", name);
}

void options_read(struct options *options, int count, char **words) {
  *options = (struct options){
      .size = 64,
      .ports = 1,
      .peers = 1,
      .inflight = 1,
      .seconds = -1,
      .warmup = 0.5,
      .gso = true,
      .gro = true,
      .cpu = -1,
  };
  for (int place = 0; place < count; place += 2) {
    if (place + 1 == count) {
      fail("option '%s' needs a value", words[place]);
    }
    read_pair(options, words[place], words[place + 1]);
  }
  if (options->seconds < 0) {
    /* With a count the time is only the bound of a run in which datagrams get lost. */
    options->seconds = options->count > 0 ? 60 : 1;
  }
}
