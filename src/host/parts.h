/*
 * Private to host/: the pieces that create, run and exec share. Each group is implemented in the
 * file that its comment names.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/cgroup.h"
#include "host/host.h"
#include "plan/plan.h"
#include "state/record.h"
#include "state/store.h"

/* ------------------------------------------------------------------ launch.c */

/* A process on its way to execve, and what the host holds of it meanwhile. */
struct launch {
	struct plan *plan;
	int link;	/* the host's end; -1: closed */
	int interrupts; /* a signalfd: Ctrl-C and the like undo what was begun; -1: they end hoy as
			   they do any program */
	pid_t pid;	/* 0: not cloned yet */
	int pidfd;
	int console; /* connected --console-socket, or -1 */
	int master;  /* the terminal's master, where hoy itself relays it, or -1 */
	int cgroup;  /* the cgroup's folder, or -1 */
	int notify;  /* notify_bind()'s, bound only after the clone, or -1 */
	const char *cgroup_path;
	bool outside;		/* do not clone into it, move there afterwards: slower, but passes pids.max */
	bool joins_user;       /* a user namespace that exists: the child does more by itself */
	bool hooks_begun;      /* a hook has run: poststop is then due, also after a failure */
	int close_in_child[4]; /* descriptors that the child must not hold: locks; -1: none */
};

#define LAUNCH_INIT(plan_)                                                                         \
	{                                                                                          \
		.plan = (plan_), .link = -1, .interrupts = -1, .pidfd = -1, .console = -1,         \
		.master = -1, .cgroup = -1, .notify = -1, .close_in_child = {-1, -1, -1, -1},      \
	}

void launch_close(struct launch *launch); /* for CLEANUP: descriptors only */

/*
 * Clone the child into namespaces and cgroup, and do for it what only the host may: ID maps,
 * oom_score_adj.
 */
MUST_CHECK int launch_clone(struct launch *launch, struct error *err);

/* Attend the handshake until the child has said `created`. */
MUST_CHECK int launch_until_created(struct launch *launch, struct error *err);

/* rlimits, from outside: a user namespace gives no right to raise them (prlimit(2)). */
MUST_CHECK int launch_set_rlimits(const struct launch *launch, struct error *err);

/* Tell the child that all is saved, and, with `executed`, wait until its program runs. */
MUST_CHECK int launch_release(struct launch *launch, bool executed, struct error *err);

/* After a failure: make sure that the process is gone and reaped. */
void launch_abandon(struct launch *launch);

/* ------------------------------------------------------------------- clone.c */

/*
 * The clone itself: namespaces that exist are opened and, as far as the host has to, entered for
 * that moment; the child is put into its cgroup, or plan->wait_placed says that it waits to be.
 */
MUST_CHECK int clone_process(struct launch *launch, struct error *err);

/* ----------------------------------------------------------------- sources.c */

/*
 * Open what the child cannot reach: clones of the root filesystem, bind sources and device nodes,
 * as far as the caller may make them.
 */
MUST_CHECK int sources_open(struct plan *plan, const struct cgroup_tree *tree,
			    const char *cgroup_path, struct error *err);
void sources_close(struct plan *plan);

/* -------------------------------------------------------------------- ids.c */

MUST_CHECK int ids_write(const struct plan_ids *ids, pid_t pid, struct error *err);

/* ------------------------------------------------------------------ hooks.c */

/*
 * Run the hooks of one kind with `status` and `pid` in the state on their stdin. Fails at the first
 * that fails; with `keep_going` all run and failures are warnings.
 */
MUST_CHECK int hooks_run(const struct plan_hooks *hooks, enum plan_hook_kind kind,
			 const char *status, pid_t pid, bool keep_going, struct error *err);

/* The hooks as `create` read them, from the copy of config.json in the state directory. */
MUST_CHECK int hooks_load(const struct store_entry *entry, const struct record *record,
			  struct plan_hooks *hooks, struct arena *arena, struct error *err);

/* ---------------------------------------------------------------- console.c */

/* Connect to --console-socket. */
MUST_CHECK int console_connect(const char *path, struct error *err);

/* Send the master over it, with a name as payload (survey: runc's contract). */
MUST_CHECK int console_send(int socket, int master, struct error *err);

/* ---------------------------------------------------------------- attend.c */

/*
 * Hold SIGINT, SIGTERM, SIGHUP and SIGQUIT back, or let them through again; the descriptor is a
 * signalfd of them.
 */
MUST_CHECK int attend_hold_interrupts(struct error *err);
void attend_let_interrupts(bool through);

/* Block the signals that are to be relayed, before the clone, so that none is lost in between. */
MUST_CHECK int attend_block_signals(struct error *err);

/*
 * Where the config gives no consoleSize, the terminal that hoy relays is as large as hoy's own,
 * from the program's first moment on.
 */
void attend_fit_window(struct plan_process *process);

/*
 * The foreground: relay signals, terminal and window size until the process behind pidfd ends; reap
 * it. *status: exit status or 128 + signal.
 */
MUST_CHECK int attend(struct launch *launch, bool terminal, int *status, struct error *err);

/* ---------------------------------------------------------------- notify.c */

/*
 * Readiness as sd_notify(3) has it, where the caller's environment has NOTIFY_SOCKET (`host`: its
 * value, or NULL: none of this does anything). The program gets a socket of hoy's own, and its
 * READY=1 is handed on. As runc does, nothing else that it says is.
 */

/* create, run: make the folder for the socket, and say in the plan where it is. */
MUST_CHECK int notify_prepare(const struct store_entry *entry, struct plan *plan,
			      struct arena *arena, struct error *err);

/*
 * Make the socket, before the program can look for it. *fd stays as it is where `host` is NULL or
 * create has made no folder.
 */
MUST_CHECK int notify_bind(const struct store_entry *entry, const char *host, int *fd,
			   struct error *err);

/* Take one datagram that has come. True when it has the line READY=1. */
bool notify_hears_ready(int fd);

/*
 * Tell the host that the service is ready, and that `pid` is its main process. A failure is a
 * warning: the program runs. `leaving`: hoy ends now, so wait until it has been read.
 */
void notify_pass_on(const char *host, pid_t pid, bool leaving);

/*
 * Until the program is ready, which is passed on, or the process behind pidfd has ended (negative:
 * it has already). Not to be called with the container's lock held: a service may take its time.
 */
void notify_wait(int fd, int pidfd, const char *host, pid_t pid);

/* ----------------------------------------------------------------- pidfile.c */

/* Decimal, no newline (go-runc reads it with Atoi); a temporary file, then rename. */
MUST_CHECK int pid_file_write(const char *path, pid_t pid, struct error *err);

/* -------------------------------------------------------------------- look.c */

/* The folder of the container's cgroup. 1 when it has none, or it has gone. */
MUST_CHECK int look_cgroup(const struct record *record, int *fd, struct error *err);

/* ----------------------------------------------------------------- destroy.c */

/*
 * The only undo: the processes, the cgroup, the poststop hooks (where `hooks` is not NULL), the
 * state folder. Each part is tried even if one before it failed; the first failure is reported.
 * What does not exist is passed over.
 */
MUST_CHECK int destroy(struct store *store, struct store_entry *entry, const struct record *record,
		       const struct plan_hooks *hooks, struct error *err);
