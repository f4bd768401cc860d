#ifndef REFERENCE_MODES_H
#define REFERENCE_MODES_H

#include "options.h"

/* main.c describes what each does and prints. */
void sink_run(const struct options *options);
void source_run(const struct options *options);
void echo_run(const struct options *options);
void client_run(const struct options *options);

/* Prints {"ports":[...]}: the sockets are open, datagrams may come. */
void print_ports(const int *sockets, unsigned count);

#endif
