/*
 * Runs a harness over the files that are named, once each: the corpus as a regression test, and an input that
 * fuzzing has found, without libFuzzer.
 */
#include "support.h"

/* An input of the corpus is far below it. */
enum { LARGEST_INPUT = 1024 * 1024 };

static void replay(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(EXIT_FAILURE);
  }
  uint8_t *bytes = allocate(LARGEST_INPUT);
  size_t size = fread(bytes, 1, LARGEST_INPUT, file);
  if (ferror(file) != 0 || fclose(file) != 0) {
    perror(path);
    exit(EXIT_FAILURE);
  }
  /* Its own memory again, without the room behind it. */
  uint8_t *input = allocate(size);
  memcpy(input, bytes, size);
  free(bytes);
  CHECK(LLVMFuzzerTestOneInput(input, size) == 0);
  free(input);
}

int main(int count, char **paths) {
  for (int index = 1; index < count; index++) {
    /* The last line of what a failing run wrote names the input. */
    (void)fprintf(stderr, "%s\n", paths[index]);
    replay(paths[index]);
  }
  (void)printf("%d inputs\n", count - 1);
  return EXIT_SUCCESS;
}
