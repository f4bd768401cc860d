#include "callback.h"

#include "environment.h"
#include "node_api_helpers.h"

/* The JavaScript function that report_exception calls. */
static napi_value raise_uncaught(napi_env env, napi_callback_info info) {
  napi_value exception = NULL;
  if (read_arguments(env, info, 1, &exception)) {
    TRY(env, napi_fatal_exception(env, exception));
  }
  return NULL;
}

/*
 * An exception of a handler becomes the process's 'uncaughtException' at once, as it does in Node,
 * so that what follows in the batch is still delivered; and in the async context of the socket, so
 * that AsyncLocalStorage tells there on whose behalf it was. On Node 24 and later only
 * napi_make_callback carries that context (napi_open_callback_scope does not), hence the function.
 * Without a handler the process exits inside; a worker comes back, unable to run JavaScript.
 */
static bool report_exception(struct udp_socket *socket, napi_value exception) {
  napi_env env = socket->environment->env;
  napi_value owner = NULL;
  napi_value function = NULL;
  return napi_get_reference_value(env, socket->owner, &owner) == napi_ok &&
         napi_create_function(env, NULL, 0, raise_uncaught, NULL, &function) == napi_ok &&
         napi_make_callback(env, socket->async_context, owner, function, 1, &exception, NULL) ==
             napi_ok;
}

static enum callback_outcome settle(struct udp_socket *socket, napi_status status) {
  if (status == napi_ok) {
    return CALLBACK_RETURNED;
  }
  napi_env env = socket->environment->env;
  bool reported = false;
  /* Reporting runs the ticks that are left, and each may throw in its turn. */
  while (!reported) {
    bool pending = false;
    napi_value exception = NULL;
    if (napi_is_exception_pending(env, &pending) != napi_ok || !pending ||
        napi_get_and_clear_last_exception(env, &exception) != napi_ok) {
      return CALLBACK_IMPOSSIBLE;
    }
    reported = report_exception(socket, exception);
  }
  return CALLBACK_THREW;
}

enum callback_outcome callback_in_scope(struct udp_socket *socket, napi_value owner,
                                        napi_value function, size_t count,
                                        const napi_value *arguments, napi_value *result) {
  napi_env env = socket->environment->env;
  return settle(socket, napi_make_callback(env, socket->async_context, owner, function, count,
                                        arguments, result));
}

enum callback_outcome callback_plain(struct udp_socket *socket, napi_value owner,
                                     napi_value function, size_t count,
                                     const napi_value *arguments, napi_value *result) {
  napi_env env = socket->environment->env;
  return settle(socket, napi_call_function(env, owner, function, count, arguments, result));
}

enum callback_outcome callback_notify(struct udp_socket *socket, napi_value owner,
                                      napi_ref function) {
  napi_value value = NULL;
  MUST(napi_get_reference_value(socket->environment->env, function, &value));
  return callback_in_scope(socket, owner, value, 0, NULL, NULL);
}

enum callback_outcome callback_notify_number(struct udp_socket *socket, napi_value owner,
                                             napi_ref function, int32_t number) {
  napi_env env = socket->environment->env;
  napi_value value = NULL;
  napi_value argument = NULL;
  MUST(napi_get_reference_value(env, function, &value));
  MUST(napi_create_int32(env, number, &argument));
  return callback_in_scope(socket, owner, value, 1, &argument, NULL);
}
