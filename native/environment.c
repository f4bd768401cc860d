#include "environment.h"

#include <stdlib.h>

#include "address.h"
#include "node_api_helpers.h"
#include "receive.h"
#include "socket.h"

void environment_hold(struct environment *environment) { environment->holders++; }

void environment_release(struct environment *environment) {
  environment->holders--;
  if (environment->holders == 0) {
    receive_scratch_free(environment->scratch);
    free(environment);
  }
}

static void forget(napi_env env, napi_ref *reference) {
  if (*reference != NULL) {
    MUST(napi_delete_reference(env, *reference));
    *reference = NULL;
  }
}

static void forget_configuration(napi_env env, struct configuration *configuration) {
  forget(env, &configuration->received);
  forget(env, &configuration->deliver);
  forget(env, &configuration->flush);
  forget(env, &configuration->receive_failed);
  forget(env, &configuration->writable);
  forget(env, &configuration->segmentation_refused);
  forget(env, &configuration->send_records);
  forget(env, &configuration->receive_records);
}

static void finish_cleanup(struct environment *environment) {
  environment->configured = false;
  forget_configuration(environment->env, &environment->configuration);
  forget(environment->env, &environment->large_buffer);
  MUST(napi_remove_async_cleanup_hook(environment->cleanup));
  environment_release(environment);
}

void environment_handle_closed(struct environment *environment) {
  environment->loop_handles--;
  if (environment->ending && environment->loop_handles == 0) {
    finish_cleanup(environment);
  }
}

static void on_idle_closed(uv_handle_t *handle) { environment_handle_closed(handle->data); }

static void on_idle(uv_idle_t *idle) {
  struct environment *environment = idle->data;
  size_t count = 0;
  for (const struct udp_socket *each = environment->suspended; each != NULL;
       each = each->next_suspended) {
    count++;
  }
  /* Those that are suspended anew go to the end, for the next turn. */
  for (; count > 0 && environment->suspended != NULL; count--) {
    struct udp_socket *socket = environment->suspended;
    environment_forget_suspended(environment, socket);
    socket_resume(socket);
  }
}

void environment_suspend(struct environment *environment, struct udp_socket *socket) {
  if (socket->suspended) {
    return;
  }
  struct udp_socket **end = &environment->suspended;
  while (*end != NULL) {
    end = &(*end)->next_suspended;
  }
  *end = socket;
  socket->next_suspended = NULL;
  socket->suspended = true;
  /* It fails only without a callback. */
  (void)uv_idle_start(&environment->idle, on_idle);
}

void environment_forget_suspended(struct environment *environment, struct udp_socket *socket) {
  if (!socket->suspended) {
    return;
  }
  struct udp_socket **link = &environment->suspended;
  while (*link != socket) {
    link = &(*link)->next_suspended;
  }
  *link = socket->next_suspended;
  socket->suspended = false;
  if (environment->suspended == NULL) {
    /* It never fails. */
    (void)uv_idle_stop(&environment->idle);
  }
}

/*
 * The environment goes, maybe amid traffic: every descriptor is closed at once, and the
 * environment waits for libuv's close callbacks (napi_add_async_cleanup_hook in Node's manual).
 */
static void on_cleanup(napi_async_cleanup_hook_handle handle, void *data) {
  struct environment *environment = data;
  environment->ending = true;
  environment->cleanup = handle;
  while (environment->open_sockets != NULL) {
    socket_close(environment->open_sockets);
  }
  uv_close((uv_handle_t *)&environment->idle, on_idle_closed);
}

static void on_instance_finalized(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  environment_release(data);
}

struct environment *environment_create(napi_env env) {
  struct environment *environment = calloc(1, sizeof *environment);
  if (environment == NULL) {
    (void)napi_throw_error(env, NULL, "out of memory");
    return NULL;
  }
  environment->env = env;
  environment->holders = 1;
  if (napi_get_uv_event_loop(env, &environment->loop) != napi_ok ||
      napi_set_instance_data(env, environment, on_instance_finalized, NULL) != napi_ok) {
    throw_last_error(env);
    free(environment);
    return NULL;
  }
  /* From here on the instance data owns it: a failure leaves it to be freed with the environment. */
  TRY(env, napi_add_async_cleanup_hook(env, on_cleanup, environment, NULL));
  environment_hold(environment);
  /* It cannot fail. What keeps the loop running are the sockets, never this. */
  (void)uv_idle_init(environment->loop, &environment->idle);
  uv_unref((uv_handle_t *)&environment->idle);
  environment->idle.data = environment;
  environment->loop_handles = 1;
  return environment;
}

struct environment *environment_of(napi_env env) {
  void *environment = NULL;
  TRY(env, napi_get_instance_data(env, &environment));
  return environment;
}

static bool keep(napi_env env, napi_value value, napi_ref *reference) {
  if (napi_create_reference(env, value, 1, reference) != napi_ok) {
    throw_last_error(env);
    return false;
  }
  return true;
}

static bool keep_function(napi_env env, napi_value configuration, const char *name,
                          napi_ref *reference) {
  napi_value value = NULL;
  napi_valuetype type = napi_undefined;
  if (napi_get_named_property(env, configuration, name, &value) != napi_ok ||
      napi_typeof(env, value, &type) != napi_ok) {
    throw_last_error(env);
    return false;
  }
  if (type != napi_function) {
    (void)napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", name);
    return false;
  }
  return keep(env, value, reference);
}

uint32_t *environment_records(const struct environment *environment, napi_ref array) {
  napi_env env = environment->env;
  napi_value value = NULL;
  void *records = NULL;
  size_t length = 0;
  bool there = napi_get_reference_value(env, array, &value) == napi_ok &&
               napi_get_typedarray_info(env, value, NULL, &length, &records, NULL, NULL) == napi_ok;
  return there && length >= (size_t)MAXIMUM_BATCH * RECORD_WORDS ? records : NULL;
}

/* Whether another thread may write to the array, after it was checked and before it is used. */
static bool is_shared(napi_env env, napi_value array) {
  napi_value buffer = NULL;
  bool own = false;
  return napi_get_typedarray_info(env, array, NULL, NULL, NULL, &buffer, NULL) != napi_ok ||
         napi_is_arraybuffer(env, buffer, &own) != napi_ok || !own;
}

static bool keep_records(napi_env env, napi_value configuration, const char *name,
                         napi_ref *reference) {
  napi_value value = NULL;
  void *records = NULL;
  size_t length = 0;
  if (napi_get_named_property(env, configuration, name, &value) != napi_ok) {
    throw_last_error(env);
    return false;
  }
  if (!read_typed_array(env, value, napi_uint32_array, &records, &length)) {
    return false;
  }
  if (length < (size_t)MAXIMUM_BATCH * RECORD_WORDS || is_shared(env, value)) {
    (void)napi_throw_range_error(env, "ERR_OUT_OF_RANGE", name);
    return false;
  }
  return keep(env, value, reference);
}

static bool read_configuration(napi_env env, napi_value value, struct configuration *result) {
  return keep_function(env, value, "received", &result->received) &&
         keep_function(env, value, "deliver", &result->deliver) &&
         keep_function(env, value, "flush", &result->flush) &&
         keep_function(env, value, "receiveFailed", &result->receive_failed) &&
         keep_function(env, value, "writable", &result->writable) &&
         keep_function(env, value, "segmentationRefused", &result->segmentation_refused) &&
         keep_records(env, value, "sendRecords", &result->send_records) &&
         keep_records(env, value, "receiveRecords", &result->receive_records);
}

napi_value environment_setup(napi_env env, napi_callback_info info) {
  napi_value argument;
  if (!read_arguments(env, info, 1, &argument)) {
    return NULL;
  }
  struct environment *environment = environment_of(env);
  if (environment == NULL) {
    return NULL;
  }
  /* What is there stays until all of the new one is known: sockets may be open. */
  struct configuration configuration = {0};
  if (!read_configuration(env, argument, &configuration)) {
    forget_configuration(env, &configuration);
    return NULL;
  }
  forget_configuration(env, &environment->configuration);
  environment->configuration = configuration;
  environment->configured = true;
  return NULL;
}
