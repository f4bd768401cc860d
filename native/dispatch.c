#include "dispatch.h"

#include <errno.h>
#include <time.h>

#include "callback.h"
#include "node_api_helpers.h"
#include "receive.h"

enum {
  /* After so many datagrams, or so many nanoseconds of handlers, other sockets and timers get their turn. Where
     the rest of a batch is delivered in time, what waits behind it is read in the same turn of the loop, so
     that timers may have to wait twice as long. */
  TURN_DATAGRAMS = 4096,
  TURN_TIME = 5 * 1000 * 1000,
  /* What handlers send waits no longer than so many nanoseconds for the end of their batch. */
  PROMPT_TIME = 200 * 1000,
  /* How many deliveries go by, at the most, between two looks at the clock. */
  LONGEST_STRIDE = 8,
  /* The bytes of a batch that are aimed at: a message that is kept keeps its batch, and what malloc(3)
     takes from mmap(2), 128 KiB and more, costs page faults. */
  BATCH_BYTES = 64 * 1024,
};

static int64_t now_in_nanoseconds(void) {
  struct timespec now = {0, 0};
  /* clock_gettime(2) fails only for a clock that is not there, and this one always is. */
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What a turn has left of its time. */
struct turn {
  int64_t began;
  int64_t looked;
  /* When what handlers sent left for the last time. */
  int64_t flushed;
  /* How many deliveries go by before the next look at the clock. */
  uint32_t stride;
};

static struct turn turn_begin(void) {
  int64_t now = now_in_nanoseconds();
  return (struct turn){now, now, now, 1};
}

/*
 * A look at the clock costs a tenth of a delivery, so it is taken after 1, 2, 4 … quick ones, and after
 * each slow one.
 */
static void turn_look(struct turn *turn) {
  int64_t now = now_in_nanoseconds();
  if (now - turn->looked > PROMPT_TIME) {
    turn->stride = 1;
  } else if (turn->stride < LONGEST_STRIDE) {
    turn->stride *= 2;
  }
  turn->looked = now;
}

static bool turn_over(const struct turn *turn) { return turn->looked - turn->began >= TURN_TIME; }

static bool undelivered(const struct udp_socket *socket) {
  return socket->delivered < socket->deliveries;
}

/* Up to `count` deliveries. False: JavaScript cannot run any more, or the socket receives no more. */
static bool deliver_some(struct udp_socket *socket, napi_value owner, napi_value deliver,
                         uint32_t count) {
  napi_env env = socket->environment->env;
  napi_handle_scope scope = NULL;
  bool wanted = true;
  /* One for all: a scope for each delivery took 20 ns of its 300. */
  MUST(napi_open_handle_scope(env, &scope));
  for (uint32_t made = 0; made < count && wanted && undelivered(socket); made++) {
    socket->delivered++;
    enum callback_outcome outcome = callback_in_scope(socket, owner, deliver, 0, NULL, NULL);
    wanted = outcome != CALLBACK_IMPOSSIBLE && socket->receiving;
  }
  MUST(napi_close_handle_scope(env, scope));
  return wanted;
}

/* Lets what handlers sent so far leave, before the last delivery of a batch does so. */
static void flush_replies(struct udp_socket *socket, napi_value owner, struct turn *turn) {
  (void)callback_notify(socket, owner, socket->environment->configuration.flush);
  turn->flushed = turn->looked;
}

/*
 * Goes on with the deliveries of the socket's batch until they are done, the turn is over, or the
 * socket is not to receive any more: where it starts to receive again, the rest is delivered then.
 */
static void deliver_rest(struct udp_socket *socket, napi_value owner, struct turn *turn) {
  napi_env env = socket->environment->env;
  napi_value deliver = NULL;
  MUST(napi_get_reference_value(env, socket->environment->configuration.deliver, &deliver));
  while (socket->receiving && undelivered(socket) && !turn_over(turn)) {
    if (!deliver_some(socket, owner, deliver, turn->stride)) {
      bool stopped = !socket->receiving;
      flush_replies(socket, owner, turn);
      if (!stopped) {
        socket->deliveries = 0;
      }
      return;
    }
    turn_look(turn);
    bool due = turn_over(turn) || turn->looked - turn->flushed > PROMPT_TIME;
    if (undelivered(socket) && due) {
      flush_replies(socket, owner, turn);
    }
  }
  if (socket->receiving && undelivered(socket)) {
    environment_suspend(socket->environment, socket);
  }
}

/* What arrived before an error is delivered first. */
static void report_failure(struct udp_socket *socket, napi_value owner) {
  if (undelivered(socket) || !socket->receiving || socket->receive_failure == 0) {
    return;
  }
  int failure = socket->receive_failure;
  socket->receive_failure = 0;
  (void)callback_notify_number(socket, owner, socket->environment->configuration.receive_failed,
                               failure);
}

/* Tells JavaScript of one batch, which says how many deliveries it wants. */
static void announce(struct udp_socket *socket, napi_value owner,
                     const struct received *received) {
  struct environment *environment = socket->environment;
  napi_env env = environment->env;
  napi_value arguments[2];
  uint32_t count = receive_unpack(environment, received, &arguments[0]);
  if (count == 0) {
    socket->receive_failure = received->arrivals.failure == -EMSGSIZE ? -EMSGSIZE : -ENOMEM;
    return;
  }
  napi_value function = NULL;
  napi_value result = NULL;
  MUST(napi_get_reference_value(env, environment->configuration.received, &function));
  MUST(napi_create_uint32(env, count, &arguments[1]));
  enum callback_outcome outcome = callback_plain(socket, owner, function, 2, arguments, &result);
  uint32_t deliveries = 0;
  if (outcome != CALLBACK_RETURNED || napi_get_value_uint32(env, result, &deliveries) != napi_ok) {
    deliveries = 0;
  }
  socket->delivered = 0;
  socket->deliveries = deliveries;
}

static int clamp_batch_size(int64_t messages) {
  if (messages < 1) {
    return 1;
  }
  return messages > RECEIVE_SLOTS ? RECEIVE_SLOTS : (int)messages;
}

/*
 * A batch that is delivered as a whole ('messages') cannot be left off when the turn is over. So it is made no larger
 * than its handler can take in that time: to 20 us a datagram, timers were 19 ms late at the median, 5 since.
 */
static void adapt_to_handler(struct udp_socket *socket, int messages, int64_t elapsed) {
  if (socket->deliveries > 1 || elapsed < TURN_TIME / 2) {
    socket->batch_limit = clamp_batch_size((int64_t)socket->batch_limit * 2);
  } else if (elapsed > TURN_TIME) {
    socket->batch_limit = clamp_batch_size(messages * (int64_t)TURN_TIME / elapsed);
  }
}

/* Makes the next batch about BATCH_BYTES long, if messages stay as long as they are. */
static void adapt_batch_size(struct udp_socket *socket, const struct arrivals *arrivals) {
  size_t average = arrivals->bytes / (size_t)arrivals->count + 1;
  int fitting = clamp_batch_size((int64_t)(BATCH_BYTES / average));
  socket->batch_size = fitting < socket->batch_limit ? fitting : socket->batch_limit;
}

void dispatch_readable(struct udp_socket *socket, napi_value owner, bool error_waits) {
  struct receive_scratch *scratch = socket->environment->scratch;
  struct turn turn = turn_begin();
  uint32_t total = 0;
  struct received received;
  const struct arrivals *arrivals = &received.arrivals;
  do {
    received = receive_batch(socket, socket->batch_size);
    /* Only where nothing arrived: errors are read into the scratch, too. */
    if (error_waits && total == 0 && arrivals->count == 0 && arrivals->failure == -EAGAIN) {
      receive_discard_errors(socket->fd, scratch);
    }
    if (arrivals->failure != -EAGAIN) {
      socket->receive_failure = arrivals->failure;
    }
    if (arrivals->count > 0) {
      int64_t began = turn.looked;
      total += arrivals->datagrams;
      announce(socket, owner, &received);
      deliver_rest(socket, owner, &turn);
      adapt_to_handler(socket, arrivals->count, turn.looked - began);
      adapt_batch_size(socket, arrivals);
    }
    report_failure(socket, owner);
  } while (arrivals->failure == 0 && total < TURN_DATAGRAMS && !turn_over(&turn) &&
           socket->receiving && !undelivered(socket));
}

void dispatch_resume(struct udp_socket *socket, napi_value owner) {
  struct turn turn = turn_begin();
  deliver_rest(socket, owner, &turn);
  report_failure(socket, owner);
}

void dispatch_take_waiting(struct udp_socket *socket, napi_value owner) {
  if (!socket->receiving || undelivered(socket)) {
    return;
  }
  struct received received = receive_batch(socket, RECEIVE_SLOTS);
  const struct arrivals *arrivals = &received.arrivals;
  socket->receive_failure = arrivals->failure == -EAGAIN ? 0 : arrivals->failure;
  if (arrivals->count > 0) {
    announce(socket, owner, &received);
  }
  /* JavaScript was told, and may have closed it. */
  if (socket->receiving && (undelivered(socket) || socket->receive_failure != 0)) {
    environment_suspend(socket->environment, socket);
    /* As in socket_resume. */
    (void)socket_update_poll(socket);
  }
}

static int start_receiving(struct udp_socket *socket) {
  struct environment *environment = socket->environment;
  if (socket->fd == -1) {
    return -EBADF;
  }
  if (!socket->receiving) {
    socket->batch_size = RECEIVE_SLOTS;
    socket->batch_limit = RECEIVE_SLOTS;
    if (undelivered(socket)) {
      /* What was left of its batch when it stopped. */
      environment_suspend(environment, socket);
    } else {
      socket->receive_failure = 0;
    }
  }
  socket->receiving = true;
  int result = socket_update_poll(socket);
  if (result != 0) {
    socket->receiving = false;
    environment_forget_suspended(environment, socket);
  }
  return result;
}

napi_value dispatch_start(napi_env env, napi_callback_info info) {
  struct udp_socket *socket = socket_argument(env, info);
  return socket == NULL ? NULL : make_number(env, start_receiving(socket));
}

napi_value dispatch_stop(napi_env env, napi_callback_info info) {
  struct udp_socket *socket = socket_argument(env, info);
  if (socket != NULL && socket->receiving) {
    socket->receiving = false;
    environment_forget_suspended(socket->environment, socket);
    /* Stopping cannot fail. */
    (void)socket_update_poll(socket);
  }
  return NULL;
}
