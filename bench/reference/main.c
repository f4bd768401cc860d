/*
 * reference: the most that UDP sockets of this kernel can do, in C: the limit that the benchmark
 * compares with, and the other end of every workload. All of it over 127.0.0.1.
 *
 *   reference sink   --size S [--ports N]
 *   reference source --size S --port P[,P...] [--seconds T] [--count N] [--connected 1] [--rate R]
 *   reference echo
 *   reference client --size S --port P [--peers N] [--inflight K] [--seconds T] [--count N]
 *                    [--warmup T]
 *
 * Every line on stdout is a JSON object. Whatever goes wrong is a sentence on stderr, exit code 1.
 *
 * sink    Binds N sockets (1), prints {"ports":[...]} and receives until its stdin is closed. Then
 *         {"received","altered","bytes","seconds","cpu","dropped"}: datagrams; those whose length
 *         or content is wrong; bytes of payload; from the first batch to the last; CPU seconds
 *         since the ports were printed; what the kernel dropped because a buffer was full, where
 *         glued datagrams count as one (what was sent less what was received is the true loss).
 * source  Sends as fast as it can for T seconds (1), or N datagrams, or R datagrams a second. With
 *         several ports they take turns, and each round has one payload. Then
 *         {"sent","seconds","cpu","refused"}; refused: how often nobody listened.
 * echo    Binds a socket, prints {"ports":[p]} and answers until its stdin is closed. Then
 *         {"received","sent","cpu"}.
 * client  Opens N (1) connected sockets, of which each keeps K (1) datagrams in flight, for T
 *         seconds (1) or up to N replies, after a warm-up (0.5 s). Then {"replies","lost",
 *         "altered","misplaced","seconds","p50","p99","p999","cpu"}. Percentiles are of the round
 *         trip, in microseconds, good to 1 %, from before the send call to after the receive call.
 *         The warm-up counts for lost, altered and misplaced alone. Another datagram takes the
 *         place of one that has no reply after a second. Lost is what was overtaken by the reply
 *         to a later one, and what has not come when nothing came for three seconds at the end.
 *
 * For all: --size S (64, bytes of each payload) or --sizes mixed; payload.h says what is in them.
 * --gso 0 and --gro 0 switch segmentation and its counterpart off; --cpu C pins the process to that
 * core; --batch B is messages a sendmmsg call, --slots B messages a recvmmsg call.
 */
/* For sched_setaffinity. */
#define _GNU_SOURCE

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint.h"
#include "failure.h"
#include "modes.h"
#include "options.h"

static const struct {
  const char *name;
  void (*run)(const struct options *options);
} modes[] = {
    {"sink", sink_run},
    {"source", source_run},
    {"echo", echo_run},
    {"client", client_run},
};

static void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((unsigned)cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    warn("cannot run on core %d alone, so it runs on any", cpu);
  }
}

void print_ports(const int *sockets, unsigned count) {
  printf("{\"ports\":[");
  for (unsigned place = 0; place < count; place++) {
    printf("%s%d", place == 0 ? "" : ",", endpoint_port(sockets[place]));
  }
  printf("]}\n");
  if (fflush(stdout) != 0) {
    fail_call("cannot write to stdout");
  }
}

int main(int count, char **words) {
  if (count < 2) {
    fail("say what to be: sink, source, echo or client");
  }
  for (size_t place = 0; place < sizeof modes / sizeof *modes; place++) {
    if (strcmp(modes[place].name, words[1]) == 0) {
      static struct options options;
      options_read(&options, count - 2, words + 2);
      if (options.cpu >= 0) {
        pin(options.cpu);
      }
      endpoint_allow_many();
      modes[place].run(&options);
      if (fflush(stdout) != 0) {
        fail_call("cannot write to stdout");
      }
      return EXIT_SUCCESS;
    }
  }
  fail("there is no '%s'; say sink, source, echo or client", words[1]);
}
