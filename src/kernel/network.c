#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "kernel/explain.h"
#include "kernel/network.h"

/* LOOPBACK_IFINDEX of the kernel: the first device of every network namespace. */
#define LOOPBACK_INDEX 1

int network_loopback_up(struct error *err)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
	} request;
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	CLEANUP(fd_close) int fd = -1;
	ssize_t len;

	memset(&request, 0, sizeof(request));
	memset(&answer, 0, sizeof(answer));
	request.head.nlmsg_len = sizeof(request);
	request.head.nlmsg_type = RTM_NEWLINK;
	request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request.link.ifi_family = AF_UNSPEC;
	request.link.ifi_index = LOOPBACK_INDEX;
	request.link.ifi_flags = IFF_UP;
	request.link.ifi_change = IFF_UP;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return fail_errno(err, "open a netlink socket");
	if (send(fd, &request, sizeof(request), 0) < 0)
		return fail_errno(err, "ask for network device 'lo' to go up");
	do {
		len = recv(fd, &answer, sizeof(answer), 0);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return fail_errno(err, "read the kernel's answer about network device 'lo'");
	if ((size_t)len < sizeof(answer.head) + sizeof(answer.error) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return fail(err, ERROR_SYSTEM,
			    "read the kernel's answer about network device 'lo': "
			    "it is not understood");
	if (answer.error.error == 0)
		return 0;
	errno = -answer.error.error;
	return fail_explained(
		err, errno == EPERM ? "needs CAP_NET_ADMIN in the network namespace's owner" : NULL,
		"bring up network device 'lo'");
}
