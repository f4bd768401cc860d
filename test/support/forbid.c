/*
 * forbid WHAT ERRNO PROGRAM ARGUMENTS...: runs the program under a seccomp filter (seccomp(2)) that answers
 * some system calls with the errno, as sandboxes do.
 *
 *   batches        sendmmsg and recvmmsg
 *   segmentation   the socket option UDP_SEGMENT; a filter cannot see control messages
 *   merging        the socket option UDP_GRO
 *   options        setsockopt, whatever the option
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ANY = -1, MOST_RULES = 2, MOST_INSTRUCTIONS = 32 };

/* A system call, and of socket options which. */
struct rule {
  int call;
  int level;
  int name;
};

static const struct sandbox {
  const char *name;
  size_t count;
  struct rule rules[MOST_RULES];
} SANDBOXES[] = {
    {"batches", 2, {{SYS_sendmmsg, ANY, ANY}, {SYS_recvmmsg, ANY, ANY}}},
    {"segmentation",
     2,
     {{SYS_setsockopt, IPPROTO_UDP, UDP_SEGMENT}, {SYS_getsockopt, IPPROTO_UDP, UDP_SEGMENT}}},
    {"merging", 1, {{SYS_setsockopt, IPPROTO_UDP, UDP_GRO}}},
    {"options", 1, {{SYS_setsockopt, ANY, ANY}}},
};

struct filter {
  unsigned short count;
  struct sock_filter instructions[MOST_INSTRUCTIONS];
};

static void add(struct filter *filter, struct sock_filter instruction) {
  filter->instructions[filter->count++] = instruction;
}

/* Goes on where the word at `offset` is `value`, else past so many instructions. */
static void require(struct filter *filter, size_t offset, int value, unsigned char skipped) {
  add(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned int)offset));
  add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)value, 0,
                                           skipped));
}

static void add_rule(struct filter *filter, const struct rule *rule, unsigned int error) {
  int narrow = rule->level != ANY;
  require(filter, offsetof(struct seccomp_data, nr), rule->call, narrow ? 5 : 1);
  if (narrow) {
    /* The low half of each argument, on the little-endian machines that Volley is for. */
    require(filter, offsetof(struct seccomp_data, args[1]), rule->level, 3);
    require(filter, offsetof(struct seccomp_data, args[2]), rule->name, 1);
  }
  add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
                                           SECCOMP_RET_ERRNO | (error & SECCOMP_RET_DATA)));
}

static const struct sandbox *find_sandbox(const char *name) {
  for (size_t index = 0; index < sizeof SANDBOXES / sizeof SANDBOXES[0]; index++) {
    if (strcmp(SANDBOXES[index].name, name) == 0) {
      return &SANDBOXES[index];
    }
  }
  return NULL;
}

int main(int count, char **arguments) {
  const struct sandbox *sandbox = count < 4 ? NULL : find_sandbox(arguments[1]);
  if (sandbox == NULL) {
    return 64;
  }
  struct filter filter = {.count = 0};
  for (size_t index = 0; index < sandbox->count; index++) {
    add_rule(&filter, &sandbox->rules[index], (unsigned int)atoi(arguments[2]));
  }
  add(&filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  struct sock_fprog program = {.len = filter.count, .filter = filter.instructions};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    perror("seccomp");
    return 77;
  }
  execvp(arguments[3], arguments + 3);
  perror(arguments[3]);
  return 69;
}
