/*
 * What the caller's process does to a container: one function a command. Nothing here runs in the
 * new process (that is child/).
 *
 * All take the open state directory first. The container's lock is taken inside.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"
#include "spec/spec.h"
#include "state/record.h"
#include "state/store.h"

/* ---------------------------------------------------------------- the caller */

/*
 * Run from a read-only clone of our own mount, so that no container can ever write to hoy's binary
 * through /proc/PID/exe (CVE-2019-5736). Called first thing by commands that make processes in
 * containers; executes the same command line again unless it is protected already. Returns 0 when
 * it is.
 */
MUST_CHECK int host_seal(char *const *argv, struct error *err);

/* --------------------------------------------------------------------- state */

enum host_status { HOST_CREATING, HOST_CREATED, HOST_RUNNING, HOST_PAUSED, HOST_STOPPED };

/* "creating", "created", "running", "paused", "stopped". */
const char *host_status_name(enum host_status status);

/* Ask the kernel: does the process still live (same start time), is the cgroup frozen. */
MUST_CHECK int host_status(const struct record *record, enum host_status *status,
			   struct error *err);

/* Load one container's record and its status. For state, list, ps, exec. */
MUST_CHECK int host_look(struct store *store, const char *id, struct record *record,
			 enum host_status *status, struct arena *arena, struct error *err);

/*
 * PIDs of the container as the caller sees them: those of its cgroup, or (without a cgroup) of its
 * PID namespace.
 */
MUST_CHECK int host_pids(const struct record *record, pid_t **pids, size_t *len,
			 struct arena *arena, struct error *err);

/* ------------------------------------------------------------------ lifecycle */

struct host_create_options {
	const char *console_socket; /* NULL: none. Relative to the caller's folder */
	const char *pid_file;	    /* NULL: none. Relative to the caller's folder */
	bool detach;		    /* run: return once the program runs */
	bool keep;		    /* run: do not delete it at the end */
	bool foreground;	    /* run without --detach: hoy itself relays the terminal */
};

/*
 * create: reserve the id, make cgroup, namespaces and everything in them, up to the point where
 * only the program's execve is left; save the state. On failure nothing is left behind.
 */
MUST_CHECK int host_create(struct store *store, const struct spec *spec, struct plan *plan,
			   const struct host_create_options *options, struct arena *arena,
			   struct error *err);

/*
 * start: release the process that waits; reports a program or hook that fails now. Runs the
 * poststart hooks. With `notify_socket` (plan_notify_socket) it then waits until the program is
 * ready.
 */
MUST_CHECK int host_start(struct store *store, const char *id, const char *notify_socket,
			  struct arena *arena, struct error *err);

/*
 * create and start in one; in the foreground also relay signals and terminal, wait, delete. *status
 * is the program's exit status (128 + signal).
 */
MUST_CHECK int host_run(struct store *store, const struct spec *spec, struct plan *plan,
			const struct host_create_options *options, int *status, struct arena *arena,
			struct error *err);

struct host_exec_options {
	const char *console_socket;
	const char *pid_file;
	const char *cgroup; /* --cgroup: one below the container's; NULL: its own */
	bool detach;
	bool ignore_paused;
};

/*
 * A second process in a running container. `plan` is plan_build_exec()'s; namespaces to join and
 * the cgroup are found here. Refused with runc's words: "cannot exec in a stopped container",
 * "cannot exec in a paused container (use --ignore-paused to override)".
 */
MUST_CHECK int host_exec(struct store *store, const char *id, struct plan *plan,
			 const struct host_exec_options *options, int *status, struct arena *arena,
			 struct error *err);

/*
 * kill: a signal to the container's first process, or with `all` to each. "container not running"
 * (ERROR_STATE) when it has stopped; with `all` that is no error.
 */
MUST_CHECK int host_kill(struct store *store, const char *id, int signal, bool all,
			 struct arena *arena, struct error *err);

/* pause, resume: "container not running", "container not paused", "container paused". */
MUST_CHECK int host_pause(struct store *store, const char *id, struct arena *arena,
			  struct error *err);
MUST_CHECK int host_resume(struct store *store, const char *id, struct arena *arena,
			   struct error *err);

/*
 * delete, and the only undo there is: processes, cgroup, poststop hooks, state folder, in that
 * order; what was never made is passed over. Without `force` a container that runs is refused
 * ("cannot delete container 'x' that is not stopped: running"); one that is only created is killed
 * first, as engines expect. With `force` an unknown id is no error, and each part is tried even if
 * one before it failed.
 */
MUST_CHECK int host_delete(struct store *store, const char *id, bool force, struct arena *arena,
			   struct error *err);
