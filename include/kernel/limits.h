/* Per-process limits. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * prlimit(2) on `pid` (0: the caller). From outside, because a hard limit is raised with
 * CAP_SYS_RESOURCE of the first user namespace only: EPERM explains that.
 */
MUST_CHECK int limits_set_rlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard,
				 struct error *err);

/*
 * Write /proc/PID/oom_score_adj from outside (pid 0: self). EPERM/EACCES explains: lowering needs
 * CAP_SYS_RESOURCE.
 */
MUST_CHECK int limits_set_oom_score_adj(pid_t pid, int value, struct error *err);
