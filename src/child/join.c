#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "child/child.h"
#include "child/steps.h"
#include "kernel/identity.h"
#include "kernel/limits.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "link/link.h"

static int joined_types(const struct plan *plan)
{
	int types = 0;
	size_t i;

	for (i = 0; i < plan->namespaces.join.len; i++)
		if (plan->namespaces.join.at[i].fd >= 0)
			types |= plan->namespaces.join.at[i].type;
	return types;
}

bool child_clones_again(const struct plan *plan)
{
	int types = joined_types(plan);

	return types & CLONE_NEWPID ||
	       (types & CLONE_NEWUSER && plan->namespaces.create & ~(uint64_t)CLONE_NEWCGROUP);
}

/*
 * A user namespace comes first: it gives the right to join the others. So does a descriptor that
 * stands for several namespaces (exec: a pidfd): setns(2) puts them in order itself. The mount
 * namespace comes last, since paths change with it.
 */
enum turn { FIRST, MIDDLE, LAST };

static enum turn turn_of(int type)
{
	if (type & CLONE_NEWUSER || type & (type - 1))
		return FIRST;
	return type == CLONE_NEWNS ? LAST : MIDDLE;
}

static int join_those(const struct plan *plan, enum turn turn, struct error *err)
{
	const struct plan_join *join;
	size_t i;

	for (i = 0; i < plan->namespaces.join.len; i++) {
		join = &plan->namespaces.join.at[i];
		if (join->fd < 0 || turn_of(join->type) != turn)
			continue;
		if (namespace_join(join->fd, join->type, err) < 0)
			return join->origin ? wrap(err, "%s", join->origin) : -1;
	}
	return 0;
}

/*
 * The real child comes from here; this process tells the host its PID and ends. Until it has, the
 * other waits (for the end of file of a pipe): the host must know whom it talks to.
 */
static int clone_again(struct child *child, struct error *err)
{
	uint64_t flags = child->plan->namespaces.create & ~(uint64_t)CLONE_NEWCGROUP;
	int told[2];
	char nothing;
	pid_t pid;

	/*
	 * For exec the next process is in the container's PID namespace from its first moment on, and
	 * for one that has CAP_SYS_PTRACE there (non-dumpable or not) an open book. It is to hold
	 * nothing of the host then: no root, no working folder, no descriptor (CVE-2016-9962).
	 */
	if (child->plan->is_exec &&
	    fd_close_from(3 + child->plan->process.preserve_fds, &child->link, 1, err) < 0)
		return -1;
	if (pipe2(told, O_CLOEXEC) < 0)
		return fail_errno(err, "make a pipe");
	/* CLONE_PARENT: the host must be able to wait for it. */
	pid = process_clone(flags | CLONE_PARENT, -1, NULL, err);
	if (pid < 0)
		return -1;
	if (pid > 0)
		_exit(link_send_number(child->link, LINK_CLONED, pid, err) < 0);
	close(told[1]);
	if (fd_read(told[0], &nothing, 1) < 0)
		return fail_errno(err, "wait until hoy knows this process");
	close(told[0]);
	return process_set_parent_death_signal(SIGKILL, err);
}

int join_namespaces(struct child *child, struct error *err)
{
	const struct plan *plan = child->plan;
	int types = joined_types(plan);
	bool again = child_clones_again(plan);

	if (!types)
		return 0;
	/*
	 * From the first setns on, processes in the container could look at us (CVE-2016-9962).
	 * What needs a dumpable process comes before: /proc/self belongs to root as soon as we are
	 * not.
	 */
	if (types & CLONE_NEWUSER && plan->process.set_oom_score_adj &&
	    limits_set_oom_score_adj(0, plan->process.oom_score_adj, err) < 0)
		return wrap(err, "%s.oomScoreAdj", plan->process.origin);
	if (process_set_dumpable(false, err) < 0)
		return -1;
	if (join_those(plan, FIRST, err) < 0 || join_those(plan, MIDDLE, err) < 0 ||
	    join_those(plan, LAST, err) < 0)
		return -1;
	return again ? clone_again(child, err) : 0;
}

/* Root of the container's user namespace, and invisible to whoever is in there already. */
int enter_user(struct child *child, struct error *err)
{
	if (child->plan->namespaces.user && identity_set_ids(0, 0, err) < 0)
		return wrap(err, "linux.uidMappings");
	/* A change of IDs clears the death signal (prctl(2)). */
	if (process_set_parent_death_signal(SIGKILL, err) < 0)
		return -1;
	return process_set_dumpable(false, err);
}

int wait_for_ids(struct child *child, struct error *err)
{
	if (child->plan->ids.uid_map && link_expect(child->link, LINK_IDS_MAPPED, err) < 0)
		return -1;
	return enter_user(child, err);
}

int wait_for_cgroup(struct child *child, struct error *err)
{
	if (child->plan->wait_placed && link_expect(child->link, LINK_PLACED, err) < 0)
		return -1;
	/* Not with the clone: the new namespace would be rooted in the caller's cgroup. */
	if (child->plan->namespaces.create & CLONE_NEWCGROUP)
		return namespace_unshare(CLONE_NEWCGROUP, err);
	return 0;
}
