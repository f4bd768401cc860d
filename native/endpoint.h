/* The two ends of a socket, and addresses for JavaScript. */
#ifndef VOLLEY_ENDPOINT_H
#define VOLLEY_ENDPOINT_H

#include <node_api.h>

/* Functions of the addon, see src/drivers/linux/addon.ts. */
napi_value endpoint_connect(napi_env env, napi_callback_info info);
napi_value endpoint_disconnect(napi_env env, napi_callback_info info);
napi_value endpoint_local(napi_env env, napi_callback_info info);
napi_value endpoint_remote(napi_env env, napi_callback_info info);
napi_value endpoint_parse(napi_env env, napi_callback_info info);
napi_value endpoint_format(napi_env env, napi_callback_info info);

#endif
