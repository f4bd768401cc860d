#include "node_api_helpers.h"

#include <stdio.h>
#include <string.h>

void throw_last_error(napi_env env) {
  const napi_extended_error_info *information = NULL;
  const char *message = "Node-API call failed";
  if (napi_get_last_error_info(env, &information) == napi_ok &&
      information->error_message != NULL) {
    message = information->error_message;
  }
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) {
    return;
  }
  /* It fails only where JavaScript cannot run any more; then nobody waits for the exception. */
  (void)napi_throw_error(env, NULL, message);
}

static void throw_type_error(napi_env env, const char *message) {
  if (napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message) != napi_ok) {
    throw_last_error(env);
  }
}

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, values, NULL, NULL) != napi_ok) {
    throw_last_error(env);
    return false;
  }
  if (given != count) {
    char message[64];
    (void)snprintf(message, sizeof message, "expected %zu arguments, got %zu", count, given);
    throw_type_error(env, message);
    return false;
  }
  return true;
}

bool read_int32(napi_env env, napi_value value, int32_t *result) {
  if (napi_get_value_int32(env, value, result) == napi_ok) {
    return true;
  }
  throw_type_error(env, "expected a number");
  return false;
}

bool read_uint32(napi_env env, napi_value value, uint32_t *result) {
  if (napi_get_value_uint32(env, value, result) == napi_ok) {
    return true;
  }
  throw_type_error(env, "expected a number");
  return false;
}

bool read_bool(napi_env env, napi_value value, bool *result) {
  if (napi_get_value_bool(env, value, result) == napi_ok) {
    return true;
  }
  throw_type_error(env, "expected a boolean");
  return false;
}

enum text_result read_text(napi_env env, napi_value value, char *text, size_t size) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, text, size, &length) != napi_ok) {
    throw_type_error(env, "expected a string");
    return TEXT_THREW;
  }
  /* A full buffer may be a cut text: no room is left to tell the two apart. */
  if (length + 1 >= size || strlen(text) != length) {
    return TEXT_MALFORMED;
  }
  return TEXT_READ;
}

bool read_typed_array(napi_env env, napi_value value, napi_typedarray_type type, void **data,
                      size_t *length) {
  bool is_typed_array = false;
  if (napi_is_typedarray(env, value, &is_typed_array) == napi_ok && is_typed_array) {
    napi_typedarray_type actual;
    if (napi_get_typedarray_info(env, value, &actual, length, data, NULL, NULL) != napi_ok) {
      throw_last_error(env);
      return false;
    }
    if (actual == type) {
      return true;
    }
  }
  throw_type_error(env, "expected a typed array of another kind");
  return false;
}

bool is_undefined(napi_env env, napi_value value) {
  napi_valuetype type = napi_object;
  return napi_typeof(env, value, &type) == napi_ok && type == napi_undefined;
}

napi_value make_number(napi_env env, int32_t value) {
  napi_value result = NULL;
  TRY(env, napi_create_int32(env, value, &result));
  return result;
}
