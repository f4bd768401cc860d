/* Socket options that carry one value. */
#ifndef VOLLEY_OPTIONS_H
#define VOLLEY_OPTIONS_H

#include <node_api.h>

/* Functions of the addon, see src/drivers/linux/addon.ts. */
napi_value options_set(napi_env env, napi_callback_info info);
napi_value options_get(napi_env env, napi_callback_info info);
napi_value options_set_multicast_interface(napi_env env, napi_callback_info info);
napi_value options_drop_count(napi_env env, napi_callback_info info);

#endif
