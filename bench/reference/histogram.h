#ifndef REFERENCE_HISTOGRAM_H
#define REFERENCE_HISTOGRAM_H

#include <stdint.h>

/* Counts of nanoseconds in buckets that grow with the value: 128 for each power of two, so that a
   percentile is off by less than 1 %, from 0 ns to over an hour. */
enum { HISTOGRAM_STEPS = 128, HISTOGRAM_POWERS = 36 };

struct histogram {
  uint64_t total;
  uint64_t counts[HISTOGRAM_STEPS * HISTOGRAM_POWERS];
};

void histogram_add(struct histogram *histogram, uint64_t nanoseconds);

/* The value, in microseconds, that `share` (0..1) of all values do not exceed; 0 if there is
   none. */
double histogram_microseconds(const struct histogram *histogram, double share);

#endif
