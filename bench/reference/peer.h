#ifndef REFERENCE_PEER_H
#define REFERENCE_PEER_H

#include <stdint.h>

#include "clock.h"
#include "histogram.h"
#include "outbox.h"
#include "payload.h"

/* Nanoseconds after which a datagram without a reply is overdue. */
enum { PEER_PATIENCE = NANOSECONDS_A_SECOND };

/* What the replies were like, all peers together. */
struct tally {
  uint64_t replies;
  uint64_t lost;
  uint64_t altered;
  uint64_t misplaced;
  struct histogram round_trips;
};

/*
 * One socket connected to the echo server. Its datagrams are numbered; those from `answered` up to
 * `next` wait for a reply, and at most `window` of them are in flight. A machine may stand still
 * for a while, so one that waits for long is overdue, not lost: it leaves the window for another,
 * and its reply is still welcome as long as it comes before the replies to later ones.
 */
struct peer {
  int fd;
  unsigned window;
  uint64_t answered; /* all below have been answered, or overtaken */
  uint64_t overdue;  /* all below have left the window, answered or not */
  uint64_t next;
  uint64_t *sent_at; /* by sequence number modulo `window` */
};

void peer_open(struct peer *peer, uint16_t server, unsigned window, bool gro);

/* Sends as many datagrams as the window allows; `scratch` has room for `window` payloads. */
void peer_fill_window(struct peer *peer, const struct payloads *payloads, struct outbox *outbox,
                      unsigned char *scratch);

/* Checks replies that came at `now`. One that overtakes others means that those are lost; should
   they come later all the same, they are misplaced. */
void peer_take_replies(struct peer *peer, const struct payloads *payloads,
                       const struct run *replies, uint64_t now, struct tally *tally);

/* Makes room in the window for what was sent before `moment` and has no reply. */
void peer_mark_overdue(struct peer *peer, uint64_t moment);

/* How many datagrams have no reply, nor have they been overtaken. */
uint64_t peer_unanswered(const struct peer *peer);

#endif
