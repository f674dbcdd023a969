/*
 * recvtty SOCKET: what an engine does at its end of --console-socket. Listens on SOCKET, prints "ready", takes one
 * connection, receives one message, prints "name=<payload>" and then what the terminal says until it hangs up.
 * Standard input goes to the terminal.  recvtty --size ROWS COLUMNS SOCKET sets its size first.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int receive(int connection, char *name, size_t size)
{
	char control[CMSG_SPACE(8 * sizeof(int))];
	struct iovec payload = { name, size - 1 };
	struct msghdr message = {
		.msg_iov = &payload, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	ssize_t len = recvmsg(connection, &message, 0);
	int fd;

	if (len < 0)
		return -1;
	name[len] = '\0';
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(fd))) {
		fprintf(stderr, "recvtty: not exactly one descriptor\n");
		return -1;
	}
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void copy(int terminal)
{
	struct pollfd fds[2] = { { terminal, POLLIN, 0 }, { 0, POLLIN, 0 } };
	char bytes[4096];
	ssize_t n;

	for (;;) {
		if (poll(fds, 2, 30000) <= 0)
			return;
		if (fds[0].revents) {
			n = read(terminal, bytes, sizeof(bytes));
			/* EIO: the last process on the other side is gone. */
			if (n <= 0 || write(1, bytes, (size_t)n) != n)
				return;
		}
		if (fds[1].revents) {
			n = read(0, bytes, sizeof(bytes));
			if (n <= 0)
				fds[1].fd = -1;
			else if (write(terminal, bytes, (size_t)n) != n)
				return;
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct winsize size = { 0 };
	int listener, connection, terminal;
	char name[256];

	if (argc == 5 && !strcmp(argv[1], "--size")) {
		size.ws_row = (unsigned short)atoi(argv[2]);
		size.ws_col = (unsigned short)atoi(argv[3]);
	}
	if (argc < 2 || strlen(argv[argc - 1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[argc - 1]);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 1) < 0) {
		perror("recvtty");
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	connection = accept(listener, NULL, NULL);
	terminal = connection < 0 ? -1 : receive(connection, name, sizeof(name));
	if (terminal < 0) {
		perror("recvtty");
		return 1;
	}
	printf("name=%s\n", name);
	fflush(stdout);
	if (size.ws_row)
		ioctl(terminal, TIOCSWINSZ, &size);
	copy(terminal);
	return 0;
}
