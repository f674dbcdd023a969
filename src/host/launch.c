#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fd.h"
#include "base/log.h"
#include "child/child.h"
#include "host/parts.h"
#include "kernel/limits.h"
#include "kernel/process.h"
#include "link/link.h"

void launch_close(struct launch *launch)
{
	fd_close(&launch->link);
	fd_close(&launch->interrupts);
	fd_close(&launch->pidfd);
	fd_close(&launch->console);
	fd_close(&launch->master);
	fd_close(&launch->cgroup);
	fd_close(&launch->notify);
}

/* The real child, made by the first one, which has ended. */
static int follow_clone(struct launch *launch, pid_t pid, struct error *err)
{
	int status;

	if (process_reap(launch->pid, &status, err) < 0)
		return -1;
	fd_close(&launch->pidfd);
	launch->pid = pid;
	launch->pidfd = process_open(pid, err);
	if (launch->pidfd == -2)
		return fail(err, ERROR_SYSTEM,
			    "the container's process has gone as soon as it was cloned");
	return launch->pidfd < 0 ? -1 : 0;
}

static int died(struct launch *launch, const char *before, struct error *err);

/* A child that is not there to be told has an end of its own to tell of. */
static int tell(struct launch *launch, enum link_message message, struct error *err)
{
	if (link_send(launch->link, message, err) == 0)
		return 0;
	return err->number == EPIPE || err->number == ECONNRESET
		   ? died(launch, link_message_name(message), err)
		   : -1;
}

/*
 * The next packet; 1 at the end of file. Being interrupted is a failure like any other: what was
 * begun is undone.
 */
static int receive(const struct launch *launch, struct link_packet *packet, int *fd,
		   struct error *err)
{
	struct pollfd polled[] = {{launch->link, POLLIN, 0}, {launch->interrupts, POLLIN, 0}};
	struct signalfd_siginfo info;

	if (launch->interrupts < 0)
		return link_receive(launch->link, packet, fd, err);
	while (poll(polled, COUNT(polled), -1) < 0)
		if (errno != EINTR)
			return fail_errno(err, "wait for the container");
	if (polled[1].revents &&
	    read(launch->interrupts, &info, sizeof(info)) == (ssize_t)sizeof(info))
		return fail(err, ERROR_SYSTEM, "interrupted by signal %u (%s)", info.ssi_signo,
			    strsignal((int)info.ssi_signo));
	return link_receive(launch->link, packet, fd, err);
}

static int wait_for_second_clone(struct launch *launch, struct error *err)
{
	struct link_packet packet;
	int result;

	do {
		result = receive(launch, &packet, NULL, err);
		if (result < 0)
			return -1;
		if (result == 1)
			return died(launch, "cloned", err);
		if (packet.message == LINK_DEBUG)
			log_debug("%s", packet.error.text);
	} while (packet.message == LINK_DEBUG);
	if (packet.message == LINK_ERROR) {
		*err = packet.error;
		return -1;
	}
	if (packet.message != LINK_CLONED)
		return fail(err, ERROR_BUG, "expected 'cloned', got '%s'",
			    link_message_name(packet.message));
	return follow_clone(launch, packet.number, err);
}

/* What only the host may do for the process. */
static int equip(struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	/*
	 * Before any of the messages that let the child go on, as it is not dumpable then. One that
	 * joins a user namespace does it itself.
	 */
	if (child_clones_again(plan) && wait_for_second_clone(launch, err) < 0)
		return -1;
	if (plan->process.set_oom_score_adj && !launch->joins_user &&
	    limits_set_oom_score_adj(launch->pid, plan->process.oom_score_adj, err) < 0)
		return wrap(err, "%s.oomScoreAdj", plan->process.origin);
	if (plan->ids.uid_map) {
		if (ids_write(&plan->ids, launch->pid, err) < 0 ||
		    tell(launch, LINK_IDS_MAPPED, err) < 0)
			return -1;
	}
	if (plan->wait_placed) {
		if (cgroup_enter(launch->cgroup, launch->pid, launch->cgroup_path, err) < 0 ||
		    tell(launch, LINK_PLACED, err) < 0)
			return -1;
	}
	return fault_step("host-cloned", err);
}

int launch_clone(struct launch *launch, struct error *err)
{
	return clone_process(launch, err) < 0 ? -1 : equip(launch, err);
}

/* --------------------------------------------------------------- handshake */

/* The link has ended without a word: what became of the child. */
static int died(struct launch *launch, const char *before, struct error *err)
{
	int status;

	if (process_wait_gone(launch->pidfd, 10000, err) != 0)
		return fail(err, ERROR_BUG, "the container closed the link before '%s'", before);
	if (process_reap(launch->pid, &status, err) < 0)
		return -1;
	launch->pid = 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && launch->cgroup >= 0 &&
	    cgroup_was_oom_killed(launch->cgroup))
		return fail(
		    err, ERROR_SYSTEM,
		    "the container died before '%s': out of memory (linux.resources.memory.limit)",
		    before);
	/* libc ends a process with a trap where even exit_group(2) is forbidden. */
	if (WIFSIGNALED(status) && launch->plan->seccomp.program.len &&
	    (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV))
		return fail(err, ERROR_CONFIG,
			    "linux.seccomp: the container died before '%s': killed by signal %d "
			    "(%s); the filter must allow read, write, close, execve and exit_group",
			    before, WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WIFSIGNALED(status))
		return fail(err, ERROR_SYSTEM,
			    "the container died before '%s': killed by signal %d (%s)", before,
			    WTERMSIG(status), strsignal(WTERMSIG(status)));
	return fail(err, ERROR_SYSTEM, "the container died before '%s': exit status %d", before,
		    WEXITSTATUS(status));
}

static int take_console(struct launch *launch, int *master, struct error *err)
{
	if (!master || *master < 0)
		return fail(err, ERROR_BUG, "the message 'console' came without a terminal");
	if (launch->console >= 0)
		return console_send(launch->console, *master, err);
	launch->master = fd_take(master);
	return 0;
}

static int run_hooks(struct launch *launch, struct error *err)
{
	const struct plan_hooks *hooks = &launch->plan->hooks;
	int result;

	launch->hooks_begun = true;
	/* A hook may take for ever; then it is better to be killed than to be deaf. */
	attend_let_interrupts(true);
	result = hooks_run(hooks, HOOK_PRESTART, "creating", launch->pid, false, err);
	if (result == 0)
		result = hooks_run(hooks, HOOK_CREATE_RUNTIME, "creating", launch->pid, false, err);
	attend_let_interrupts(launch->interrupts < 0);
	if (result < 0)
		return -1;
	return tell(launch, LINK_HOOKS_DONE, err);
}

/* One packet of the child. Returns 1 for `until`, 2 for `executing`. */
static int handle(struct launch *launch, const struct link_packet *packet, int *fd,
		  struct error *err)
{
	switch ((enum link_message)packet->message) {
	case LINK_ERROR:
		*err = packet->error;
		return -1;
	case LINK_DEBUG:
		log_debug("%s", packet->error.text);
		return 0;
	case LINK_MOUNTED:
		return run_hooks(launch, err);
	case LINK_CONSOLE:
		return take_console(launch, fd, err);
	case LINK_CREATED:
		return 1;
	case LINK_EXECUTING:
		return 2;
	default:
		return fail(err, ERROR_BUG, "the container sent '%s'",
			    link_message_name(packet->message));
	}
}

int launch_until_created(struct launch *launch, struct error *err)
{
	struct link_packet packet;
	int result = 0;

	while (result == 0) {
		CLEANUP(fd_close) int fd = -1;

		result = receive(launch, &packet, &fd, err);
		if (result == 1)
			return died(launch, "created", err);
		if (result == 0)
			result = handle(launch, &packet, &fd, err);
	}
	if (result == 2)
		return fail(err, ERROR_BUG, "expected 'created', got 'executing'");
	return result < 0 ? -1 : 0;
}

int launch_set_rlimits(const struct launch *launch, struct error *err)
{
	const struct plan_process *process = &launch->plan->process;
	const struct plan_rlimit *rlimit;
	size_t i;

	if (!process->rlimits_by_host)
		return 0;
	for (i = 0; i < process->rlimits.len; i++) {
		rlimit = &process->rlimits.at[i];
		if (limits_set_rlimit(launch->pid, rlimit->resource, rlimit->soft, rlimit->hard,
				      err) < 0)
			return wrap(err, "%s", rlimit->origin);
	}
	return 0;
}

int launch_release(struct launch *launch, bool executed, struct error *err)
{
	struct link_packet packet;
	bool executing = false;
	int result;

	if (tell(launch, LINK_SAVED, err) < 0)
		return -1;
	if (!executed)
		return 0;
	for (;;) {
		result = receive(launch, &packet, NULL, err);
		if (result < 0)
			return -1;
		/*
		 * The end of file is the success of execve, unless it is the end of the process in
		 * it (for want of memory).
		 */
		if (result == 1)
			return executing && (process_wait_gone(launch->pidfd, 0, err) == 1 ||
					     process_has_executed(launch->pid))
				   ? 0
				   : died(launch, "executed", err);
		result = handle(launch, &packet, NULL, err);
		if (result < 0)
			return -1;
		if (result == 2)
			executing = true;
	}
}

void launch_abandon(struct launch *launch)
{
	struct error ignored = {0};
	int status;

	if (launch->pid <= 0)
		return;
	(void)!process_signal(launch->pidfd, SIGKILL, &ignored);
	(void)!process_reap(launch->pid, &status, &ignored);
	launch->pid = 0;
}
