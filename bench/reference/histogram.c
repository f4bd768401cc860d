#include "histogram.h"

enum { STEP_BITS = 7 };

/* Values below 128 have a bucket each; above, the seven bits behind the first choose the step. */
static unsigned find_bucket(uint64_t value) {
  if (value < HISTOGRAM_STEPS) {
    return (unsigned)value;
  }
  unsigned shift = 63 - (unsigned)__builtin_clzll(value) - STEP_BITS;
  uint64_t bucket = shift * HISTOGRAM_STEPS + (value >> shift);
  enum { LAST = HISTOGRAM_STEPS * HISTOGRAM_POWERS - 1 };
  return bucket < LAST ? (unsigned)bucket : LAST;
}

static double bucket_middle(unsigned bucket) {
  if (bucket < HISTOGRAM_STEPS) {
    return bucket;
  }
  unsigned shift = bucket / HISTOGRAM_STEPS - 1;
  uint64_t steps = bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS;
  return ((double)steps + 0.5) * (double)(UINT64_C(1) << shift);
}

void histogram_add(struct histogram *histogram, uint64_t nanoseconds) {
  histogram->counts[find_bucket(nanoseconds)]++;
  histogram->total++;
}

double histogram_microseconds(const struct histogram *histogram, double share) {
  uint64_t seen = 0;
  for (unsigned bucket = 0; bucket < HISTOGRAM_STEPS * HISTOGRAM_POWERS; bucket++) {
    seen += histogram->counts[bucket];
    if (seen > 0 && (double)seen >= share * (double)histogram->total) {
      return bucket_middle(bucket) / 1000;
    }
  }
  return 0;
}
