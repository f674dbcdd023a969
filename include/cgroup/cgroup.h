/*
 * The container's cgroup, on the host's side. Version 2 only: on a hybrid host the v2 hierarchy
 * that is mounted places, freezes, kills and filters devices; a limit whose controller it lacks is
 * an error that names controller and property.
 *
 * Paths here are beneath the mount point of that hierarchy ("/user.slice/web"), as config.json and
 * /proc/PID/cgroup write them.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"

/* The mounted hierarchy. */
struct cgroup_tree {
	int fd;				/* O_PATH directory of its mount point */
	char mount[256];		/* "/sys/fs/cgroup" or "/sys/fs/cgroup/unified" … */
};

/*
 * Find it: /sys/fs/cgroup, /sys/fs/cgroup/unified, else wherever mountinfo says. Returns 1 when no
 * cgroup2 is mounted.
 */
MUST_CHECK int cgroup_open_tree(struct cgroup_tree *tree, struct error *err);
void cgroup_close_tree(struct cgroup_tree *tree);	/* for CLEANUP; accepts { .fd = -1 } */

/*
 * The cgroup of `pid` (0: the caller) beneath the mount: the "0::" line of /proc/PID/cgroup. In
 * the arena. Returns 1 when the process has gone.
 */
MUST_CHECK int cgroup_of(pid_t pid, const char **path, struct arena *arena, struct error *err);

/*
 * The path that the plan's cgroup will have: plan->path, else "<parent>/<id>" where parent is the
 * root when the caller may write there (privileged), else hoy's own cgroup's. NULL when the
 * manager is disabled, or when none can be had and none is required (an ordinary user without
 * delegation).
 */
MUST_CHECK int cgroup_choose_path(const struct cgroup_tree *tree, const struct plan_cgroup *plan,
				  const char *id, bool rootless, const char **path,
				  struct arena *arena, struct error *err);

/*
 * Make the cgroup `path` (parents too, enabling on the way down each controller that the plan's
 * limits need; a root with processes answers EBUSY to that: tried once, then the controller counts
 * as absent). *made is the shallowest folder that this call made ("/a" of "/a/b"), for
 * cgroup_remove; NULL when the cgroup existed. Refused: one that has processes, or is frozen
 * (runc; config-linux.md). Returns 1 when it cannot be made for want of permission and
 * plan->required is false. `*fd` is a directory descriptor good for CLONE_INTO_CGROUP.
 */
MUST_CHECK int cgroup_create(const struct cgroup_tree *tree, const struct plan_cgroup *plan,
			     const char *path, int *fd, const char **made, struct arena *arena,
			     struct error *err);

/*
 * The shallowest folder that is missing on the way to `path` ("/a" of "/a/b"), NULL when all is
 * there: what cgroup_create would make, known before it is made, so that the record can name it
 * even if create is killed in between.
 */
MUST_CHECK int cgroup_first_missing(const struct cgroup_tree *tree, const char *path,
				    const char **missing, struct arena *arena, struct error *err);

/* True when memory.events counts an OOM kill: for the words of an error. */
bool cgroup_was_oom_killed(int fd);

/* Open an existing one. Returns 1 when there is none. */
MUST_CHECK int cgroup_open(const struct cgroup_tree *tree, const char *path, int *fd,
			   struct error *err);

/*
 * Write the limits, in the plan's order, and attach the device program. A missing file names
 * controller and property: "linux.resources.memory.limit: the memory controller is not available
 * in cgroup '/x'".
 */
MUST_CHECK int cgroup_apply(int fd, const struct plan_cgroup *plan, const char *path,
			    struct error *err);

/* Move a process in (cgroup.procs). */
MUST_CHECK int cgroup_enter(int fd, pid_t pid, const char *path, struct error *err);

/* PIDs in it and below, as the caller sees them. *pids is in the arena. */
MUST_CHECK int cgroup_pids(int fd, pid_t **pids, size_t *len, struct arena *arena,
			   struct error *err);

/*
 * cgroup.freeze, and wait for the kernel's word in cgroup.events (poll, at most `milliseconds`;
 * when time runs out it is thawed again and that is an error).
 */
MUST_CHECK int cgroup_freeze(int fd, const char *path, int milliseconds, struct error *err);
MUST_CHECK int cgroup_thaw(int fd, const char *path, int milliseconds, struct error *err);
/* *frozen from cgroup.freeze (self) — true when paused. */
MUST_CHECK int cgroup_is_frozen(int fd, bool *frozen, struct error *err);

/*
 * SIGKILL for all in it and below, frozen ones and forking ones too (cgroup.kill). Refused for a
 * cgroup that holds the caller. Waits at most `milliseconds` until "populated 0". Returns 1 when
 * time ran out.
 */
MUST_CHECK int cgroup_kill(int fd, const char *path, int milliseconds, struct error *err);

/*
 * A signal to each process in it and below (kill --all with another signal than SIGKILL): by
 * pidfd, in rounds until no new one appears.
 */
MUST_CHECK int cgroup_signal(int fd, const char *path, int signal, struct error *err);

/*
 * Remove `path` with everything below it, and upwards to `made` as long as they are empty; EBUSY
 * is waited for, briefly. What has gone already is no error.
 */
MUST_CHECK int cgroup_remove(const struct cgroup_tree *tree, const char *path, const char *made,
			     struct error *err);
