#ifndef REFERENCE_OPTIONS_H
#define REFERENCE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the command line says; main.c describes each. */
struct options {
  size_t size; /* 0: mixed sizes */
  uint16_t *destinations;
  unsigned destination_count;
  unsigned ports;
  unsigned peers;
  unsigned inflight;
  unsigned batch; /* 0: what was measured to be the fastest */
  unsigned slots; /* 0: the same */
  uint64_t count; /* 0: no limit */
  uint64_t rate;  /* datagrams a second, 0: as fast as it can */
  double seconds;
  double warmup;
  bool connected;
  bool gso;
  bool gro;
  int cpu; /* -1: any */
};

/* Reads `--name value` pairs; ends the program with a sentence at the first that is wrong. */
void options_read(struct options *options, int count, char **words);

#endif
