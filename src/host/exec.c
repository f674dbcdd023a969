#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "host/parts.h"
#include "kernel/namespace.h"
#include "kernel/process.h"

/* A container, held for the time of one exec. */
struct host_target {
	struct record record;
	int pidfd;
	struct launch launch;
};

static void target_close(struct host_target *target)
{
	fd_close(&target->pidfd);
	launch_close(&target->launch);
}

static int find_target(struct store *store, const char *id, const struct host_exec_options *options,
		       struct host_target *target, struct arena *arena, struct error *err)
{
	enum host_status status;

	if (host_look(store, id, &target->record, &status, arena, err) < 0)
		return -1;
	if (status == HOST_STOPPED || status == HOST_CREATING)
		return fail(err, ERROR_STATE, "cannot exec in a stopped container");
	if (status == HOST_PAUSED && !options->ignore_paused)
		return fail(err, ERROR_STATE,
			    "cannot exec in a paused container (use --ignore-paused to override)");
	target->pidfd =
	    process_open_if_same((pid_t)target->record.pid, target->record.start_time, err);
	if (target->pidfd == -2)
		return fail(err, ERROR_STATE, "cannot exec in a stopped container");
	return target->pidfd < 0 ? -1 : 0;
}

static int add_join(struct plan *plan, int type, int fd, struct arena *arena, struct error *err)
{
	struct plan_join *join;

	if (fd < 0)
		return err->kind ? -1 : fail_errno(err, "copy a descriptor");
	join = list_add(arena, &plan->namespaces.join);
	*join = (struct plan_join){.type = type, .path = "the container", .fd = fd};
	return 0;
}

/*
 * Where pidfd_open(2) is missing, the process is held by its folder in /proc, which setns does not take: one
 * descriptor for each namespace then.
 */
static int add_each(struct plan *plan, const struct host_target *target, int types, struct arena *arena,
		    struct error *err)
{
	unsigned int left = (unsigned int)types, type;

	for (; left; left &= left - 1) {
		type = left & -left;
		if (add_join(plan, (int)type, namespace_open_of((pid_t)target->record.pid, (int)type, err), arena, err) < 0)
			return -1;
	}
	if (process_wait_gone(target->pidfd, 0, err) != 1)
		return fail(err, ERROR_STATE, "cannot exec in a stopped container");
	return 0;
}

static bool is_pidfd(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode);
}

/*
 * By one pidfd for all (setns(2)): a container that ends meanwhile cannot hand us another process'
 * namespaces.
 */
static int plan_joins(struct plan *plan, const struct host_target *target, struct arena *arena,
		      struct error *err)
{
	int types;

	plan->namespaces.join.len = 0;
	/* Only those: setns refuses our own user namespace (EINVAL), and the others cost time. */
	if (namespace_differing((pid_t)target->record.pid, &types, err) < 0)
		return -1;
	/*
	 * The PID was the container's only as long as this process lives. And nothing may ever run
	 * on the host by mistake: a container always has a mount namespace that is not ours.
	 */
	if (process_wait_gone(target->pidfd, 0, err) != 1 || !(types & CLONE_NEWNS))
		return fail(err, ERROR_STATE, "cannot exec in a stopped container");
	plan->namespaces.user = target->record.user_namespace && types & CLONE_NEWUSER;
	if (!is_pidfd(target->pidfd))
		return add_each(plan, target, types, arena, err);
	return add_join(plan, types, fcntl(target->pidfd, F_DUPFD_CLOEXEC, 3), arena, err);
}

/*
 * The container's cgroup, or the one below it that --cgroup names. Where that is no leaf any more,
 * or gone (a systemd inside has moved itself), the first process' present one.
 */
static int open_cgroup(struct host_target *target, const struct host_exec_options *options,
		       bool present, struct arena *arena, struct error *err)
{
	CLEANUP(cgroup_close_tree) struct cgroup_tree tree = {.fd = -1};
	const char *path = target->record.cgroup;
	int result;

	if (!path)
		return 0;
	if (present && cgroup_of((pid_t)target->record.pid, &path, arena, err) != 0)
		return fail(err, ERROR_STATE, "cannot exec in a stopped container");
	if (options->cgroup)
		path = path_clean(arena,
				  path_join(arena, path, path_clean(arena, options->cgroup) + 1));
	result = cgroup_open_tree(&tree, err);
	if (result != 0)
		return result < 0 ? -1 : 0;
	fd_close(&target->launch.cgroup);
	target->launch.cgroup_path = path;
	result = cgroup_open(&tree, path, &target->launch.cgroup, err);
	if (result == 1 && options->cgroup)
		return fail(err, ERROR_USAGE, "--cgroup: there is no cgroup '%s'", path);
	if (result == 1 && !present)
		return open_cgroup(target, options, true, arena, err);
	return result < 0 ? -1 : 0;
}

/* With `present` into the cgroup that the container's first process is in now, else into its own. */
static int try_clone(struct host_target *target, const struct host_exec_options *options,
		     bool present, struct arena *arena, struct error *err)
{
	struct launch *launch = &target->launch;

	if (plan_joins(launch->plan, target, arena, err) < 0 ||
	    open_cgroup(target, options, present, arena, err) < 0)
		return -1;
	if (launch_clone(launch, err) == 0)
		return 0;
	launch_abandon(launch);
	fd_close(&launch->pidfd);
	fd_close(&launch->link);
	sources_close(launch->plan);
	return -1;
}

static int clone_into(struct host_target *target, const struct host_exec_options *options,
		      struct arena *arena, struct error *err)
{
	bool present = false;

	if (try_clone(target, options, present, arena, err) == 0)
		return 0;
	/* There was room for the first process of two, but not for both (pids.max). */
	if (target->launch.cgroup_path && err->number == EAGAIN) {
		target->launch.outside = true;
		if (try_clone(target, options, present, arena, err) == 0)
			return 0;
	}
	present = target->launch.cgroup_path && !options->cgroup &&
		  (err->number == EBUSY || err->number == ENOENT);
	return present ? try_clone(target, options, present, arena, err) : -1;
}

static int execute(struct host_target *target, const struct host_exec_options *options,
		   struct arena *arena, struct error *err)
{
	struct launch *launch = &target->launch;

	if (options->console_socket) {
		launch->console = console_connect(options->console_socket, err);
		if (launch->console < 0)
			return -1;
	}
	if (clone_into(target, options, arena, err) < 0)
		return -1;
	/* The child's copies do the joining. */
	sources_close(launch->plan);
	if (launch_until_created(launch, err) < 0 || launch_set_rlimits(launch, err) < 0)
		return -1;
	if (options->pid_file && pid_file_write(options->pid_file, launch->pid, err) < 0)
		return -1;
	if (!options->detach && attend_block_signals(err) < 0)
		return -1;
	return launch_release(launch, true, err);
}

int host_exec(struct store *store, const char *id, struct plan *plan,
	      const struct host_exec_options *options, int *status, struct arena *arena,
	      struct error *err)
{
	CLEANUP(target_close) struct host_target target = {.pidfd = -1, .launch = LAUNCH_INIT(plan)};

	*status = 0;
	if (!options->detach)
		attend_fit_window(&plan->process);
	target.launch.close_in_child[0] = store->fd;
	if (find_target(store, id, options, &target, arena, err) < 0)
		return -1;
	if (execute(&target, options, arena, err) < 0) {
		launch_abandon(&target.launch);
		return -1;
	}
	if (options->detach)
		return 0;
	return attend(&target.launch, plan->process.terminal, status, err);
}
