#include "payload.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "failure.h"

enum { MIXED_SMALLEST = 44, MIXED_SIZES = 1189 };

static size_t mixed_size(uint32_t index) {
  uint32_t hash = (index + 1) * UINT32_C(0x9e3779b1);
  hash = (hash ^ (hash >> 15)) * UINT32_C(0x85ebca77);
  uint32_t random = hash >> 16;
  return MIXED_SMALLEST + ((((random * random) >> 16) * MIXED_SIZES) >> 16);
}

static void write_payload(unsigned char *target, size_t size, uint32_t index) {
  uint32_t stored = htole32(index);
  memcpy(target, &stored, sizeof stored);
  for (size_t position = sizeof stored; position < size; position++) {
    target[position] = (unsigned char)(index * 31 + position);
  }
}

void payloads_prepare(struct payloads *payloads, size_t size) {
  enum { PREPARED = PAYLOADS + RUN_DATAGRAMS };
  payloads->size = size;
  payloads->offsets[0] = 0;
  for (unsigned place = 0; place < PREPARED; place++) {
    size_t bytes = size == 0 ? mixed_size(place % PAYLOADS) : size;
    payloads->offsets[place + 1] = payloads->offsets[place] + bytes;
  }
  payloads->bytes = allocate(payloads->offsets[PREPARED], 1);
  for (unsigned place = 0; place < PREPARED; place++) {
    size_t offset = payloads->offsets[place];
    write_payload(payloads->bytes + offset, payloads->offsets[place + 1] - offset,
                  place % PAYLOADS);
  }
}

size_t payload_size(const struct payloads *payloads, unsigned index) {
  return payloads->offsets[index + 1] - payloads->offsets[index];
}

size_t payload_largest(const struct payloads *payloads) {
  size_t largest = 0;
  for (unsigned index = 0; index < PAYLOADS; index++) {
    size_t size = payload_size(payloads, index);
    largest = size > largest ? size : largest;
  }
  return largest;
}

/* How many payloads of mixed sizes make a run: equal ones, and a shorter one that closes it. */
static unsigned count_mixed(const struct payloads *payloads, unsigned index, unsigned limit) {
  size_t segment = payload_size(payloads, index);
  unsigned count = 1;
  while (count < limit && payload_size(payloads, index + count) == segment) {
    count++;
  }
  if (count < limit && payload_size(payloads, index + count) < segment) {
    count++;
  }
  return count;
}

struct run payload_run(const struct payloads *payloads, unsigned index, unsigned limit) {
  size_t segment = payload_size(payloads, index);
  size_t fitting = RUN_BYTES / segment;
  size_t most = fitting < RUN_DATAGRAMS ? fitting : RUN_DATAGRAMS;
  unsigned count = limit < most ? limit : (unsigned)most;
  if (count == 0) {
    count = 1; /* a datagram larger than RUN_BYTES goes alone */
  } else if (payloads->size == 0) {
    count = count_mixed(payloads, index, count);
  }
  return (struct run){
      .bytes = payloads->bytes + payloads->offsets[index],
      .length = payloads->offsets[index + count] - payloads->offsets[index],
      .segment = segment,
      .datagrams = count,
  };
}

static uint32_t read_index(const unsigned char *bytes) {
  uint32_t stored;
  memcpy(&stored, bytes, sizeof stored);
  return le32toh(stored);
}

static bool is_prepared(const struct payloads *payloads, const unsigned char *bytes,
                        size_t length) {
  if (length < PAYLOAD_INDEX_BYTES) {
    return false;
  }
  uint32_t index = read_index(bytes);
  return index < PAYLOADS && length == payload_size(payloads, index) &&
         memcmp(bytes, payloads->bytes + payloads->offsets[index], length) == 0;
}

/* Whether a run of one size is the very run that was prepared: one comparison for all of it. */
static bool is_prepared_run(const struct payloads *payloads, const struct run *run) {
  if (run->segment != payloads->size || run->length != run->datagrams * run->segment ||
      run->datagrams > RUN_DATAGRAMS) {
    return false;
  }
  uint32_t index = read_index(run->bytes);
  return index < PAYLOADS &&
         memcmp(run->bytes, payloads->bytes + payloads->offsets[index], run->length) == 0;
}

unsigned payload_count_altered(const struct payloads *payloads, const struct run *run) {
  if (is_prepared_run(payloads, run)) {
    return 0;
  }
  unsigned altered = 0;
  const unsigned char *bytes = run->bytes;
  size_t left = run->length;
  for (unsigned count = 0; count < run->datagrams; count++) {
    size_t length = left < run->segment ? left : run->segment;
    altered += is_prepared(payloads, bytes, length) ? 0 : 1;
    bytes += length;
    left -= length;
  }
  return altered;
}

size_t payload_write_numbered(const struct payloads *payloads, uint64_t sequence,
                              unsigned char *target) {
  unsigned index = (unsigned)(sequence % PAYLOADS);
  size_t size = payload_size(payloads, index);
  uint64_t stored = htole64(sequence);
  memcpy(target, payloads->bytes + payloads->offsets[index], size);
  memcpy(target + PAYLOAD_INDEX_BYTES, &stored, sizeof stored);
  return size;
}

int payload_read_numbered(const struct payloads *payloads, const unsigned char *bytes,
                          size_t length, uint64_t *sequence) {
  if (length < PAYLOAD_SEQUENCE_END) {
    return false;
  }
  uint64_t stored;
  memcpy(&stored, bytes + PAYLOAD_INDEX_BYTES, sizeof stored);
  *sequence = le64toh(stored);
  uint32_t index = read_index(bytes);
  return index == *sequence % PAYLOADS && length == payload_size(payloads, index) &&
         memcmp(bytes + PAYLOAD_SEQUENCE_END,
                payloads->bytes + payloads->offsets[index] + PAYLOAD_SEQUENCE_END,
                length - PAYLOAD_SEQUENCE_END) == 0;
}
