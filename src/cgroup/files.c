#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "cgroup/files.h"
#include "kernel/clock.h"

int files_read(int cgroup_fd, const char *file, char text[FILE_SIZE])
{
	CLEANUP(fd_close) int fd = openat(cgroup_fd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -1;
	len = fd_read(fd, text, FILE_SIZE - 1);
	if (len < 0)
		return -1;
	while (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return 0;
}

int files_write(int cgroup_fd, const char *file, const char *value)
{
	CLEANUP(fd_close) int fd = openat(cgroup_fd, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t written;

	if (fd < 0)
		return -1;
	/* An empty value has a meaning for cpuset.cpus, but write(2) of nothing has none. */
	if (*value == '\0')
		value = "\n";
	do {
		written = write(fd, value, strlen(value));
	} while (written < 0 && errno == EINTR);
	return written < 0 ? -1 : 0;
}

bool files_has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *at = list;

	while ((at = strstr(at, word))) {
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
		at += len;
	}
	return false;
}

long files_value(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *line = text;

	while (line) {
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return strtol(line + len + 1, NULL, 10);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return -1;
}

static void close_folder(DIR **folder)
{
	const int number = errno;

	if (*folder)
		closedir(*folder);
	errno = number;
}

static DIR *open_folder(int fd)
{
	/* An open of its own: copies of a descriptor share the position that reading moves. */
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = own < 0 ? NULL : fdopendir(own);

	if (!folder)
		fd_close(&own);
	return folder;
}

static bool has_gone(void)
{
	return errno == ENOENT || errno == ENODEV;
}

static int walk(int parent, const char *name, int fd, int (*visit)(int, const char *, int, void *),
		void *context)
{
	CLEANUP(close_folder) DIR *folder = open_folder(fd);
	struct dirent *entry;
	int result = 0;

	if (!folder)
		return has_gone() ? 0 : -1;
	while (result == 0 && (errno = 0, entry = readdir(folder))) {
		CLEANUP(fd_close) int child = -1;

		if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			result = walk(fd, entry->d_name, child, visit, context);
		else if (!has_gone())
			result = -1;
	}
	/* A folder that is removed while it is read ends with ENOENT. */
	if (result == 0 && errno != 0 && !has_gone())
		return -1;
	return result ? result : visit(parent, name, fd, context);
}

int files_walk(int cgroup_fd, int (*visit)(int, const char *, int, void *), void *context)
{
	return walk(-1, NULL, cgroup_fd, visit, context);
}

int files_wait_event(int cgroup_fd, const char *key, long value, int milliseconds)
{
	const int64_t deadline = clock_milliseconds() + milliseconds;
	CLEANUP(fd_close) int fd = -1;
	struct pollfd poller = { .events = POLLPRI };
	char text[FILE_SIZE];
	ssize_t len;

	fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	poller.fd = fd;
	/* Each change after a read wakes the poll: no moment is lost between the two. */
	for (;;) {
		len = pread(fd, text, sizeof(text) - 1, 0);
		if (len < 0)
			return -1;
		text[len] = '\0';
		if (files_value(text, key) == value)
			return 0;
		if (clock_left(deadline) == 0)
			return 1;
		if (poll(&poller, 1, clock_left(deadline)) < 0 && errno != EINTR)
			return -1;
	}
}
