#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/files.h"
#include "cgroup/processes.h"
#include "kernel/explain.h"
#include "kernel/process.h"

/* Who forks faster than this many looks escapes; SIGKILL has cgroup.kill. */
#define ROUNDS 20
#define BATCH 64	/* descriptors that are open at once */

struct collection {
	LIST(pid_t) pids;
	struct arena *arena;
};

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* One line a PID; 0 for a process that the caller's PID namespace does not show. */
static int collect(int parent, const char *name, int fd, void *context)
{
	struct collection *collection = context;
	CLEANUP(close_file) FILE *file = NULL;
	CLEANUP(fd_close) int procs = -1;
	int pid;

	(void)parent;
	(void)name;
	procs = openat(fd, "cgroup.procs", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (procs < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : -1;
	file = fdopen(procs, "r");
	if (!file)
		return -1;
	procs = -1;
	while (errno = 0, fscanf(file, "%d", &pid) == 1) {
		if (pid > 0)
			*list_add(collection->arena, &collection->pids) = pid;
	}
	/* EOPNOTSUPP: a threaded cgroup, whose processes its domain lists. */
	if (ferror(file) && errno != ENODEV && errno != EOPNOTSUPP)
		return -1;
	return 0;
}

int cgroup_pids(int fd, pid_t **pids, size_t *len, struct arena *arena, struct error *err)
{
	struct collection collection = { .arena = arena };

	*pids = NULL;
	*len = 0;
	if (files_walk(fd, collect, &collection) < 0)
		return fail_errno(err, "list the processes of the cgroup");
	*pids = collection.pids.at;
	*len = collection.pids.len;
	return 0;
}

static bool contains(const pid_t *pids, size_t len, pid_t pid)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

int processes_include_caller(int cgroup_fd, const char *path, struct error *err)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	pid_t *pids;
	size_t len;

	if (cgroup_pids(cgroup_fd, &pids, &len, &arena, err) < 0)
		return wrap(err, "look into cgroup '%s'", path);
	return contains(pids, len, getpid()) ? 1 : 0;
}

static void close_batch(int (*pidfds)[BATCH])
{
	size_t i;

	for (i = 0; i < BATCH; i++)
		fd_close(&(*pidfds)[i]);
}

/*
 * A PID may be another process's by the time it is signalled. So each is opened first, and then
 * looked for in the cgroup once more: who is still listed, and is signalled by descriptor, is the
 * one that was listed.
 */
static int signal_batch(int cgroup_fd, const pid_t *pids, size_t len, int signal,
			struct arena *arena, struct error *err)
{
	CLEANUP(close_batch) int pidfds[BATCH];
	size_t i, now_len;
	pid_t *now;

	for (i = 0; i < BATCH; i++)
		pidfds[i] = -1;
	for (i = 0; i < len; i++) {
		pidfds[i] = process_open(pids[i], err);
		if (pidfds[i] == -1)
			return -1;
	}
	if (cgroup_pids(cgroup_fd, &now, &now_len, arena, err) < 0)
		return -1;
	for (i = 0; i < len; i++) {
		if (pidfds[i] >= 0 && contains(now, now_len, pids[i]) &&
		    process_signal(pidfds[i], signal, err) < 0)
			return wrap(err, "signal process %d", (int)pids[i]);
	}
	return 0;
}

int cgroup_signal(int fd, const char *path, int signal, struct error *err)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	LIST(pid_t) done = { NULL, 0 };
	int round;

	for (round = 0; round < ROUNDS; round++) {
		pid_t *pids, batch[BATCH];
		size_t i, len, fill = 0, before = done.len;

		if (cgroup_pids(fd, &pids, &len, &arena, err) < 0)
			return wrap(err, "signal all in cgroup '%s'", path);
		for (i = 0; i <= len; i++) {
			if (i < len && !contains(done.at, done.len, pids[i])) {
				*list_add(&arena, &done) = pids[i];
				batch[fill++] = pids[i];
			}
			if (fill < BATCH && i < len)
				continue;
			if (fill > 0 && signal_batch(fd, batch, fill, signal, &arena, err) < 0)
				return wrap(err, "signal all in cgroup '%s'", path);
			fill = 0;
		}
		if (done.len == before)
			break;
	}
	return 0;
}
