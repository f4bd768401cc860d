#include "modes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "endpoint.h"
#include "failure.h"
#include "inbox.h"
#include "outbox.h"
#include "payload.h"
#include "peer.h"
#include "waiter.h"

enum { CLIENT_SLOTS = 64 };

/* How often to look for overdue datagrams, and how long a silence at the end means that the rest is
   lost: longer than a busy machine stands still. */
enum { OVERDUE_EVERY = 100 * NANOSECONDS_A_MILLISECOND, SILENCE_SECONDS = 3 };

struct client {
  struct payloads payloads;
  struct inbox inbox;
  struct outbox outbox;
  struct waiter waiter;
  struct peer *peers;
  unsigned peer_count;
  unsigned char *scratch;
  uint64_t next_look_for_overdue;
  struct tally tally;
};

static void check_options(const struct options *options, const struct payloads *payloads) {
  if (options->destination_count != 1) {
    fail("client needs --port P, the one port of the echo server");
  }
  for (unsigned index = 0; index < PAYLOADS; index++) {
    if (payload_size(payloads, index) < PAYLOAD_SEQUENCE_END) {
      fail("client needs --size %d or more: a sequence number travels in bytes 4 to 11",
           PAYLOAD_SEQUENCE_END);
    }
  }
}

static void open_peers(struct client *client, const struct options *options) {
  int *sockets = allocate(options->peers, sizeof *sockets);
  client->peer_count = options->peers;
  client->peers = allocate(options->peers, sizeof *client->peers);
  for (unsigned place = 0; place < options->peers; place++) {
    peer_open(&client->peers[place], options->destinations[0], options->inflight, options->gro);
    sockets[place] = client->peers[place].fd;
  }
  waiter_open(&client->waiter, sockets, options->peers);
  free(sockets);
}

static void open_client(struct client *client, const struct options *options) {
  payloads_prepare(&client->payloads, options->size);
  check_options(options, &client->payloads);
  open_peers(client, options);
  unsigned slots = options->inflight < CLIENT_SLOTS ? options->inflight : CLIENT_SLOTS;
  inbox_open(&client->inbox, options->slots > 0 ? options->slots : slots, false);
  bool gso = options->gso && endpoint_can_segment(client->peers[0].fd);
  outbox_open(&client->outbox, options->inflight, gso);
  client->scratch = allocate(options->inflight, payload_largest(&client->payloads));
}

/* Takes what a peer was answered, once. */
static void receive(struct client *client, struct peer *peer) {
  int filled = inbox_receive(&client->inbox, peer->fd, client->waiter.flags);
  if (filled == -1) {
    fail("nobody listens at the echo server's port (ECONNREFUSED); is it still running?");
  }
  uint64_t now = clock_now();
  for (int slot = 0; slot < filled; slot++) {
    struct run run = inbox_run(&client->inbox, slot);
    peer_take_replies(peer, &client->payloads, &run, now, &client->tally);
  }
}

static void fill_window(struct client *client, struct peer *peer) {
  peer_fill_window(peer, &client->payloads, &client->outbox, client->scratch);
}

static void replace_overdue(struct client *client, uint64_t now) {
  if (now < client->next_look_for_overdue) {
    return;
  }
  client->next_look_for_overdue = now + OVERDUE_EVERY;
  for (unsigned place = 0; place < client->peer_count; place++) {
    struct peer *peer = &client->peers[place];
    peer_mark_overdue(peer, now - PEER_PATIENCE);
    fill_window(client, peer);
  }
}

/* Keeps all windows full until `deadline`, or until there are `count` replies. */
static void converse(struct client *client, uint64_t deadline, uint64_t count) {
  for (uint64_t now = clock_now(); now < deadline && client->tally.replies < count;
       now = clock_now()) {
    unsigned ready = waiter_wait(&client->waiter);
    for (unsigned place = 0; place < ready; place++) {
      struct peer *peer = &client->peers[client->waiter.sockets[place]];
      receive(client, peer);
      fill_window(client, peer);
    }
    replace_overdue(client, now);
  }
}

static uint64_t count_unanswered(const struct client *client) {
  uint64_t unanswered = 0;
  for (unsigned place = 0; place < client->peer_count; place++) {
    unanswered += peer_unanswered(&client->peers[place]);
  }
  return unanswered;
}

/* Waits for the replies that are missing, until there is silence. What has not come is lost. */
static void drain(struct client *client) {
  uint64_t silence = clock_nanoseconds(SILENCE_SECONDS);
  uint64_t missing = count_unanswered(client);
  uint64_t last_reply = clock_now();
  while (missing > 0 && clock_now() < last_reply + silence) {
    unsigned ready = waiter_wait(&client->waiter);
    for (unsigned place = 0; place < ready; place++) {
      receive(client, &client->peers[client->waiter.sockets[place]]);
    }
    uint64_t still_missing = count_unanswered(client);
    if (still_missing < missing) {
      last_reply = clock_now();
    }
    missing = still_missing;
  }
  client->tally.lost += missing;
}

void client_run(const struct options *options) {
  static struct client client; /* lives as long as the process, and so does all that it holds */
  struct tally *tally = &client.tally;
  open_client(&client, options);
  replace_overdue(&client, clock_now()); /* nothing is in flight yet: this fills the windows */
  converse(&client, clock_now() + clock_nanoseconds(options->warmup), UINT64_MAX);
  /* What goes wrong while warming up goes wrong all the same, so only these start anew. */
  tally->replies = 0;
  memset(&tally->round_trips, 0, sizeof tally->round_trips);

  uint64_t cpu = clock_cpu();
  uint64_t start = clock_now();
  converse(&client, start + clock_nanoseconds(options->seconds),
           options->count > 0 ? options->count : UINT64_MAX);
  uint64_t end = clock_now();
  cpu = clock_cpu() - cpu;
  uint64_t replies = tally->replies;
  double p50 = histogram_microseconds(&tally->round_trips, 0.5);
  double p99 = histogram_microseconds(&tally->round_trips, 0.99);
  double p999 = histogram_microseconds(&tally->round_trips, 0.999);

  drain(&client);
  printf("{\"replies\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"altered\":%" PRIu64
         ",\"misplaced\":%" PRIu64 ",\"seconds\":%.6f,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f"
         ",\"cpu\":%.6f}\n",
         replies, tally->lost, tally->altered, tally->misplaced, clock_seconds(end - start), p50,
         p99, p999, clock_seconds(cpu));
}
