/*
 * notify receive ADDRESS: what a service manager does at its end of NOTIFY_SOCKET. Prints "ready", then every
 * datagram that comes and a line "--" behind it, for at most 25 seconds.
 * notify send TEXT...: what a service does: each TEXT is one datagram to $NOTIFY_SOCKET.
 */
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t fill(struct sockaddr_un *address, const char *text)
{
	size_t len = strlen(text);

	if (len >= sizeof(address->sun_path))
		exit(2);
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, text, len);
	if (*text == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int receive(int fd, const struct sockaddr_un *address, socklen_t len)
{
	struct pollfd poller = { fd, POLLIN, 0 };
	char text[4096];
	ssize_t got;

	if (bind(fd, (const struct sockaddr *)address, len) < 0)
		return fail("bind");
	printf("ready\n");
	fflush(stdout);
	/* read(2) drops, and so closes, a descriptor that comes along. */
	while (poll(&poller, 1, 25000) > 0) {
		got = read(fd, text, sizeof(text));
		if (got < 0)
			return fail("read");
		printf("%.*s\n--\n", (int)got, text);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *socket_name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { 0 };
	int i, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len;

	if (fd < 0)
		return fail("socket");
	if (argc == 3 && strcmp(argv[1], "receive") == 0) {
		len = fill(&address, argv[2]);
		return receive(fd, &address, len);
	}
	if (argc < 3 || strcmp(argv[1], "send") != 0 || !socket_name)
		return 2;
	len = fill(&address, socket_name);
	for (i = 2; i < argc; i++)
		if (sendto(fd, argv[i], strlen(argv[i]), 0, (struct sockaddr *)&address, len) < 0)
			return fail(socket_name);
	return 0;
}
