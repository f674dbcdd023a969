/* Processes: cloning, pidfds, telling one process from a later one with the same PID. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * clone3(2) with a new address space (like fork): returns 0 in the child, the PID in the parent,
 * -1 with err. `flags` may hold CLONE_NEW*, CLONE_PARENT. `cgroup_fd` >= 0 adds CLONE_INTO_CGROUP.
 * *pidfd (may be NULL) is close-on-exec. Where clone3 is missing (ENOSYS: valgrind, old seccomp
 * profiles) clone(2) is used: then a cgroup_fd makes it fail with ENOSYS in err->number (the
 * caller enters the cgroup afterwards), and CLONE_NEWTIME likewise. Words a failure by what the
 * flags asked for: EPERM without privilege for a user namespace, ENOSPC at a limit of
 * user.max_*_namespaces, …
 */
MUST_CHECK pid_t process_clone(uint64_t flags, int cgroup_fd, int *pidfd, struct error *err);

/*
 * pidfd_open(2). Returns the descriptor; -2 when there is no such process (err untouched); -1 with
 * err. Where the call is missing it is a descriptor of /proc/PID: good for the functions here, but
 * not for poll(2).
 */
MUST_CHECK int process_open(pid_t pid, struct error *err);

/*
 * Start time of `pid` in clock ticks since boot (field 22 of /proc/PID/stat) and its state letter
 * ('Z' …). Returns 1 when there is no such process.
 */
MUST_CHECK int process_stat(pid_t pid, uint64_t *start_time, char *state, struct error *err);

/*
 * A pidfd of the process `pid` that started at `start_time`; -2 when it has gone, is a zombie, or
 * the PID belongs to another process by now. Race-free: the pidfd is opened first, then the start
 * time is compared.
 */
MUST_CHECK int process_open_if_same(pid_t pid, uint64_t start_time, struct error *err);

/*
 * False when the process, which has ended but is not reaped, was never anything but a copy of its
 * maker: it died in execve (PF_FORKNOEXEC in /proc/PID/stat). True when it has executed, or when
 * nobody can tell any more.
 */
bool process_has_executed(pid_t pid);

/* pidfd_send_signal(2). Returns 1 when the process has gone (ESRCH). */
MUST_CHECK int process_signal(int pidfd, int signal, struct error *err);

/*
 * Wait until the process behind `pidfd` has ended, at most `milliseconds` (-1: for ever). Returns
 * 1 when time ran out. For any process, not only children.
 */
MUST_CHECK int process_wait_gone(int pidfd, int milliseconds, struct error *err);

/* Reap our child behind `pidfd`: the status as waitpid gives it. */
MUST_CHECK int process_reap(pid_t pid, int *status, struct error *err);

/* PR_SET_DUMPABLE; PR_SET_PDEATHSIG (0 clears). */
MUST_CHECK int process_set_dumpable(bool dumpable, struct error *err);
MUST_CHECK int process_set_parent_death_signal(int signal, struct error *err);

/*
 * All signals back to SIG_DFL and none blocked: an engine's ignored SIGPIPE must not leak into the
 * program.
 */
MUST_CHECK int process_reset_signals(struct error *err);
