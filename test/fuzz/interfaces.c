#include "interfaces.h"

#include <errno.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
  uint32_t index;
  const char *name;
} INTERFACES[] = {
    {1, "lo"},
    {2, "eth0"},
    /* As long as a name may be (IF_NAMESIZE). */
    {3, "fifteen-letters"},
    {19, "a%b"},
    {999999999, "last"},
    /* A number that is a name, though not of the interface of that number. */
    {77, "78"},
};

enum { COUNT = sizeof INTERFACES / sizeof INTERFACES[0] };

uint32_t interface_index(const char *name) {
  for (size_t place = 0; place < COUNT; place++) {
    if (strcmp(INTERFACES[place].name, name) == 0) {
      return INTERFACES[place].index;
    }
  }
  return 0;
}

const char *interface_name(uint32_t index) {
  for (size_t place = 0; place < COUNT; place++) {
    if (INTERFACES[place].index == index) {
      return INTERFACES[place].name;
    }
  }
  return NULL;
}

/* These take the place of those of the C library, since the linker finds them first. */
unsigned int if_nametoindex(const char *name) {
  errno = ENODEV;
  return interface_index(name);
}

char *if_indextoname(unsigned int index, char name[IF_NAMESIZE]) {
  const char *found = interface_name(index);
  if (found == NULL) {
    errno = ENXIO;
    return NULL;
  }
  (void)snprintf(name, IF_NAMESIZE, "%s", found);
  return name;
}
