#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_sentence(const char *format, va_list arguments, int error) {
  fputs("reference: ", stderr);
  vfprintf(stderr, format, arguments);
  if (error != 0) {
    fprintf(stderr, ": %s", strerror(error));
  }
  fputc('\n', stderr);
}

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write_sentence(format, arguments, 0);
  va_end(arguments);
  exit(EXIT_FAILURE);
}

void fail_call(const char *format, ...) {
  int error = errno;
  va_list arguments;
  va_start(arguments, format);
  write_sentence(format, arguments, error);
  va_end(arguments);
  exit(EXIT_FAILURE);
}

void warn(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write_sentence(format, arguments, 0);
  va_end(arguments);
}

void *allocate(unsigned long count, unsigned long size) {
  void *memory = calloc(count, size);
  if (memory == NULL) {
    fail_call("no memory for %lu elements of %lu bytes", count, size);
  }
  return memory;
}
