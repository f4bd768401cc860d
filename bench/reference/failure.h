#ifndef REFERENCE_FAILURE_H
#define REFERENCE_FAILURE_H

/* Writes one sentence to stderr and ends the program with code 1. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a system call that failed: adds what errno says. */
_Noreturn void fail_call(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes one sentence to stderr; the program goes on. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Zeroed memory of `count` elements, or the program ends. */
void *allocate(unsigned long count, unsigned long size);

#endif
