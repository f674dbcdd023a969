#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "host/parts.h"

static int write_number(int fd, pid_t pid)
{
	char number[16];
	int len = snprintf(number, sizeof(number), "%d", (int)pid);

	return fd_write_all(fd, number, (size_t)len) < 0 ? -1 : 0;
}

int pid_file_write(const char *path, pid_t pid, struct error *err)
{
	CLEANUP(text_finish) struct text temporary = {0};
	CLEANUP(fd_close) int fd = -1;
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	/* Beside it, so that rename(2) can put it in place; hidden, as runc's is. */
	text_printf(&temporary, "%.*s.%s.%d", (int)(name - path), path, name, (int)getpid());
	fd = open(text_get(&temporary), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail_errno(err, "make the pid file '%s'", path);
	if (write_number(fd, pid) < 0 || rename(text_get(&temporary), path) < 0) {
		fail_errno(err, "write the pid file '%s'", path);
		unlink(text_get(&temporary));
		return -1;
	}
	return 0;
}
