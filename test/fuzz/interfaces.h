/* Network interfaces that are the same on every machine; in the place of the kernel's. */
#ifndef VOLLEY_FUZZ_INTERFACES_H
#define VOLLEY_FUZZ_INTERFACES_H

#include <stdint.h>

/* The index of an interface; 0 for none of that name. */
uint32_t interface_index(const char *name);

/* Its name; NULL for none of that index. */
const char *interface_name(uint32_t index);

#endif
