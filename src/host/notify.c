#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "host/parts.h"

/*
 * Why a socket of our own, and not the caller's bound into the container: the program must not
 * speak to the host's service manager in any other word than READY=1, and what comes from a cgroup
 * outside the service's own would count for nothing there.
 */
#define FOLDER "notify"
#define SOCKET "notify.sock"

/* ------------------------------------------------------- towards the program */

static int make_folder(int state, struct error *err)
{
	/* Whatever our umask: the container's user must get through. */
	if (mkdirat(state, FOLDER, 0755) < 0 || fchmodat(state, FOLDER, 0755, 0) < 0)
		return fail_errno(err, "make the folder '" FOLDER "' in the state directory");
	return 0;
}

int notify_prepare(const struct store_entry *entry, struct plan *plan, struct arena *arena,
		   struct error *err)
{
	char *root;

	if (!plan->notify_socket)
		return 0;
	if (make_folder(entry->fd, err) < 0)
		return -1;
	root = realpath(entry->store->path, NULL);
	if (!root)
		return fail_errno(err, "find the state directory '%s'", entry->store->path);
	plan->mounts.at[plan->mounts.len - 1].source =
		arena_printf(arena, "%s/%s/" FOLDER, root, entry->id);
	free(root);
	return 0;
}

/* The mode comes from the umask alone: a chmod afterwards would follow whatever is there by then. */
static int bind_in(int folder, int fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t before;
	int result;

	/* Of a start that was killed before it had begun. */
	unlinkat(folder, SOCKET, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET, folder);
	before = umask(0);
	result = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(before);
	return result;
}

int notify_bind(const struct store_entry *entry, const char *host, int *fd, struct error *err)
{
	CLEANUP(fd_close) int folder = -1;
	CLEANUP(fd_close) int made = -1;

	if (!host)
		return 0;
	folder = openat(entry->fd, FOLDER, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* Its create was not asked for it, and the program knows of no socket. */
	if (folder < 0 && errno == ENOENT)
		return 0;
	if (folder < 0)
		return fail_errno(err, "open the folder '" FOLDER "' in the state directory");
	made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (made < 0)
		return fail_errno(err, "make a socket");
	if (bind_in(folder, made) < 0)
		return fail_errno(err, "make the socket '" SOCKET "' in the state directory");
	*fd = fd_take(&made);
	return 0;
}

bool notify_hears_ready(int fd)
{
	char text[4096], *rest = text, *line;
	ssize_t len = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (len <= 0)
		return false;
	text[len] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (strcmp(line, "READY=1") == 0)
			return true;
	return false;
}

/* ---------------------------------------------------------- towards the host */

/* The two kinds of address of sd_notify(3): a path, or with '@' an abstract name (unix(7)). */
static int connect_to(const char *host, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	/* It must not hang on a receiver that does not read. */
	const struct timeval patience = {.tv_sec = 5};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(host);

	if (len >= sizeof(address.sun_path))
		return fail(err, ERROR_SYSTEM, "NOTIFY_SOCKET: '%s' is too long", host);
	memcpy(address.sun_path, host, len);
	if (*host == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return fail_errno(err, "make a socket");
	if (connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		return fail_errno(err, "NOTIFY_SOCKET: connect to '%s'", host);
	return fd_take(&fd);
}

/*
 * The service manager finds out by our PID which service a message is of, and so we must still be
 * there when it reads it. It closes the descriptor when it has come that far
 * (sd_notify_barrier(3)); who does not know of it closes it as well.
 */
static int wait_until_read(int fd, struct error *err)
{
	CLEANUP(fd_close) int read_end = -1;
	CLEANUP(fd_close) int write_end = -1;
	static const char barrier[] = "BARRIER=1";
	struct pollfd poller = {.events = 0};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, "make a pipe");
	read_end = poller.fd = ends[0];
	write_end = ends[1];
	if (fd_send(fd, barrier, sizeof(barrier) - 1, write_end) < 0)
		return fail_errno(err, "NOTIFY_SOCKET: send 'BARRIER=1'");
	fd_close(&write_end);
	if (poll(&poller, 1, 30000) == 0)
		log_warning("NOTIFY_SOCKET: nobody has read what was sent in 30 seconds");
	return 0;
}

static int send_ready(const char *host, pid_t pid, bool leaving, struct error *err)
{
	CLEANUP(fd_close) int fd = connect_to(host, err);
	char text[64];
	int len = snprintf(text, sizeof(text), "READY=1\nMAINPID=%d", pid);

	if (fd < 0)
		return -1;
	if (fd_send(fd, text, (size_t)len, -1) < 0)
		return fail_errno(err, "NOTIFY_SOCKET: send to '%s'", host);
	return leaving ? wait_until_read(fd, err) : 0;
}

void notify_pass_on(const char *host, pid_t pid, bool leaving)
{
	struct error err = {0};

	if (send_ready(host, pid, leaving, &err) < 0)
		log_warning("%s", err.text);
}

void notify_wait(int fd, int pidfd, const char *host, pid_t pid)
{
	struct pollfd polled[] = {{fd, POLLIN, 0}, {pidfd, POLLIN, 0}};

	for (;;) {
		if (poll(polled, COUNT(polled), pidfd < 0 ? 0 : -1) < 0 && errno != EINTR) {
			log_warning("NOTIFY_SOCKET: wait for the program: %s", strerror(errno));
			return;
		}
		/* Its last words count, also where it ends right behind them. */
		if (polled[0].revents && notify_hears_ready(fd)) {
			notify_pass_on(host, pid, true);
			return;
		}
		if (!polled[0].revents && (pidfd < 0 || polled[1].revents))
			return;
	}
}
