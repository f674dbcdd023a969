#include <signal.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/fd.h"
#include "base/log.h"
#include "host/parts.h"
#include "kernel/process.h"

/* What a killed process is given to end in: it may have much memory to give back. */
#define PATIENCE 10000

/*
 * The first process, by PID and start time: a container without a cgroup of its own. With a PID
 * namespace of its own this kills all of it.
 */
static int kill_first(const struct record *record, struct error *err)
{
	CLEANUP(fd_close) int pidfd = -1;
	int result;

	if (record->pid <= 0)
		return 0;
	pidfd = process_open_if_same((pid_t)record->pid, record->start_time, err);
	if (pidfd < 0)
		return pidfd == -2 ? 0 : -1;
	result = process_signal(pidfd, SIGKILL, err);
	if (result == 0)
		result = process_wait_gone(pidfd, PATIENCE, err);
	else if (result == 1)
		return 0;
	if (result == 1)
		return fail(err, ERROR_SYSTEM, "process %d does not end after SIGKILL",
			    (int)record->pid);
	return result;
}

/*
 * Everything in the cgroup, but only in one that this container has made: another one may hold its
 * caller (config.json may name any). A frozen one that is not ours is thawed, as the kernel
 * delivers no signal there otherwise.
 */
static int kill_cgroup(const struct cgroup_tree *tree, const struct record *record,
		       struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	bool frozen = false;
	int result;

	result = cgroup_open(tree, record->cgroup, &fd, err);
	if (result != 0)
		return result < 0 ? -1 : 0;
	/*
	 * Before it had a process, `create` was killed: nothing of ours is in there (a child
	 * without its host ends by itself), but somebody else may have made the same path since.
	 */
	if (record->pid <= 0)
		return 0;
	if (!record->cgroup_made) {
		if (cgroup_is_frozen(fd, &frozen, err) < 0)
			return -1;
		return frozen ? cgroup_thaw(fd, record->cgroup, PATIENCE, err) : 0;
	}
	result = cgroup_kill(fd, record->cgroup, PATIENCE, err);
	if (result == 1)
		return fail(err, ERROR_SYSTEM, "processes in cgroup '%s' do not end after SIGKILL",
			    record->cgroup);
	return result;
}

/* Keep the first of several failures; the others are warnings. */
static int note(int result, const struct error *now, struct error *first)
{
	if (result >= 0)
		return 0;
	if (first->kind == ERROR_NONE)
		*first = *now;
	else
		log_warning("%s", now->text);
	return -1;
}

int destroy(struct store *store, struct store_entry *entry, const struct record *record,
	    const struct plan_hooks *hooks, struct error *err)
{
	CLEANUP(cgroup_close_tree) struct cgroup_tree tree = {.fd = -1};
	struct error now = {0}, first = {0};
	bool has_tree = false;

	if (record->cgroup) {
		int result = cgroup_open_tree(&tree, &now);

		has_tree = result == 0;
		note(result, &now, &first);
	}
	if (has_tree)
		note(kill_cgroup(&tree, record, &now), &now, &first);
	note(kill_first(record, &now), &now, &first);
	note(fault_step("host-destroy", &now), &now, &first);
	if (has_tree && record->cgroup_made)
		note(cgroup_remove(&tree, record->cgroup, record->cgroup_made, &now), &now, &first);
	/* While anything of it is left, its state is what `delete` needs to try again. */
	if (first.kind == ERROR_NONE) {
		if (hooks && hooks_run(hooks, HOOK_POSTSTOP, "stopped", 0, true, &now) < 0)
			log_warning("%s", now.text);
		note(store_remove(store, entry, &now), &now, &first);
	}
	if (first.kind == ERROR_NONE)
		return 0;
	*err = first;
	return -1;
}

/*
 * The poststop hooks, from the copy of config.json; a copy that cannot be read is a warning, since
 * the container must go.
 */
static const struct plan_hooks *load_hooks(const struct store_entry *entry,
					   const struct record *record, struct plan_hooks *hooks,
					   struct arena *arena)
{
	struct error err = {0};

	if (!record->has_poststop)
		return NULL;
	if (hooks_load(entry, record, hooks, arena, &err) < 0) {
		log_warning("run the poststop hooks: %s", err.text);
		return NULL;
	}
	return hooks;
}

static int may_delete(const struct record *record, struct error *err)
{
	enum host_status status;

	if (host_status(record, &status, err) < 0)
		return -1;
	/*
	 * A container that is only created is killed and deleted, against runtime.md's letter:
	 * engines depend on it (survey, 3x).
	 */
	if (status == HOST_STOPPED || status == HOST_CREATED || status == HOST_CREATING)
		return 0;
	return fail(err, ERROR_STATE, "cannot delete container '%s' that is not stopped: %s",
		    record->id, host_status_name(status));
}

int host_delete(struct store *store, const char *id, bool force, struct arena *arena,
		struct error *err)
{
	CLEANUP(store_entry_close) struct store_entry entry = {.fd = -1, .lock = -1};
	struct plan_hooks hooks = {0};
	struct record record = {0};

	if (store_check_id(id, err) < 0)
		return -1;
	if (store_find(store, id, true, &entry, err) < 0)
		return force && err->kind == ERROR_STATE && store_missing(store, id) ? 0 : -1;
	if (store_load(&entry, &record, arena, err) < 0) {
		if (!force)
			return -1;
		log_warning("%s; what it knew of is not cleaned up: a process that waits, a cgroup",
			    err->text);
		record = (struct record){.id = id};
	}
	if (!force && may_delete(&record, err) < 0)
		return -1;
	return destroy(store, &entry, &record, load_hooks(&entry, &record, &hooks, arena), err);
}
