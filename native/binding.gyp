{
  'targets': [
    {
      'target_name': 'volley',
      'sources': [
        'module.c',
        'node_api_helpers.c',
        'environment.c',
        'callback.c',
        'address.c',
        'control.c',
        'arrivals.c',
        'outgoing.c',
        'socket.c',
        'descriptor.c',
        'endpoint.c',
        'receive.c',
        'dispatch.c',
        'send.c',
        'options.c',
        'membership.c',
        'probe.c',
      ],
      # Version 8 brings asynchronous cleanup hooks and type tags, and every supported Node has it:
      # one compiled addon serves all lines.
      'defines': ['NAPI_VERSION=8', '_GNU_SOURCE'],
      'cflags': [
        '-std=gnu11',
        '-Wall',
        '-Wextra',
        '-Werror',
        '-Wconversion',
        '-Wshadow',
        '-Wstrict-prototypes',
        '-fvisibility=hidden',
      ],
    },
  ],
}
