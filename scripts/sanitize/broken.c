/*
 * An addon that is broken on purpose, one way a function: each must be found by the tool it is for, or what that
 * tool does not find in the real one proves nothing. Never shipped, never loaded by Volley.
 */
#include <netinet/in.h>
#include <node_api.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 16, ROUNDS = 1000 };

/* What the compiler cannot see through, so that it neither warns nor removes what is wrong. */
static volatile size_t beyond = SIZE;
static volatile int bits = 32;
static volatile unsigned char sink;
static void *volatile kept;

static napi_value nothing(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  return NULL;
}

static napi_value heap_overflow(napi_env env, napi_callback_info info) {
  unsigned char *volatile memory = calloc(1, SIZE);
  if (memory != NULL) {
    sink = memory[beyond];
  }
  free(memory);
  return nothing(env, info);
}

static napi_value stack_overflow(napi_env env, napi_callback_info info) {
  unsigned char memory[SIZE] = {0};
  unsigned char *volatile begin = memory;
  begin[beyond] = 1;
  sink = memory[0];
  return nothing(env, info);
}

static napi_value use_after_free(napi_env env, napi_callback_info info) {
  unsigned char *volatile memory = calloc(1, SIZE);
  free(memory);
  if (memory != NULL) {
    sink = memory[0];
  }
  return nothing(env, info);
}

static napi_value leak(napi_env env, napi_callback_info info) {
  kept = malloc(SIZE);
  kept = NULL;
  return nothing(env, info);
}

static napi_value shift(napi_env env, napi_callback_info info) {
  sink = (unsigned char)(1 << bits);
  return nothing(env, info);
}

/* Sends bytes that nobody wrote. */
static napi_value uninitialised(napi_env env, napi_callback_info info) {
  unsigned char *volatile memory = malloc(SIZE);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd != -1 && memory != NULL && bind(fd, (struct sockaddr *)&address, sizeof address) == 0) {
    address.sin_port = htons(9);
    (void)sendto(fd, memory, SIZE, 0, (struct sockaddr *)&address, sizeof address);
  }
  if (fd != -1) {
    (void)close(fd);
  }
  free(memory);
  return nothing(env, info);
}

static int shared;

static void *count(void *argument) {
  (void)argument;
  for (int round = 0; round < ROUNDS; round++) {
    shared++;
  }
  return NULL;
}

/* Two threads write the same variable, and nothing orders them. */
static napi_value race(napi_env env, napi_callback_info info) {
  pthread_t threads[2];
  int started = 0;
  while (started < 2 && pthread_create(&threads[started], NULL, count, NULL) == 0) {
    started++;
  }
  for (int index = 0; index < started; index++) {
    (void)pthread_join(threads[index], NULL);
  }
  return nothing(env, info);
}

#define FUNCTION(name, callback) \
  { name, NULL, callback, NULL, NULL, NULL, napi_enumerable, NULL }

static const napi_property_descriptor FUNCTIONS[] = {
    FUNCTION("nothing", nothing),
    FUNCTION("heapOverflow", heap_overflow),
    FUNCTION("stackOverflow", stack_overflow),
    FUNCTION("useAfterFree", use_after_free),
    FUNCTION("leak", leak),
    FUNCTION("shift", shift),
    FUNCTION("uninitialised", uninitialised),
    FUNCTION("race", race),
};

NAPI_MODULE_INIT() {
  napi_status status =
      napi_define_properties(env, exports, sizeof FUNCTIONS / sizeof FUNCTIONS[0], FUNCTIONS);
  return status == napi_ok ? exports : NULL;
}
