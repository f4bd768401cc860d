/* What all harnesses share: reading an input piece by piece, and saying what did not hold. */
#ifndef VOLLEY_FUZZ_SUPPORT_H
#define VOLLEY_FUZZ_SUPPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libFuzzer and replay.c call, for each input. Returns 0; what is wrong ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, and so the run, where a property does not hold. */
#define CHECK(condition) check((condition), __FILE__, __LINE__, #condition)

static inline void check(int holds, const char *file, int line, const char *condition) {
  if (!holds) {
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
  }
}

/* The rest of an input. Behind its end there are zeros. */
struct input {
  const uint8_t *data;
  size_t left;
};

/* Copies the next bytes. */
static inline void take(struct input *input, void *bytes, size_t count) {
  size_t there = count < input->left ? count : input->left;
  memset(bytes, 0, count);
  if (there > 0) {
    memcpy(bytes, input->data, there);
    input->data += there;
    input->left -= there;
  }
}

static inline uint8_t take_byte(struct input *input) {
  uint8_t byte;
  take(input, &byte, sizeof byte);
  return byte;
}

static inline uint16_t take_short(struct input *input) {
  uint16_t number;
  take(input, &number, sizeof number);
  return number;
}

static inline uint32_t take_word(struct input *input) {
  uint32_t number;
  take(input, &number, sizeof number);
  return number;
}

/* A number below `limit`, of one byte. */
static inline uint32_t take_below(struct input *input, uint32_t limit) {
  return take_byte(input) % limit;
}

/* Memory of just that size, so that a sanitizer sees a step beyond it. One byte where it is to be empty. */
static inline void *allocate(size_t size) {
  void *memory = calloc(1, size == 0 ? 1 : size);
  CHECK(memory != NULL);
  return memory;
}

#endif
