#include "clock.h"

#include <time.h>

#include "failure.h"

static uint64_t read_clock(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) != 0) {
    fail_call("cannot read clock %d", (int)clock);
  }
  return (uint64_t)time.tv_sec * NANOSECONDS_A_SECOND + (uint64_t)time.tv_nsec;
}

uint64_t clock_now(void) {
  return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_cpu(void) {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

double clock_seconds(uint64_t nanoseconds) {
  return (double)nanoseconds / NANOSECONDS_A_SECOND;
}

uint64_t clock_nanoseconds(double seconds) {
  return (uint64_t)(seconds * NANOSECONDS_A_SECOND);
}
