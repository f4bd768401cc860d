/* What every function that JavaScript calls needs: arguments, their types, and errors. */
#ifndef VOLLEY_NODE_API_HELPERS_H
#define VOLLEY_NODE_API_HELPERS_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Leaves a function that JavaScript called with an exception when a Node-API call failed. */
#define TRY(env, call)          \
  do {                          \
    if ((call) != napi_ok) {    \
      throw_last_error(env);    \
      return NULL;              \
    }                           \
  } while (0)

/* For calls that fail only when this addon or Node is broken: there is no state to go on from. */
#define MUST(call)                                                               \
  do {                                                                           \
    if ((call) != napi_ok) {                                                     \
      napi_fatal_error(__func__, NAPI_AUTO_LENGTH, #call, NAPI_AUTO_LENGTH);     \
    }                                                                            \
  } while (0)

/* Throws what the last Node-API call complained about, unless an exception is pending already. */
void throw_last_error(napi_env env);

/* Reads exactly `count` arguments. False: an exception is pending. */
bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);

/* Whole numbers. False: an exception is pending. */
bool read_int32(napi_env env, napi_value value, int32_t *result);
bool read_uint32(napi_env env, napi_value value, uint32_t *result);
bool read_bool(napi_env env, napi_value value, bool *result);

enum text_result {
  TEXT_READ,
  /* The text does not fit or holds a NUL: no address is written like that. */
  TEXT_MALFORMED,
  /* Not a string; an exception is pending. */
  TEXT_THREW,
};
enum text_result read_text(napi_env env, napi_value value, char *text, size_t size);

/* The memory of a typed array of the given type. False: an exception is pending. */
bool read_typed_array(napi_env env, napi_value value, napi_typedarray_type type, void **data,
                      size_t *length);

bool is_undefined(napi_env env, napi_value value);

/* A JavaScript number; NULL with an exception pending. */
napi_value make_number(napi_env env, int32_t value);

#endif
