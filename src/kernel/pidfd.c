#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fault.h"
#include "base/fd.h"
#include "kernel/clock.h"
#include "kernel/process.h"

#define FORKED_WITHOUT_EXEC 0x40	/* PF_FORKNOEXEC of the kernel */
#define LOOK_AGAIN 5			/* milliseconds, where a process cannot be polled */

/* ---------------------------------------------------------------- /proc/PID/stat */

struct stat_line {
	int pid;
	char state;
	unsigned long flags;
	uint64_t start_time;
};

/* Of the process whose folder that is. 0; 1: it has gone; -1 with errno. */
static int read_stat(int folder, const char *file, struct stat_line *found)
{
	CLEANUP(fd_close) int fd = openat(folder, file, O_RDONLY | O_CLOEXEC);
	char line[1024], *at;
	ssize_t len;

	if (fd < 0)
		return errno == ENOENT || errno == ESRCH ? 1 : -1;
	len = fd_read(fd, line, sizeof(line) - 1);
	if (len < 0)
		return errno == ESRCH ? 1 : -1;
	line[len] = '\0';
	/* The second field is a name in parentheses, and may hold anything: proc(5). */
	at = strrchr(line, ')');
	if (at && sscanf(line, "%d", &found->pid) == 1 &&
	    sscanf(at, ") %c %*d %*d %*d %*d %*d %lu %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
		   "%*d %*d %" SCNu64, &found->state, &found->flags, &found->start_time) == 3)
		return 0;
	errno = EPROTO;
	return -1;
}

static int stat_of(pid_t pid, struct stat_line *found)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return read_stat(AT_FDCWD, path, found);
}

int process_stat(pid_t pid, uint64_t *start_time, char *state, struct error *err)
{
	struct stat_line found;
	int result = stat_of(pid, &found);

	if (result < 0)
		return fail_errno(err, "read '/proc/%d/stat'", (int)pid);
	if (result > 0)
		return 1;
	*start_time = found.start_time;
	*state = found.state;
	return 0;
}

bool process_has_executed(pid_t pid)
{
	struct stat_line found;

	return stat_of(pid, &found) != 0 || !(found.flags & FORKED_WITHOUT_EXEC);
}

/* -------------------------------------------------------------------- descriptors */

/*
 * Where pidfd_open is missing (valgrind, old seccomp profiles): the process's folder in /proc,
 * which never becomes another process's.
 */
static int open_folder(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		errno = ESRCH;
	return fd;
}

static bool is_folder(int fd)
{
	struct statfs filesystem;

	return fstatfs(fd, &filesystem) == 0 && filesystem.f_type == PROC_SUPER_MAGIC;
}

int process_open(pid_t pid, struct error *err)
{
	int fd = -1;

	if (!fault_enosys("pidfd_open"))
		fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = open_folder(pid);
	/*
	 * EINVAL: older kernels say so of a process that is gone while its number still names a
	 * session or a process group.
	 */
	if (fd < 0 && (errno == ESRCH || errno == EINVAL))
		return -2;
	if (fd < 0)
		return fail_errno(err, "open process %d", (int)pid);
	return fd;
}

int process_open_if_same(pid_t pid, uint64_t start_time, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	uint64_t started;
	char state;
	int result;

	if (pid <= 0)
		return -2;
	fd = process_open(pid, err);
	if (fd < 0)
		return fd;
	result = process_stat(pid, &started, &state, err);
	if (result < 0)
		return -1;
	if (result > 0 || started != start_time || state == 'Z' || state == 'X')
		return -2;
	return fd_take(&fd);
}

/* ------------------------------------------------------------------ signal and wait */

/* 0; -1 with errno, ESRCH when it has gone. */
static int find_pid(int fd, pid_t *pid)
{
	CLEANUP(fd_close) int info = -1;
	char path[64], text[512], *line;
	struct stat_line found = { 0 };
	ssize_t len;

	if (is_folder(fd)) {
		int result = read_stat(fd, "stat", &found);

		*pid = found.pid;
		if (result > 0)
			errno = ESRCH;
		return result ? -1 : 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	len = info < 0 ? -1 : fd_read(info, text, sizeof(text) - 1);
	if (len < 0)
		return -1;
	text[len] = '\0';
	line = strstr(text, "\nPid:");
	*pid = line ? (pid_t)strtol(line + 5, NULL, 10) : -1;
	errno = ESRCH;
	return *pid > 0 ? 0 : -1;
}

int process_signal(int pidfd, int signal, struct error *err)
{
	int result = -1;
	pid_t pid;

	if (!fault_enosys("pidfd_send_signal"))
		result = (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
	/* By number, looked up at the last moment: the best that is left. */
	if (result < 0 && errno == ENOSYS && find_pid(pidfd, &pid) == 0)
		result = kill(pid, signal);
	if (result == 0)
		return 0;
	if (errno == ESRCH)
		return 1;
	return fail_errno(err, "send signal %d", signal);
}

static int wait_by_looking(int folder, int64_t deadline, struct error *err)
{
	struct stat_line found;

	for (;;) {
		int left = clock_left(deadline), result = read_stat(folder, "stat", &found);

		if (result < 0)
			return fail_errno(err, "wait for a process to end");
		if (result > 0 || found.state == 'Z' || found.state == 'X')
			return 0;
		if (left == 0)
			return 1;
		clock_sleep(left < 0 || left > LOOK_AGAIN ? LOOK_AGAIN : left);
	}
}

int process_wait_gone(int pidfd, int milliseconds, struct error *err)
{
	const int64_t deadline = milliseconds < 0 ? -1 : clock_milliseconds() + milliseconds;
	struct pollfd poller = { .fd = pidfd, .events = POLLIN };
	int ready;

	if (is_folder(pidfd))
		return wait_by_looking(pidfd, deadline, err);
	do {
		ready = poll(&poller, 1, clock_left(deadline));
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return fail_errno(err, "wait for a process to end");
	return ready > 0 ? 0 : 1;
}

int process_reap(pid_t pid, int *status, struct error *err)
{
	pid_t reaped;

	do {
		reaped = waitpid(pid, status, __WALL);
	} while (reaped < 0 && errno == EINTR);
	if (reaped < 0)
		return fail_errno(err, "wait for process %d", (int)pid);
	return 0;
}
