#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "host/parts.h"
#include "kernel/process.h"

const char *host_status_name(enum host_status status)
{
	static const char *const names[] = {"creating", "created", "running", "paused", "stopped"};

	return names[status];
}

int look_cgroup(const struct record *record, int *fd, struct error *err)
{
	CLEANUP(cgroup_close_tree) struct cgroup_tree tree = {.fd = -1};
	int result;

	*fd = -1;
	if (!record->cgroup)
		return 1;
	result = cgroup_open_tree(&tree, err);
	return result == 0 ? cgroup_open(&tree, record->cgroup, fd, err) : result;
}

/* Without a cgroup nothing can be frozen. */
static int is_paused(const struct record *record, bool *paused, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	int result = look_cgroup(record, &fd, err);

	*paused = false;
	if (result != 0)
		return result < 0 ? -1 : 0;
	return cgroup_is_frozen(fd, paused, err);
}

int host_status(const struct record *record, enum host_status *status, struct error *err)
{
	CLEANUP(fd_close) int pidfd = -1;
	bool paused;

	if (record->phase == RECORD_CREATING) {
		*status = HOST_CREATING;
		return 0;
	}
	pidfd = process_open_if_same((pid_t)record->pid, record->start_time, err);
	if (pidfd == -1)
		return -1;
	if (pidfd < 0) {
		*status = HOST_STOPPED;
		return 0;
	}
	if (is_paused(record, &paused, err) < 0)
		return -1;
	*status = paused			    ? HOST_PAUSED
		  : record->phase == RECORD_CREATED ? HOST_CREATED
						    : HOST_RUNNING;
	return 0;
}

int host_look(struct store *store, const char *id, struct record *record, enum host_status *status,
	      struct arena *arena, struct error *err)
{
	CLEANUP(store_entry_close) struct store_entry entry = {.fd = -1, .lock = -1};

	if (store_find(store, id, false, &entry, err) < 0 ||
	    store_load(&entry, record, arena, err) < 0)
		return -1;
	return host_status(record, status, err);
}

/* ------------------------------------------------------------------- pids */

static ino_t pid_namespace_of(const char *pid)
{
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.20s/ns/pid", pid);
	return stat(path, &status) < 0 ? 0 : status.st_ino;
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/*
 * Those in the same PID namespace as the first process, which `pidfd` holds: its number alone might
 * be another process' by now, and its namespace that of the whole machine.
 */
static int pids_of_namespace(pid_t first, int pidfd, pid_t **pids, size_t *len, struct arena *arena,
			     struct error *err)
{
	CLEANUP(close_folder) DIR *proc = opendir("/proc");
	LIST(pid_t) list = {0};
	struct dirent *entry;
	uint32_t number;
	char name[16];
	ino_t wanted;

	if (!proc)
		return fail_errno(err, "read '/proc'");
	snprintf(name, sizeof(name), "%d", (int)first);
	wanted = pid_namespace_of(name);
	if (!wanted || process_wait_gone(pidfd, 0, err) != 1 || wanted == pid_namespace_of("self"))
		return 0;
	while ((entry = readdir(proc)))
		if (text_to_u32(entry->d_name, &number) &&
		    pid_namespace_of(entry->d_name) == wanted)
			*list_add(arena, &list) = (pid_t)number;
	*pids = list.at;
	*len = list.len;
	return 0;
}

int host_pids(const struct record *record, pid_t **pids, size_t *len, struct arena *arena,
	      struct error *err)
{
	CLEANUP(fd_close) int pidfd = -1;
	CLEANUP(fd_close) int fd = -1;
	int result;

	*pids = NULL;
	*len = 0;
	/* A cgroup that was there before the container may hold others. */
	if (record->cgroup_made) {
		result = look_cgroup(record, &fd, err);
		if (result != 0)
			return result < 0 ? -1 : 0;
		return cgroup_pids(fd, pids, len, arena, err);
	}
	pidfd = process_open_if_same((pid_t)record->pid, record->start_time, err);
	if (pidfd < 0)
		return pidfd == -2 ? 0 : -1;
	if (record->own_pid_namespace)
		return pids_of_namespace((pid_t)record->pid, pidfd, pids, len, arena, err);
	*pids = arena_array(arena, pid_t, 1);
	**pids = (pid_t)record->pid;
	*len = 1;
	return 0;
}
