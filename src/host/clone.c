#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "child/child.h"
#include "host/parts.h"
#include "kernel/identity.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "link/link.h"

/* ------------------------------------------------- joining before the clone */

/* Namespaces that the host itself enters for the time of the clone, and the way back. */
struct visit {
	int type;
	int there;
	int back;
};

#define VISITS 8

static void close_visits(struct visit (*visits)[VISITS])
{
	int i;

	for (i = 0; i < VISITS; i++) {
		fd_close(&(*visits)[i].there);
		fd_close(&(*visits)[i].back);
	}
}

/*
 * A wrong kind of file is an error before anything is made; one that we are in already needs no
 * joining.
 */
static int open_joins(struct plan *plan, bool *user, struct error *err)
{
	struct plan_join *join;
	bool same;
	size_t i;

	*user = false;
	for (i = 0; i < plan->namespaces.join.len; i++) {
		join = &plan->namespaces.join.at[i];
		if (join->fd < 0)
			join->fd = namespace_open(join->path, join->type, err);
		if (join->fd < 0)
			return wrap(err, "%s.path", join->origin);
		if (!plan->is_exec) {
			if (namespace_is_own(join->fd, join->type, &same, err) < 0)
				return wrap(err, "%s.path", join->origin);
			/* The root filesystem would become that of the whole host. */
			if (same && join->type == CLONE_NEWNS)
				return fail(
				    err, ERROR_CONFIG,
				    "%s.path: '%s' is the mount namespace that hoy itself is in",
				    join->origin, join->path);
			if (same)
				fd_close(&join->fd);
		}
		if (join->fd >= 0 && join->type & CLONE_NEWUSER)
			*user = true;
	}
	return 0;
}

/*
 * Without a user namespace to join first, the host enters what is to be joined, clones, and goes
 * back: a namespace that the host owns can no longer be joined from inside a new user namespace,
 * and a PID namespace only counts for children, so this saves a process. The mount namespace is
 * left to the child: going there would change the host's own root and working folder.
 */
static int plan_visits(struct plan *plan, struct visit (*visits)[VISITS], struct error *err)
{
	struct plan_join *join;
	size_t i, n = 0;

	for (i = 0; i < plan->namespaces.join.len; i++) {
		join = &plan->namespaces.join.at[i];
		/* One descriptor for several (exec) has the mount namespace among them. */
		if (join->fd < 0 || join->type & CLONE_NEWNS || join->type & (join->type - 1) ||
		    n == VISITS)
			continue;
		(*visits)[n].back = namespace_open_own(join->type, true, err);
		if ((*visits)[n].back < 0)
			return -1;
		(*visits)[n].type = join->type;
		(*visits)[n].there = fd_take(&join->fd);
		n++;
	}
	return 0;
}

/*
 * In a PID namespace that exists already its processes can see the child at once. It is a copy of
 * us, and so not dumpable as long as we are not (CVE-2016-9962). With a uid_map still to be written
 * it has to be dumpable; nobody joins a stranger's PID namespace with that.
 */
static int hide(const struct launch *launch, const struct visit visits[VISITS], bool hidden,
		struct error *err)
{
	return visits[0].there >= 0 && !launch->plan->ids.uid_map
		   ? process_set_dumpable(!hidden, err)
		   : 0;
}

static int go_there(const struct visit visits[VISITS], struct error *err)
{
	int i;

	for (i = 0; i < VISITS && visits[i].there >= 0; i++)
		if (namespace_join(visits[i].there, visits[i].type, err) < 0)
			return -1;
	return 0;
}

/* All the way, also from half of it. */
static int go_back(const struct visit visits[VISITS], struct error *err)
{
	int i, result = 0;

	for (i = 0; i < VISITS && visits[i].back >= 0; i++)
		if (namespace_join(visits[i].back, visits[i].type, err) < 0)
			result = wrap(err, "return from the container's namespaces");
	return result;
}

/* ------------------------------------------------------------------- clone */

static _Noreturn void in_child(const struct launch *launch, int ends[2])
{
	size_t i;

	close(ends[0]);
	for (i = 0; i < COUNT(launch->close_in_child); i++)
		if (launch->close_in_child[i] >= 0)
			close(launch->close_in_child[i]);
	child_run(launch->plan, ends[1]);
}

/*
 * Reasons why a clone straight into the cgroup may fail where a move afterwards may do: no such
 * flag, or rights along the path.
 */
static bool may_enter_later(const struct error *err)
{
	return err->number == ENOSYS || err->number == EAGAIN || err->number == EACCES ||
	       err->number == EINVAL || err->number == E2BIG;
}

/*
 * A hard limit is raised with CAP_SYS_RESOURCE in the first user namespace: ours, if we have it
 * (prlimit(2)). Without it prlimit also refuses a process that has changed its user, and the child
 * can do as much itself, before that.
 */
static int choose_rlimits(struct plan_process *process, struct error *err)
{
	struct capability_sets sets;

	if (!process->rlimits.len)
		return 0;
	if (identity_get_capabilities(&sets, err) < 0)
		return -1;
	process->rlimits_by_host = sets.effective >> CAP_SYS_RESOURCE & 1;
	return 0;
}

static int clone_child(struct launch *launch, int ends[2], struct error *err)
{
	bool again = child_clones_again(launch->plan);
	uint64_t flags = again ? 0 : launch->plan->namespaces.create & ~(uint64_t)CLONE_NEWCGROUP;

	launch->pid = -1;
	if (launch->cgroup >= 0 && !launch->outside) {
		launch->plan->wait_placed = false;
		launch->pid = process_clone(flags, launch->cgroup, &launch->pidfd, err);
		if (launch->pid < 0 && !may_enter_later(err))
			return -1;
	}
	if (launch->pid < 0) {
		launch->plan->wait_placed = launch->cgroup >= 0;
		launch->pid = process_clone(flags, -1, &launch->pidfd, err);
	}
	if (launch->pid == 0)
		in_child(launch, ends);
	return launch->pid < 0 ? -1 : 0;
}

int clone_process(struct launch *launch, struct error *err)
{
	CLEANUP(close_visits) struct visit visits[VISITS];
	int ends[2], result, i;

	for (i = 0; i < VISITS; i++)
		visits[i] = (struct visit){0, -1, -1};
	if (open_joins(launch->plan, &launch->joins_user, err) < 0)
		return -1;
	if (!launch->joins_user && plan_visits(launch->plan, &visits, err) < 0)
		return -1;
	/*
	 * With SIGCHLD ignored by whoever started us, the kernel would reap the child itself, and
	 * its status be lost (wait(2)).
	 */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return fail_errno(err, "handle SIGCHLD");
	if (choose_rlimits(&launch->plan->process, err) < 0 || link_pair(ends, err) < 0)
		return -1;
	launch->link = ends[0];
	result = hide(launch, visits, true, err);
	if (result == 0)
		result = go_there(visits, err);
	if (result == 0)
		result = clone_child(launch, ends, err);
	if (result < 0) {
		struct error ignored = {0};

		(void)!go_back(visits, &ignored);
		close(ends[1]);
		return -1;
	}
	close(ends[1]);
	if (go_back(visits, err) < 0)
		return -1;
	return hide(launch, visits, false, err);
}
