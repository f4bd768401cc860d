#ifndef REFERENCE_CLOCK_H
#define REFERENCE_CLOCK_H

#include <stdint.h>

enum { NANOSECONDS_A_MILLISECOND = 1000 * 1000, NANOSECONDS_A_SECOND = 1000 * 1000 * 1000 };

/* Nanoseconds of a clock that only goes forward. */
uint64_t clock_now(void);

/* Nanoseconds this process has spent on a CPU, user and system together. */
uint64_t clock_cpu(void);

double clock_seconds(uint64_t nanoseconds);
uint64_t clock_nanoseconds(double seconds);

#endif
