/*
 * Private to child/: what the steps share, and one prototype a step. A step returns 0 or -1 with
 * err, and begins with its own "nothing to do" test. The order lies in child.c.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"
#include "plan/plan.h"

struct child {
	const struct plan *plan;
	int link;    /* -1 once the host has gone its way */
	int root;    /* O_PATH: the container's "/", -1 until it is there */
	int proc;    /* private procfs handle, -1 until somebody needs it */
	int *mounts; /* for plan->mounts: the mount's root, kept for a late read-only; -1 */
	bool hook_failed; /* `start` is to destroy the container then */
	bool in_cwd; /* the working folder was reached before the change of user */
	char *home;  /* "HOME=..." or NULL */
	char program[PATH_MAX]; /* what execve gets */
};

MUST_CHECK int join_namespaces(struct child *child, struct error *err);
MUST_CHECK int wait_for_ids(struct child *child, struct error *err);
MUST_CHECK int wait_for_cgroup(struct child *child, struct error *err);
MUST_CHECK int enter_user(struct child *child, struct error *err);
MUST_CHECK int find_root(struct child *child, struct error *err);
MUST_CHECK int prepare_root(struct child *child, struct error *err);
MUST_CHECK int make_mounts(struct child *child, struct error *err);
MUST_CHECK int make_devices(struct child *child, struct error *err);
MUST_CHECK int wait_for_hooks(struct child *child, struct error *err);
MUST_CHECK int run_create_hooks(struct child *child, struct error *err);
MUST_CHECK int pivot(struct child *child, struct error *err);
MUST_CHECK int take_console(struct child *child, struct error *err);
MUST_CHECK int make_cwd(struct child *child, struct error *err);
MUST_CHECK int settle(struct child *child, struct error *err);
MUST_CHECK int cover_paths(struct child *child, struct error *err);
MUST_CHECK int set_limits(struct child *child, struct error *err);
MUST_CHECK int new_keyring(struct child *child, struct error *err);
MUST_CHECK int close_descriptors(struct child *child, struct error *err);
MUST_CHECK int filter_early(struct child *child, struct error *err);
MUST_CHECK int become(struct child *child, struct error *err);
MUST_CHECK int find_program(struct child *child, struct error *err);
MUST_CHECK int filter_late(struct child *child, struct error *err);
MUST_CHECK int report_created(struct child *child, struct error *err);
MUST_CHECK int wait_for_start(struct child *child, struct error *err);
MUST_CHECK int run_start_hooks(struct child *child, struct error *err);
MUST_CHECK int execute(struct child *child, struct error *err);
