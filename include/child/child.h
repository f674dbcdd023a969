/* The one door from the host's side into the new process. Nothing in child/ runs anywhere else. */
#pragma once

#include <stdbool.h>

#include "plan/plan.h"

/*
 * Become the container: run the plan's steps one after the other, up to the program's execve.
 * `link` is the child's end. The first failure is sent over the link (after `start`: into the
 * plan's report_fd) with the step's name in front, and the process ends.
 */
_Noreturn void child_run(const struct plan *plan, int link);

/*
 * True when the process that the host clones can only join namespaces, and must clone a second time
 * for the rest: a joined user namespace must own the new ones, and a joined PID namespace only
 * counts for children (design: namespaces(7), pid_namespaces(7)). The host then clones without
 * namespaces, and learns the real PID by the message `cloned`.
 */
bool child_clones_again(const struct plan *plan);
