/* The addon's table of functions: the `Addon` interface of src/drivers/linux/addon.ts. */
#include <node_api.h>

#include "descriptor.h"
#include "dispatch.h"
#include "endpoint.h"
#include "environment.h"
#include "membership.h"
#include "node_api_helpers.h"
#include "options.h"
#include "probe.h"
#include "send.h"
#include "socket.h"

#define FUNCTION(name, callback) \
  { name, NULL, callback, NULL, NULL, NULL, napi_enumerable, NULL }

static const napi_property_descriptor FUNCTIONS[] = {
    FUNCTION("setup", environment_setup),
    FUNCTION("create", socket_create),
    FUNCTION("bind", socket_bind),
    FUNCTION("adopt", descriptor_adopt),
    FUNCTION("duplicate", descriptor_duplicate),
    FUNCTION("descriptor", descriptor_number),
    FUNCTION("connect", endpoint_connect),
    FUNCTION("disconnect", endpoint_disconnect),
    FUNCTION("localAddress", endpoint_local),
    FUNCTION("remoteAddress", endpoint_remote),
    FUNCTION("startReceiving", dispatch_start),
    FUNCTION("stopReceiving", dispatch_stop),
    FUNCTION("send", send_datagrams),
    FUNCTION("setOption", options_set),
    FUNCTION("getOption", options_get),
    FUNCTION("setMulticastInterface", options_set_multicast_interface),
    FUNCTION("setMembership", membership_set),
    FUNCTION("dropCount", options_drop_count),
    FUNCTION("ref", socket_ref),
    FUNCTION("unref", socket_unref),
    FUNCTION("hasRef", socket_has_ref),
    FUNCTION("close", socket_close_function),
    FUNCTION("parseAddress", endpoint_parse),
    FUNCTION("formatAddress", endpoint_format),
    FUNCTION("describeDescriptor", descriptor_describe),
    FUNCTION("supportsSegmentation", send_supports_segmentation),
    FUNCTION("probe", probe_features),
};

NAPI_MODULE_INIT() {
  if (environment_create(env) == NULL) {
    return NULL;
  }
  TRY(env, napi_define_properties(env, exports, sizeof FUNCTIONS / sizeof FUNCTIONS[0], FUNCTIONS));
  return exports;
}
