/* What the kernel offers, each thing tried on a loopback socket of its own: for `volley doctor`. */
#ifndef VOLLEY_PROBE_H
#define VOLLEY_PROBE_H

#include <node_api.h>

/* Function of the addon, see src/drivers/linux/addon.ts. */
napi_value probe_features(napi_env env, napi_callback_info info);

#endif
