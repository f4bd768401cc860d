#include "peer.h"

#include "endpoint.h"
#include "failure.h"

void peer_open(struct peer *peer, uint16_t server, unsigned window, bool gro) {
  *peer = (struct peer){
      .fd = endpoint_open(),
      .window = window,
      .sent_at = allocate(window, sizeof *peer->sent_at),
  };
  if (gro) {
    endpoint_set_gro(peer->fd);
  }
  endpoint_connect(peer->fd, server);
}

uint64_t peer_unanswered(const struct peer *peer) {
  return peer->next - peer->answered;
}

void peer_fill_window(struct peer *peer, const struct payloads *payloads, struct outbox *outbox,
                      unsigned char *scratch) {
  uint64_t end = peer->overdue + peer->window;
  if (peer->next == end) {
    return;
  }
  outbox->fd = peer->fd;
  uint64_t now = clock_now();
  for (; peer->next < end; peer->next++) {
    size_t length = payload_write_numbered(payloads, peer->next, scratch);
    struct run run = {.bytes = scratch, .length = length, .segment = length, .datagrams = 1};
    outbox_add(outbox, NULL, &run);
    peer->sent_at[peer->next % peer->window] = now;
    scratch += length;
  }
  outbox_flush(outbox);
}

/* When an overdue datagram left is forgotten: its round trip counts with the time it had. */
static uint64_t round_trip(const struct peer *peer, uint64_t sequence, uint64_t now) {
  return sequence < peer->overdue ? PEER_PATIENCE
                                  : now - peer->sent_at[sequence % peer->window];
}

static void take_reply(struct peer *peer, uint64_t sequence, uint64_t now, struct tally *tally) {
  if (sequence < peer->answered || sequence >= peer->next) {
    tally->misplaced++;
    return;
  }
  tally->lost += sequence - peer->answered;
  tally->replies++;
  histogram_add(&tally->round_trips, round_trip(peer, sequence, now));
  peer->answered = sequence + 1;
  if (peer->overdue < peer->answered) {
    peer->overdue = peer->answered;
  }
}

void peer_take_replies(struct peer *peer, const struct payloads *payloads,
                       const struct run *replies, uint64_t now, struct tally *tally) {
  const unsigned char *bytes = replies->bytes;
  size_t left = replies->length;
  for (unsigned count = 0; count < replies->datagrams; count++) {
    size_t length = left < replies->segment ? left : replies->segment;
    uint64_t sequence;
    if (payload_read_numbered(payloads, bytes, length, &sequence)) {
      take_reply(peer, sequence, now, tally);
    } else {
      tally->altered++;
    }
    bytes += length;
    left -= length;
  }
}

void peer_mark_overdue(struct peer *peer, uint64_t moment) {
  while (peer->overdue < peer->next && peer->sent_at[peer->overdue % peer->window] < moment) {
    peer->overdue++;
  }
}
