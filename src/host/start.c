#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fd.h"
#include "base/log.h"
#include "host/parts.h"
#include "kernel/process.h"
#include "link/link.h"

static int may_start(const struct record *record, struct error *err)
{
	enum host_status status;

	if (host_status(record, &status, err) < 0)
		return -1;
	switch (status) {
	case HOST_CREATED:
		return 0;
	case HOST_STOPPED:
		return fail(err, ERROR_STATE, "cannot start a container that has stopped");
	case HOST_RUNNING:
		return fail(err, ERROR_STATE, "cannot start an already running container");
	default:
		return fail(err, ERROR_STATE, "cannot start a container in the %s state",
			    host_status_name(status));
	}
}

static int open_fifo(const struct store_entry *entry, const char *name, int flags,
		     struct error *err)
{
	int fd = openat(entry->fd, name, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENXIO)
		return fail(err, ERROR_STATE, "cannot start a container that has stopped");
	return fd < 0 ? fail_errno(err, "open the FIFO '%s' in the state directory", name) : fd;
}

/*
 * What the child says between the start byte and its execve. The end of file comes when
 * close-on-exec closes its writer, or when it dies: the byte before tells the two apart.
 */
static int wait_for_execve(int report, int pidfd, pid_t pid, bool *hook_failed, struct error *err)
{
	struct pollfd poller = {.fd = report, .events = POLLIN};
	char bytes[1 + sizeof(struct link_report)] = {0};
	struct link_report said;
	size_t have = 0, skip;
	ssize_t got;

	for (;;) {
		if (poll(&poller, 1, -1) < 0 && errno != EINTR)
			return fail_errno(err, "wait for the container's program");
		got = read(report, bytes + have, sizeof(bytes) - have);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got < 0)
			return fail_errno(err, "read the container's report");
		if (got == 0)
			break;
		have += (size_t)got;
	}
	skip = have > 0 && bytes[0] == LINK_REPORT_EXECUTING;
	if (skip && have == 1)
		return process_wait_gone(pidfd, 0, err) == 1 || process_has_executed(pid)
			   ? 0
			   : fail(err, ERROR_SYSTEM,
				  "the container died before its program was executed");
	if (have - skip < sizeof(said))
		return fail(err, ERROR_SYSTEM,
			    "the container died before its program was executed");
	memcpy(&said, bytes + skip, sizeof(said));
	said.error.text[sizeof(said.error.text) - 1] = '\0';
	*hook_failed = said.kind == LINK_REPORT_HOOK;
	*err = said.error;
	return -1;
}

static int release(struct store_entry *entry, const struct record *record, bool *hook_failed,
		   struct error *err)
{
	CLEANUP(fd_close) int pidfd = process_open_if_same((pid_t)record->pid, record->start_time, err);
	CLEANUP(fd_close) int report = -1;
	CLEANUP(fd_close) int start = -1;

	if (pidfd < 0)
		return pidfd == -2
			   ? fail(err, ERROR_STATE, "cannot start a container that has stopped")
			   : -1;
	/* The reader first: the child's report must find one. */
	report = open_fifo(entry, "report", O_RDONLY, err);
	if (report < 0)
		return -1;
	start = open_fifo(entry, "start", O_WRONLY, err);
	if (start < 0)
		return -1;
	/* The child may die this very moment: an error, not a signal to us. */
	signal(SIGPIPE, SIG_IGN);
	if (fd_write_all(start, "s", 1) < 0)
		return errno == EPIPE
			   ? fail(err, ERROR_STATE, "cannot start a container that has stopped")
			   : fail_errno(err, "release the container's process");
	/* A hook may take its time now; delete --force must not have to wait for it. */
	store_entry_unlock(entry);
	return wait_for_execve(report, pidfd, (pid_t)record->pid, hook_failed, err);
}

/* A hook that fails stops the container and destroys it (runtime.md, Lifecycle, steps 7 and 9). */
static int destroy_after(struct store *store, struct store_entry *entry,
			 const struct record *record, const struct plan_hooks *hooks)
{
	struct error later = {0};

	if (store_entry_lock(entry, &later) == 0 &&
	    destroy(store, entry, record, hooks, &later) < 0)
		log_warning("%s", later.text);
	return -1;
}

static int wait_until_ready(int notify, const char *host, const struct record *record,
			    struct error *err)
{
	CLEANUP(fd_close) int pidfd = process_open_if_same((pid_t)record->pid, record->start_time, err);

	if (pidfd == -1)
		return -1;
	notify_wait(notify, pidfd, host, (pid_t)record->pid);
	return 0;
}

int host_start(struct store *store, const char *id, const char *notify_socket, struct arena *arena,
	       struct error *err)
{
	CLEANUP(store_entry_close) struct store_entry entry = {.fd = -1, .lock = -1};
	struct plan_hooks hooks = {0};
	struct record record = {0};
	CLEANUP(fd_close) int notify = -1;
	bool hook_failed = false;

	if (store_find(store, id, true, &entry, err) < 0 ||
	    store_load(&entry, &record, arena, err) < 0)
		return -1;
	if (may_start(&record, err) < 0)
		return -1;
	if ((record.has_poststart || record.has_poststop) &&
	    hooks_load(&entry, &record, &hooks, arena, err) < 0)
		return -1;
	if (notify_bind(&entry, notify_socket, &notify, err) < 0)
		return -1;
	/*
	 * Marked before it is released: if we are killed in between, it counts as running, and is
	 * never started twice.
	 */
	record.phase = RECORD_STARTED;
	if (store_save(&entry, &record, err) < 0 || fault_step("host-starting", err) < 0)
		return -1;
	if (release(&entry, &record, &hook_failed, err) < 0)
		return hook_failed ? destroy_after(store, &entry, &record, &hooks) : -1;
	if (hooks_run(&hooks, HOOK_POSTSTART, "running", (pid_t)record.pid, false, err) < 0)
		return destroy_after(store, &entry, &record, &hooks);
	return notify < 0 ? 0 : wait_until_ready(notify, notify_socket, &record, err);
}
