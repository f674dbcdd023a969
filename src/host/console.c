#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "host/parts.h"

/*
 * sun_path holds 108 bytes, engines' paths may be longer: the socket is reached through a
 * descriptor of itself.
 */
int console_connect(const char *path, struct error *err)
{
	CLEANUP(fd_close) int file = open(path, O_PATH | O_CLOEXEC);
	CLEANUP(fd_close) int fd = -1;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (file < 0)
		return fail_errno(err, "open the console socket '%s'", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(err, "make a socket");
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", file);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return fail_errno(err, "connect to the console socket '%s'", path);
	return fd_take(&fd);
}

int console_send(int socket, int master, struct error *err)
{
	static const char name[] = "/dev/ptmx";

	if (fd_send(socket, name, sizeof(name) - 1, master) < 0)
		return fail_errno(err, "send the terminal to the console socket");
	return 0;
}
