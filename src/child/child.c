#include "child/child.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fault.h"
#include "child/steps.h"
#include "kernel/process.h"
#include "link/link.h"

struct step {
	const char *name;
	int (*run)(struct child *child, struct error *err);
};

/* clang-format off: one line a step */

/*
 * The order is the design. Every line has its reason in docs/handshake.md; read it before moving
 * one.
 */
static const struct step create_steps[] = {
    {"join", join_namespaces}, /* what could not be joined before the clone */
    {"ids", wait_for_ids}, /* host: uid_map, gid_map, oom_score_adj; then become root of the user
			      namespace */
    {"cgroup", wait_for_cgroup}, /* the cgroup namespace is rooted where we sit by now */
    {"root", prepare_root},
    {"mounts", make_mounts}, /* sources were opened and cloned by the host */
    {"devices", make_devices},
    {"host-hooks", wait_for_hooks},	/* host: prestart, createRuntime */
    {"create-hooks", run_create_hooks}, /* before the pivot, says the specification */
    {"pivot", pivot},
    {"console", take_console}, /* makes /dev/console, so before anything turns read-only */
    {"cwd", make_cwd},	       /* a missing one is made while the root can still be written */
    {"settle", settle},	       /* host name, sysctls: /proc/sys is still writable */
    {"cover", cover_paths},    /* masked paths, read-only paths, read-only root */
    {"limits", set_limits},    /* those that the host does not set */
    {"keyring", new_keyring},  /* before a filter can forbid it */
    {"descriptors",
     close_descriptors}, /* nothing that leads to the host stays open in the child that waits */
    {"filter-early", filter_early}, /* without no_new_privs, seccomp needs CAP_SYS_ADMIN */
    {"become", become},		    /* stdio's owner, groups, IDs, capabilities, working folder */
    {"program", find_program}, /* with the final identity, so that a missing program fails create */
    {"filter", filter_late},   /* with no_new_privs: as late as can be */
    {"created", report_created}, /* host: limits, state; create returns */
    {"start", wait_for_start},	 /* from here on only read, write, close, execve: the container's
				    filter is on */
    {"start-hooks", run_start_hooks}, /* confined like the program, as runc runs them */
    {"execute", execute},
    {NULL, NULL},
};

/*
 * A second process in a container that runs: the same functions, less all that the container has
 * already.
 */
static const struct step exec_steps[] = {
    {"join", join_namespaces},
    {"cgroup", wait_for_cgroup},
    {"user", enter_user},
    {"root", find_root},
    {"console", take_console},
    {"cwd", make_cwd},
    {"limits", set_limits},
    {"keyring", new_keyring},
    {"descriptors", close_descriptors},
    {"filter-early", filter_early},
    {"become", become},
    {"program", find_program},
    {"filter", filter_late},
    {"created", report_created},
    {"execute", execute},
    {NULL, NULL},
};

/* clang-format on */

/* Tell whoever listens, and end: the host as long as the link is there, afterwards `start`. */
static _Noreturn void give_up(const struct child *child, const struct error *err)
{
	struct link_report report = {
	    .kind = child->hook_failed ? LINK_REPORT_HOOK : LINK_REPORT_ERROR,
	    .error = *err,
	};

	if (child->link >= 0)
		link_send_error(child->link, err);
	else if (child->plan->report_fd >= 0)
		(void)!write(child->plan->report_fd, &report, sizeof(report));
	_exit(1);
}

static void nothing(int signal)
{
	(void)signal;
}

/*
 * Every signal as the program is to find it; but a host that has gone shall be an error of the
 * link, not a SIGPIPE. With a handler rather than SIG_IGN: execve takes handlers away by itself,
 * when sigaction(2) may long be forbidden.
 */
static int settle_signals(int link, struct error *err)
{
	struct pollfd host = {.fd = link, .events = 0};
	const struct sigaction pipe = {.sa_handler = nothing, .sa_flags = SA_RESTART};

	if (process_reset_signals(err) < 0)
		return -1;
	if (sigaction(SIGPIPE, &pipe, NULL) < 0)
		return fail_errno(err, "handle SIGPIPE");
	if (process_set_parent_death_signal(SIGKILL, err) < 0)
		return -1;
	/* A host that was killed before this was set: its end of the link is closed. */
	if (poll(&host, 1, 0) > 0 && host.revents & POLLHUP)
		return fail(err, ERROR_SYSTEM, "hoy has gone before the first step");
	return 0;
}

_Noreturn void child_run(const struct plan *plan, int link)
{
	struct child child = {.plan = plan, .link = link, .root = -1, .proc = -1};
	const struct step *step = plan->is_exec ? exec_steps : create_steps;
	struct error err = {0};

	child.mounts = calloc(plan->mounts.len + 1, sizeof(*child.mounts));
	if (!child.mounts) {
		fail_errno(&err, "prepare for %zu mounts", plan->mounts.len);
		give_up(&child, &err);
	}
	if (settle_signals(link, &err) < 0)
		give_up(&child, &err);
	for (; step->name; step++) {
		if (plan->debug && child.link >= 0)
			link_send_debug(child.link, step->name);
		if (fault_step(step->name, &err) < 0 || step->run(&child, &err) < 0)
			give_up(&child, &err);
	}
	fail(&err, ERROR_BUG, "the last step returned");
	give_up(&child, &err);
}
