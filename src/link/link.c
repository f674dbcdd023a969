#include "link/link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

static const char *const names[] = {
    [LINK_CLONED] = "cloned",	[LINK_IDS_MAPPED] = "ids-mapped", [LINK_PLACED] = "placed",
    [LINK_MOUNTED] = "mounted", [LINK_HOOKS_DONE] = "hooks-done", [LINK_CONSOLE] = "console",
    [LINK_CREATED] = "created", [LINK_SAVED] = "saved",		  [LINK_EXECUTING] = "executing",
    [LINK_DEBUG] = "debug",	[LINK_ERROR] = "error",
};

const char *link_message_name(enum link_message message)
{
	return message < COUNT(names) ? names[message] : "unknown message";
}

int link_pair(int ends[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail_errno(err, "create the link between hoy and the container");
	return 0;
}

/*
 * A packet without an error is sent short: the receiver's buffer is zeroed. Plain write(), since
 * this also runs under the container's filter; but never the SIGPIPE that a vanished host would
 * cause, hence the signal is ignored by child_run().
 */
static int send_packet(int link, const struct link_packet *packet, size_t len, struct error *err)
{
	if (fd_write_all(link, packet, len) < 0)
		return fail_errno(err, "send '%s' over the link",
				  link_message_name(packet->message));
	return 0;
}

int link_send(int link, enum link_message message, struct error *err)
{
	return link_send_number(link, message, 0, err);
}

int link_send_number(int link, enum link_message message, int32_t number, struct error *err)
{
	struct link_packet packet = {.message = message, .number = number};

	return send_packet(link, &packet, offsetof(struct link_packet, error), err);
}

int link_send_fd(int link, enum link_message message, int fd, struct error *err)
{
	struct link_packet packet = {.message = message};

	if (fd_send(link, &packet, offsetof(struct link_packet, error), fd) < 0)
		return fail_errno(err, "send '%s' over the link", link_message_name(message));
	return 0;
}

void link_send_error(int link, const struct error *error)
{
	struct link_packet packet = {.message = LINK_ERROR, .error = *error};
	struct error ignored;

	(void)!send_packet(link, &packet, sizeof(packet), &ignored);
}

void link_send_debug(int link, const char *text)
{
	struct link_packet packet = {.message = LINK_DEBUG};
	struct error ignored;

	snprintf(packet.error.text, sizeof(packet.error.text), "%s", text);
	(void)!send_packet(link, &packet, sizeof(packet), &ignored);
}

int link_receive(int link, struct link_packet *packet, int *fd, struct error *err)
{
	ssize_t got;

	memset(packet, 0, sizeof(*packet));
	got = fd_receive(link, packet, sizeof(*packet), fd);
	if (got == 0 || (got < 0 && errno == ECONNRESET))
		return 1;
	if (got < 0)
		return fail_errno(err, "receive from the link");
	if ((size_t)got < offsetof(struct link_packet, error) || packet->message > LINK_ERROR)
		return fail(err, ERROR_BUG,
			    "receive from the link: a packet of %zd bytes makes no sense", got);
	packet->error.text[sizeof(packet->error.text) - 1] = '\0';
	return 0;
}

int link_expect(int link, enum link_message message, struct error *err)
{
	struct link_packet packet = {0};
	ssize_t got;

	do
		got = read(link, &packet, sizeof(packet));
	while (got < 0 && errno == EINTR);
	if (got == 0 || (got < 0 && errno == ECONNRESET))
		return fail(err, ERROR_SYSTEM, "hoy has gone before '%s'",
			    link_message_name(message));
	if (got < 0)
		return fail_errno(err, "wait for '%s'", link_message_name(message));
	if (packet.message != message)
		return fail(err, ERROR_BUG, "expected '%s', got '%s'", link_message_name(message),
			    link_message_name(packet.message));
	return 0;
}
