/*
 * Receiving, with a kernel that the input drives: counts, errors, interruptions, messages of any size, source,
 * control messages and flags. What comes out is what that kernel gave, less what was cut.
 */
/* The code itself, not its object: what it knows of this process (`batch_call_usable`) begins anew with each input. */
#include "../../native/arrivals.c"

#include <netinet/udp.h>

#include "support.h"

/* A message that the kernel gave. */
struct message {
  uint32_t length;
  uint32_t segment;
  bool whole;
  union socket_address source;
  socklen_t source_length;
};

static struct {
  struct input *input;
  struct message given[RECEIVE_SLOTS];
  int count;
  /* The first error that was told, as a negative errno; it ends the round. */
  int failure;
  bool batch_call_tried;
  /* It merges what comes. */
  bool coalescing;
} kernel;

/* Two bytes of a payload that are looked at again: its number at its ends. */
static void mark(unsigned char *payload, uint32_t length, int number) {
  if (length > 0) {
    payload[0] = (unsigned char)number;
    payload[length - 1] = (unsigned char)number;
  }
}

static void put_control(struct msghdr *header, int type, int value) {
  struct cmsghdr *control = header->msg_control;
  control->cmsg_level = SOL_UDP;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof value);
  memcpy(CMSG_DATA(control), &value, sizeof value);
  header->msg_controllen = CMSG_SPACE(sizeof value);
}

static uint32_t fill_message(struct msghdr *header) {
  struct input *input = kernel.input;
  struct message *message = &kernel.given[kernel.count];
  uint8_t kind = take_byte(input);
  CHECK(header->msg_iovlen == 1 && header->msg_iov->iov_len == PAYLOAD_CAPACITY);
  CHECK(header->msg_namelen == sizeof(union socket_address) && header->msg_flags == 0);
  CHECK(header->msg_controllen == CONTROL_CAPACITY);
  message->length = (kind & 1) != 0 ? take_short(input) : take_byte(input);
  message->segment = 0;
  message->whole = true;
  mark(header->msg_iov->iov_base, message->length, kernel.count);
  memset(&message->source, 0, sizeof message->source);
  take(input, &message->source.v4.sin_addr, 6);
  message->source.any.sa_family = (kind & 2) != 0 ? AF_INET6 : AF_INET;
  message->source_length = (kind & 4) != 0 ? take_byte(input) : address_length(&message->source);
  memcpy(header->msg_name, &message->source, sizeof message->source);
  header->msg_namelen = message->source_length;
  header->msg_controllen = 0;
  if ((kind & 8) != 0) {
    int segment = (kind & 16) != 0 ? (int)take_word(input) : take_short(input);
    put_control(header, UDP_GRO, segment);
    message->segment = segment > 0 ? (uint32_t)segment : 0;
  }
  if ((kind & 32) != 0) {
    header->msg_flags |= MSG_CTRUNC;
    message->whole = (kind & 8) != 0 || !kernel.coalescing;
  }
  if ((kind & 64) != 0) {
    header->msg_flags |= MSG_TRUNC;
    message->whole = false;
  }
  kernel.count++;
  return message->length;
}

/* What a call answers: 0 for a message, else an errno. */
static int next_answer(void) {
  static const int ERRORS[] = {0,     0,       EINTR, EAGAIN, EPERM, ENOSYS, ECONNREFUSED, ENOMEM,
                               EBADF, ENOTCONN, 0,     0,      0,     0,      0,            0};
  if (kernel.input->left == 0) {
    return EAGAIN;
  }
  return ERRORS[take_below(kernel.input, sizeof ERRORS / sizeof ERRORS[0])];
}

static int refuse(int error) {
  if (error != EINTR) {
    kernel.failure = -error;
  }
  errno = error;
  return -1;
}

/* These two take the place of those of the C library, since the linker finds them first. */
int recvmmsg(int fd, struct mmsghdr *headers, unsigned int wanted, int flags,
                    struct timespec *timeout) {
  (void)fd;
  CHECK(flags == MSG_DONTWAIT && timeout == NULL);
  CHECK(wanted >= 1 && wanted <= RECEIVE_SLOTS && kernel.count == 0);
  int error = next_answer();
  if (error != 0) {
    if (error == EPERM || error == ENOSYS) {
      kernel.batch_call_tried = true;
    }
    return refuse(error);
  }
  unsigned int count = 1 + take_below(kernel.input, wanted);
  for (unsigned int slot = 0; slot < count; slot++) {
    headers[slot].msg_len = fill_message(&headers[slot].msg_hdr);
  }
  kernel.failure = count < wanted ? -EAGAIN : 0;
  return (int)count;
}

ssize_t recvmsg(int fd, struct msghdr *header, int flags) {
  (void)fd;
  CHECK((flags & MSG_DONTWAIT) != 0 && (flags & MSG_TRUNC) == 0);
  int error = next_answer();
  if (error != 0) {
    return refuse(error);
  }
  if ((flags & MSG_ERRQUEUE) != 0) {
    kernel.count = 0;
  } else {
    kernel.failure = 0;
  }
  return (ssize_t)fill_message(header);
}

/* The datagrams of a message, counted as src/drivers/linux/received.ts splits it. */
static uint32_t count_datagrams(const struct message *message) {
  uint32_t count = 0;
  uint32_t at = 0;
  uint32_t segment = message->segment == 0 ? message->length : message->segment;
  do {
    at = segment >= message->length - at ? message->length : at + segment;
    count++;
  } while (at < message->length);
  return count;
}

static void check_source(const uint32_t *record, const struct message *message) {
  uint32_t expected[RECORD_WORDS] = {0};
  address_to_record(&message->source, message->source_length, expected);
  CHECK(memcmp(record + RECORD_PORT, expected + RECORD_PORT,
               (RECORD_SEGMENT - RECORD_PORT) * sizeof *record) == 0);
}

/* Whether records and payloads are those of the messages that came whole, in order. */
static void check_batch(const struct receive_scratch *scratch, const struct arrivals *arrivals) {
  uint32_t *records = allocate((size_t)arrivals->count * RECORD_WORDS * sizeof *records);
  unsigned char *bytes = allocate(arrivals->bytes);
  const uint32_t *record = records;
  size_t at = 0;
  uint32_t datagrams = 0;
  uint32_t count = arrivals_describe(scratch, arrivals, records);
  arrivals_copy(scratch, arrivals, bytes);
  for (int number = 0; number < kernel.count; number++) {
    const struct message *message = &kernel.given[number];
    if (!message->whole) {
      continue;
    }
    CHECK(count-- > 0);
    CHECK(record[RECORD_LENGTH] == message->length && record[RECORD_SEGMENT] == message->segment);
    check_source(record, message);
    CHECK(message->length <= arrivals->bytes - at);
    if (message->length > 0) {
      CHECK(bytes[at] == number && bytes[at + message->length - 1] == number);
    }
    at += message->length;
    datagrams += count_datagrams(message);
    record += RECORD_WORDS;
  }
  CHECK(count == 0 && at == arrivals->bytes && datagrams == arrivals->datagrams);
  free(bytes);
  free(records);
}

static bool any_dropped(void) {
  for (int number = 0; number < kernel.count; number++) {
    if (!kernel.given[number].whole) {
      return true;
    }
  }
  return false;
}

/* One round, as receive.c goes about it. */
static void receive_round(struct receive_scratch *scratch, struct input *input) {
  static unsigned char lent[PAYLOAD_CAPACITY];
  int wanted = 1 + (int)take_below(input, RECEIVE_SLOTS);
  uint32_t choice = take_below(input, 4);
  bool lend = (choice & 1) != 0;
  kernel.coalescing = (choice & 2) == 0;
  receive_scratch_lend(scratch, lend ? lent : NULL);
  kernel.count = 0;
  kernel.failure = 0;
  struct arrivals arrivals = arrivals_receive(scratch, 0, wanted, kernel.coalescing);
  CHECK(arrivals.count == kernel.count && arrivals.count <= wanted);
  CHECK(arrivals.failure == (any_dropped() ? -EMSGSIZE : kernel.failure));
  CHECK(arrivals.failure != -EINTR);
  if (arrivals.count > 0) {
    check_batch(scratch, &arrivals);
  }
  if (lend && arrivals.count > 0 && kernel.given[0].length > 0) {
    CHECK(lent[0] == 0);
  }
  if (arrivals.count == 0) {
    receive_discard_errors(0, scratch);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct receive_scratch *scratch;
  struct input input = {data, size};
  if (scratch == NULL) {
    scratch = receive_scratch_create();
    CHECK(scratch != NULL);
  }
  memset(&kernel, 0, sizeof kernel);
  kernel.input = &input;
  batch_call_usable = true;
  for (int round = 0; round < 8 && input.left > 0; round++) {
    receive_round(scratch, &input);
    /* Once it is known that the call is forbidden, it is not made again. */
    CHECK(!kernel.batch_call_tried || !batch_call_usable);
  }
  kernel.input = NULL;
  return 0;
}
