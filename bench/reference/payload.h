#ifndef REFERENCE_PAYLOAD_H
#define REFERENCE_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * The payloads that all contestants send and check, so that a datagram which was altered, cut or
 * glued to another is noticed by whoever receives it.
 *
 *   bytes 0..3   index, 0..255, 32 bits little-endian: which of the 256 prepared payloads this is
 *   byte j > 3   (index * 31 + j) & 0xff
 *
 * The client puts a sequence number in place of bytes 4..11, 64 bits little-endian, counted for
 * each of its sockets from 0; its index is the sequence number's lowest 8 bits.
 *
 * All payloads have one size, or mixed sizes as a resolver's answers have: many small, few large,
 * 44..1232 bytes (1232 is what resolvers offer in EDNS since the DNS flag day of 2020). The index
 * chooses the size, in arithmetic of unsigned 32 bits:
 *
 *   h = (index + 1) * 0x9e3779b1
 *   h = (h ^ (h >> 15)) * 0x85ebca77
 *   r = h >> 16
 *   size = 44 + ((((r * r) >> 16) * 1189) >> 16)
 */
enum {
  PAYLOADS = 256,
  PAYLOAD_INDEX_BYTES = 4,
  PAYLOAD_SEQUENCE_END = 12,
  /* At most this many payloads make a run, and this many bytes. */
  RUN_DATAGRAMS = 128,
  RUN_BYTES = 65000,
};

/* All payloads end to end; the first few again at the end, so that a run may wrap around. */
struct payloads {
  size_t size; /* 0: mixed */
  unsigned char *bytes;
  size_t offsets[PAYLOADS + RUN_DATAGRAMS + 1];
};

/* Payloads that lie end to end: all of `segment` bytes, but the last may be shorter. */
struct run {
  unsigned char *bytes;
  size_t length;
  size_t segment;
  unsigned datagrams;
};

/* Prepares all payloads; `size` 0 means mixed sizes. */
void payloads_prepare(struct payloads *payloads, size_t size);

/* Bytes of payload `index`, 0..255. */
size_t payload_size(const struct payloads *payloads, unsigned index);

/* Bytes of the largest payload. */
size_t payload_largest(const struct payloads *payloads);

/* The longest run from payload `index` (0..255) on, of at most `limit` payloads. */
struct run payload_run(const struct payloads *payloads, unsigned index, unsigned limit);

/* How many of the payloads in `run` are not what was prepared. */
unsigned payload_count_altered(const struct payloads *payloads, const struct run *run);

/* Writes the payload that carries `sequence` to `target`; how many bytes it has. */
size_t payload_write_numbered(const struct payloads *payloads, uint64_t sequence,
                              unsigned char *target);

/* Whether the bytes are a numbered payload, unaltered. Puts its number into `*sequence`. */
int payload_read_numbered(const struct payloads *payloads, const unsigned char *bytes,
                          size_t length, uint64_t *sequence);

#endif
