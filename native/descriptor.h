/* Descriptors that come from outside: taking them over, copying them, telling what they are. */
#ifndef VOLLEY_DESCRIPTOR_H
#define VOLLEY_DESCRIPTOR_H

#include <node_api.h>

/* Functions of the addon, see src/drivers/linux/addon.ts. */
napi_value descriptor_adopt(napi_env env, napi_callback_info info);
napi_value descriptor_duplicate(napi_env env, napi_callback_info info);
napi_value descriptor_number(napi_env env, napi_callback_info info);
napi_value descriptor_describe(napi_env env, napi_callback_info info);

#endif
