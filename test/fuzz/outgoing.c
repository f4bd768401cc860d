/*
 * Sending, with a kernel that the input drives: what it takes, how much of it, errors, interruptions. Each datagram
 * is offered in order until it is taken or refused, is taken once at the most, and is told of once, with the errno that
 * the kernel gave for it.
 */
/* The code itself, not its object: what it knows of this process (`batch_call`) begins anew with each input. */
#include "../../native/outgoing.c"

#include "support.h"

enum {
  MOST_DATAGRAMS = 512,
  /* More calls than any input can ask for: whoever makes so many goes round in circles. */
  MOST_SYSTEM_CALLS = 100000,
};

static struct {
  /* Where each payload begins; one more than there are datagrams. */
  size_t offsets[MOST_DATAGRAMS + 1];
  /* The last octet of each destination, 0 for the connected peer. */
  uint8_t destinations[MOST_DATAGRAMS];
  size_t count;
  bool connected;
  int deferred_error;
} program;

/* Never looked into: that each message lies where its datagrams do is known by its place and length. */
static unsigned char payloads[MOST_DATAGRAMS * UINT16_MAX];

static struct {
  struct input *input;
  /* The first datagram that it has not taken, nor was told of as failed. */
  size_t next;
  /* What it said last of that datagram, a negative errno. */
  int last_error;
  /* The same where it is said for good, and so has to be told; else 0. */
  int owed;
  /* It refused a group for being one. */
  bool refused_group;
  uint32_t calls;
} kernel;

static const int ERRORS[] = {EAGAIN, ENOBUFS, EINTR,  EPERM,    ENOSYS,      EINVAL,   EIO,
                             EMSGSIZE, EOPNOTSUPP, ECONNREFUSED, ENETUNREACH, ENOMEM, EACCES};

enum { ERROR_COUNT = sizeof ERRORS / sizeof ERRORS[0] };

static void check_destination(const struct msghdr *header, uint8_t destination) {
  if (destination == 0) {
    CHECK(header->msg_name == NULL && header->msg_namelen == 0);
    return;
  }
  const struct sockaddr_in *address = header->msg_name;
  CHECK(header->msg_namelen == sizeof *address && address->sin_family == AF_INET);
  CHECK(ntohl(address->sin_addr.s_addr) == destination);
}

/* The segment size of a message, 0 for none; by the bytes, as in control.c. */
static uint16_t segment_of(const struct msghdr *header) {
  uint16_t segment = 0;
  if (header->msg_control == NULL) {
    CHECK(header->msg_controllen == 0);
    return 0;
  }
  CHECK(header->msg_controllen == 24);
  memcpy(&segment, (const unsigned char *)header->msg_control + 16, sizeof segment);
  CHECK(segment > 0);
  return segment;
}

/* How many datagrams a message is; each has to be the one whose turn it is. */
static size_t check_message(const struct msghdr *header, size_t first) {
  CHECK(header->msg_iovlen == 1);
  const unsigned char *start = header->msg_iov->iov_base;
  size_t length = header->msg_iov->iov_len;
  uint16_t segment = segment_of(header);
  size_t offset = (size_t)(start - payloads);
  size_t at = 0;
  size_t datagrams = 0;
  CHECK(first < program.count && offset == program.offsets[first]);
  /* What it said for good is told before it is asked again. */
  CHECK(kernel.owed == 0);
  do {
    CHECK(first + datagrams < program.count);
    size_t index = first + datagrams;
    size_t size = segment == 0 || length - at < segment ? length - at : segment;
    CHECK(size == program.offsets[index + 1] - program.offsets[index]);
    check_destination(header, program.destinations[index]);
    at += size;
    datagrams++;
  } while (at < length);
  CHECK((segment == 0) == (datagrams == 1));
  return datagrams;
}

/* The errno of a refusal, or 0. Behind the end of the input everything is taken. */
static int next_answer(void) {
  if (kernel.input->left == 0) {
    return 0;
  }
  uint8_t answer = take_byte(kernel.input);
  return answer < 128 ? 0 : ERRORS[answer % ERROR_COUNT];
}

static bool can_blame_segmentation(int error) {
  return error == EINVAL || error == EIO || error == EMSGSIZE || error == EOPNOTSUPP;
}

/* What of a refusal may be asked again: interruptions, no room, groups, and by `together` what a sandbox forbids. */
static int refuse(int error, bool group, bool together) {
  bool sandbox = together && (error == EPERM || error == ENOSYS);
  bool wait = error == EAGAIN || error == ENOBUFS;
  errno = error;
  if (error == EINTR || (together && error == ENOSYS)) {
    return -1;
  }
  kernel.last_error = -error;
  kernel.refused_group = kernel.refused_group || group;
  if (!sandbox && !wait && !(group && can_blame_segmentation(error))) {
    kernel.owed = -error;
  }
  return -1;
}

/* These two take the place of those of the C library, since the linker finds them first. */
ssize_t sendmsg(int fd, const struct msghdr *header, int flags) {
  (void)fd;
  CHECK(flags == MSG_DONTWAIT && ++kernel.calls < MOST_SYSTEM_CALLS);
  size_t datagrams = check_message(header, kernel.next);
  int error = next_answer();
  if (error == ENOSYS) {
    /* No system forbids this one and works. */
    error = EPERM;
  }
  if (error != 0) {
    return refuse(error, datagrams > 1, false);
  }
  kernel.next += datagrams;
  return (ssize_t)header->msg_iov->iov_len;
}

int sendmmsg(int fd, struct mmsghdr *headers, unsigned int count, int flags) {
  (void)fd;
  CHECK(flags == MSG_DONTWAIT && ++kernel.calls < MOST_SYSTEM_CALLS);
  /* An ICMP error that waits would be lost on a connected socket. */
  CHECK(!program.connected && count >= 2 && count <= CHUNK);
  size_t first = kernel.next;
  size_t lengths[CHUNK];
  for (unsigned int index = 0; index < count; index++) {
    lengths[index] = check_message(&headers[index].msg_hdr, first);
    first += lengths[index];
  }
  int error = next_answer();
  if (error != 0) {
    return refuse(error, lengths[0] > 1, true);
  }
  /* It should never say that nothing went, without an error. */
  unsigned int taken = kernel.input->left == 0 ? count : take_below(kernel.input, count + 1);
  for (unsigned int index = 0; index < taken; index++) {
    kernel.next += lengths[index];
  }
  return (int)taken;
}

static size_t size_of(size_t index) { return program.offsets[index + 1] - program.offsets[index]; }

/* Datagrams, drawn from the input in runs: so many of a size, to a destination. */
static void draw_datagrams(struct input *input) {
  size_t wanted = take_short(input) % (MOST_DATAGRAMS + 1);
  program.connected = take_below(input, 2) == 1;
  program.count = 0;
  program.offsets[0] = 0;
  while (program.count < wanted && input->left > 0) {
    uint8_t shape = take_byte(input);
    size_t run = 1 + (shape & 15U);
    size_t size = (shape & 16) != 0 ? take_short(input) : take_byte(input);
    uint8_t destination = program.connected ? 0 : (uint8_t)(1 + (shape >> 5) % 4);
    for (; run > 0 && program.count < wanted; run--) {
      program.destinations[program.count] = destination;
      program.count++;
      program.offsets[program.count] = program.offsets[program.count - 1] + size;
    }
  }
}

/* One past the last datagram of the group that begins with `first`, as src/drivers/linux/groups.ts makes them. */
static size_t group_end(size_t first, size_t most) {
  size_t segment = size_of(first);
  size_t end = first + 1;
  if (segment == 0) {
    return end;
  }
  while (end < program.count && end - first < most && size_of(end - 1) == segment &&
         size_of(end) <= segment && size_of(end) > 0 &&
         program.destinations[end] == program.destinations[first]) {
    end++;
  }
  return end;
}

static void write_record(uint32_t *record, size_t first, size_t end) {
  uint32_t destination = htonl(program.destinations[first]);
  memset(record, 0, RECORD_WORDS * sizeof *record);
  record[RECORD_LENGTH] = (uint32_t)(program.offsets[end] - program.offsets[first]);
  record[RECORD_SEGMENT] = end - first == 1 ? 0 : (uint32_t)size_of(first);
  record[RECORD_FAMILY] = destination == 0 ? RECORD_NO_ADDRESS : RECORD_IPV4;
  record[RECORD_ADDRESS] = destination;
}

/* Whether a group that was refused is one, and sending ended with it. */
static void check_refusal(const struct transmission *transmission, const size_t *starts,
                          uint32_t count) {
  if (transmission->refused == NO_GROUP) {
    return;
  }
  CHECK(transmission->refused < count && kernel.refused_group && transmission->result > 0);
  size_t first = starts[transmission->refused];
  size_t end = starts[transmission->refused + 1];
  CHECK(end - first > 1 && kernel.next > first && kernel.next <= end);
}

/* Sends once from the first datagram that was not told of. Returns how many are told of now. */
static size_t send_once(size_t told, size_t most) {
  /* Of just the size that is filled. */
  size_t starts[MAXIMUM_BATCH + 1];
  uint32_t count = 0;
  starts[0] = told;
  while (count < MAXIMUM_BATCH && starts[count] < program.count) {
    starts[count + 1] = group_end(starts[count], most);
    count++;
  }
  uint32_t *records = allocate((size_t)count * RECORD_WORDS * sizeof *records);
  for (uint32_t index = 0; index < count; index++) {
    write_record(records + (size_t)index * RECORD_WORDS, starts[index], starts[index + 1]);
  }
  struct outgoing outgoing = {records, payloads + program.offsets[told], count, 0};
  struct outlet outlet = {0, program.connected, &program.deferred_error};
  CHECK(outgoing_fits(&outgoing, program.offsets[program.count] - program.offsets[told]));
  kernel.refused_group = false;
  CHECK(program.deferred_error == kernel.owed);
  struct transmission transmission = outgoing_send(&outgoing, &outlet);
  free(records);
  check_refusal(&transmission, starts, count);
  if (transmission.result > 0) {
    CHECK(kernel.next == told + (size_t)transmission.result && program.deferred_error == kernel.owed);
    return kernel.next;
  }
  CHECK(transmission.result < 0 && transmission.result == kernel.last_error);
  CHECK(kernel.next == told && program.deferred_error == 0);
  if (!outgoing_must_wait(transmission.result)) {
    CHECK(kernel.owed == 0 || kernel.owed == transmission.result);
    kernel.owed = 0;
    kernel.next++;
  }
  return kernel.next;
}

/* Sends all of it, as the queue above does. */
static void check_sending(struct input *input) {
  draw_datagrams(input);
  kernel.next = 0;
  kernel.calls = 0;
  kernel.owed = 0;
  program.deferred_error = 0;
  size_t most = 1 + take_below(input, 128);
  size_t told = 0;
  while (told < program.count) {
    told = send_once(told, most);
  }
  CHECK(told == program.count && program.deferred_error == 0);
}

/* A number that is mostly small. */
static uint32_t take_number(struct input *input) {
  uint8_t kind = take_byte(input);
  return kind < 192 ? kind % 16 : kind < 240 ? take_short(input) : take_word(input);
}

/* Any records: those that are taken stay within the bytes. */
static void check_bounds(struct input *input) {
  uint32_t count = take_byte(input);
  size_t available = take_number(input);
  uint32_t *records = allocate((size_t)count * RECORD_WORDS * sizeof *records);
  for (size_t word = 0; word < (size_t)count * RECORD_WORDS; word++) {
    records[word] = take_number(input);
  }
  struct outgoing outgoing = {records, NULL, count, 0};
  uint64_t bytes = 0;
  uint64_t datagrams = 0;
  bool possible = count >= 1 && count <= MAXIMUM_BATCH;
  for (uint32_t index = 0; index < count; index++) {
    const uint32_t *record = records + (size_t)index * RECORD_WORDS;
    uint64_t length = record[RECORD_LENGTH];
    uint64_t segment = record[RECORD_SEGMENT];
    uint64_t group = segment == 0 || length == 0 ? 1 : (length + segment - 1) / segment;
    bytes += length;
    datagrams += group;
    possible = possible && segment <= 65535 && record[RECORD_PORT] <= 65535 && group <= 65535;
  }
  bool fits = outgoing_fits(&outgoing, available);
  CHECK(fits == (possible && bytes <= available));
  CHECK(!fits || datagrams <= INT32_MAX);
  free(records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, size};
  kernel.input = &input;
  batch_call = BATCH_CALL_UNTRIED;
  if (take_below(&input, 8) == 0) {
    check_bounds(&input);
  } else {
    check_sending(&input);
  }
  kernel.input = NULL;
  return 0;
}
