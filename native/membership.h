/* Multicast groups. */
#ifndef VOLLEY_MEMBERSHIP_H
#define VOLLEY_MEMBERSHIP_H

#include <node_api.h>

/* `setMembership(owner, join, group, interfaceAddress, source)`, src/drivers/linux/addon.ts. */
napi_value membership_set(napi_env env, napi_callback_info info);

#endif
