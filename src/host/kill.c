#include <signal.h>

#include "base/fd.h"
#include "host/parts.h"
#include "kernel/process.h"

static int not_running(struct error *err)
{
	/* The words that every engine's match finds (survey 4.4). */
	return fail(err, ERROR_STATE, "container not running");
}

static int kill_first(const struct record *record, int signal, struct error *err)
{
	CLEANUP(fd_close) int pidfd = process_open_if_same((pid_t)record->pid, record->start_time, err);
	int result;

	if (pidfd < 0)
		return pidfd == -2 ? not_running(err) : -1;
	result = process_signal(pidfd, signal, err);
	return result == 1 ? not_running(err) : result;
}

static int kill_one(const struct record *record, pid_t pid, int signal, struct arena *arena,
		    struct error *err)
{
	CLEANUP(fd_close) int pidfd = process_open(pid, err);
	pid_t *pids;
	size_t len, i;

	if (pidfd < 0)
		return pidfd == -2 ? 0 : -1;
	if (host_pids(record, &pids, &len, arena, err) < 0)
		return -1;
	for (i = 0; i < len; i++)
		if (pids[i] == pid)
			return process_signal(pidfd, signal, err) < 0 ? -1 : 0;
	return 0;
}

static int kill_all(const struct record *record, int signal, struct arena *arena, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	pid_t *pids;
	size_t len, i;

	if (look_cgroup(record, &fd, err) < 0)
		return -1;
	if (fd >= 0 && record->cgroup_made)
		return signal == SIGKILL
			   ? (cgroup_kill(fd, record->cgroup, 10000, err) < 0 ? -1 : 0)
			   : cgroup_signal(fd, record->cgroup, signal, err);
	/*
	 * No cgroup that is only the container's. SIGKILL for the first process of a PID namespace
	 * is one for all; another signal goes to each, by a pidfd that is opened before the list is
	 * read a second time: who is still in it then is who was meant.
	 */
	if (fd >= 0 && !record->own_pid_namespace)
		return fail(err, ERROR_STATE,
			    "kill all: the cgroup '%s' is not this container's own",
			    record->cgroup);
	if (signal == SIGKILL || !record->own_pid_namespace)
		return kill_first(record, signal, err) < 0 && err->kind != ERROR_STATE ? -1 : 0;
	if (host_pids(record, &pids, &len, arena, err) < 0)
		return -1;
	for (i = 0; i < len; i++)
		if (kill_one(record, pids[i], signal, arena, err) < 0)
			return -1;
	return 0;
}

int host_kill(struct store *store, const char *id, int signal, bool all, struct arena *arena,
	      struct error *err)
{
	struct record record = {0};
	enum host_status status;

	if (host_look(store, id, &record, &status, arena, err) < 0)
		return -1;
	if (all)
		return kill_all(&record, signal, arena, err);
	if (status == HOST_STOPPED || status == HOST_CREATING)
		return not_running(err);
	/*
	 * The kernel keeps a signal for a frozen process until it thaws; runc and engines know
	 * that.
	 */
	return kill_first(&record, signal, err);
}

/* ------------------------------------------------------------ pause, resume */

#define PATIENCE 10000

static int freezable(struct store *store, const char *id, struct record *record,
		     enum host_status *status, int *fd, struct arena *arena, struct error *err)
{
	if (host_look(store, id, record, status, arena, err) < 0)
		return -1;
	if (*status == HOST_STOPPED || *status == HOST_CREATING)
		return not_running(err);
	if (look_cgroup(record, fd, err) < 0)
		return -1;
	if (*fd < 0)
		return fail(err, ERROR_STATE, "container '%s' has no cgroup of its own to freeze",
			    id);
	return 0;
}

int host_pause(struct store *store, const char *id, struct arena *arena, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	struct record record = {0};
	enum host_status status;

	if (freezable(store, id, &record, &status, &fd, arena, err) < 0)
		return -1;
	if (status == HOST_PAUSED)
		return fail(err, ERROR_STATE, "container paused");
	return cgroup_freeze(fd, record.cgroup, PATIENCE, err);
}

int host_resume(struct store *store, const char *id, struct arena *arena, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	struct record record = {0};
	enum host_status status;

	if (freezable(store, id, &record, &status, &fd, arena, err) < 0)
		return -1;
	if (status != HOST_PAUSED)
		return fail(err, ERROR_STATE, "container not paused");
	return cgroup_thaw(fd, record.cgroup, PATIENCE, err);
}
