#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/memory.h"
#include "base/text.h"

void fd_close(int *fd)
{
	int number = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = number;
}

int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

ssize_t fd_read(int fd, void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, (char *)buffer + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t fd_write_all(int fd, const void *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, (const char *)bytes + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int fd_read_whole(int fd, size_t limit, char **bytes, size_t *len, const char *name,
		  struct error *err)
{
	size_t room = limit < 16384 ? limit : 16384, done = 0;
	char *buffer = memory_grow(NULL, room + 1);
	ssize_t n;

	for (;;) {
		n = fd_read(fd, buffer + done, room + 1 - done);
		if (n < 0) {
			fail_errno(err, "read '%s'", name);
			break;
		}
		done += (size_t)n;
		if (done <= room) {
			buffer[done] = '\0';
			*bytes = buffer;
			*len = done;
			return 0;
		}
		if (room == limit) {
			errno = EFBIG;
			fail_errno(err, "read '%s': more than %zu bytes", name, limit);
			break;
		}
		room = room > limit / 2 ? limit : 2 * room;
		buffer = memory_grow(buffer, room + 1);
	}
	free(buffer);
	return -1;
}

/* Aligned room for the control message with up to `count` descriptors. */
#define CONTROL(count)                                    \
	union {                                           \
		struct cmsghdr align;                     \
		char bytes[CMSG_SPACE((count) * sizeof(int))]; \
	}

int fd_send(int socket, const void *bytes, size_t len, int fd)
{
	CONTROL(1) control = { 0 };
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *head;
	ssize_t sent;

	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &fd, sizeof(int));
	}
	do {
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -1;
	/* A stream may take less; the descriptor went with the first byte. */
	while ((size_t)sent < len) {
		ssize_t more = send(socket, (const char *)bytes + sent, len - (size_t)sent,
				    MSG_NOSIGNAL);

		if (more < 0 && errno != EINTR)
			return -1;
		if (more > 0)
			sent += more;
	}
	return 0;
}

/* The first descriptor of the message, or -1; all others are closed. */
static int first_descriptor(struct msghdr *message)
{
	struct cmsghdr *head;
	int first = -1;

	for (head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
		size_t count, i;

		if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
			continue;
		count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
			if (first < 0)
				first = fd;
			else
				close(fd);
		}
	}
	return first;
}

ssize_t fd_receive(int socket, void *bytes, size_t size, int *fd)
{
	CONTROL(8) control;
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	CLEANUP(fd_close) int came = -1;
	ssize_t n;

	if (fd)
		*fd = -1;
	do {
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	came = first_descriptor(&message);
	if (message.msg_flags & MSG_TRUNC) {
		errno = EMSGSIZE;
		return -1;
	}
	if (fd)
		*fd = fd_take(&came);
	return n;
}

static int set_cloexec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0)
		return errno == EBADF ? 0 : -1;
	return flags & FD_CLOEXEC ? 0 : fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

/* Without a trustworthy /proc: every number that a descriptor could have. */
static int cloexec_all_numbers(unsigned int first)
{
	struct rlimit limit = { 0 };
	rlim_t end = 1024 * 1024, fd;

	/*
	 * The hard limit, since the soft one may have been higher when the descriptor was opened.
	 */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < end)
		end = limit.rlim_max;
	for (fd = first; fd < end; fd++) {
		if (set_cloexec((int)fd) < 0)
			return -1;
	}
	return 0;
}

static int cloexec_one_by_one(unsigned int first)
{
	struct statfs filesystem;
	struct dirent *entry;
	uint32_t number;
	DIR *folder = opendir("/proc/self/fd");
	int result = 0;

	if (!folder || fstatfs(dirfd(folder), &filesystem) < 0 ||
	    filesystem.f_type != PROC_SUPER_MAGIC) {
		if (folder)
			closedir(folder);
		return cloexec_all_numbers(first);
	}
	while (result == 0 && (entry = readdir(folder))) {
		if (text_to_u32(entry->d_name, &number) && number >= first)
			result = set_cloexec((int)number);
	}
	closedir(folder);
	return result;
}

static int close_range_cloexec(unsigned int first)
{
	if (fault_enosys("close_range"))
		return -1;
	return (int)syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
}

int fd_cloexec_from(unsigned int first, struct error *err)
{
	/* EPERM: refused by a seccomp profile that does not know the call. */
	if (close_range_cloexec(first) == 0)
		return 0;
	if ((errno == ENOSYS || errno == EPERM || errno == EINVAL) &&
	    cloexec_one_by_one(first) == 0)
		return 0;
	return fail_errno(err, "mark descriptors from %u on close-on-exec", first);
}

int fd_open_standard(struct error *err)
{
	int fd, opened;

	for (fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/*
		 * Not close-on-exec: these three belong to every program. The lowest free number is
		 * `fd`.
		 */
		opened = open("/dev/null", O_RDWR);
		if (opened != fd)
			return fail_errno(err, "open '/dev/null' as descriptor %d", fd);
	}
	return 0;
}

/* `first` to `last`, both included. */
static int close_gap(unsigned int first, unsigned int last)
{
	struct rlimit limit = { 0 };
	rlim_t end, fd;

	if (!fault_enosys("close_range") && syscall(SYS_close_range, first, last, 0) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return -1;
	end = last < 1024 * 1024 ? last : 1024 * 1024;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < end)
		end = limit.rlim_max;
	for (fd = first; fd <= end; fd++)
		close((int)fd);
	return 0;
}

int fd_close_from(unsigned int first, const int *keep, size_t len, struct error *err)
{
	unsigned int next;
	size_t i;

	do {
		next = ~0U;
		for (i = 0; i < len; i++) {
			unsigned int kept = (unsigned int)keep[i];

			if (keep[i] >= 0 && kept >= first && kept < next)
				next = kept;
		}
		if (next > first && close_gap(first, next == ~0U ? next : next - 1) < 0)
			return fail_errno(err, "close descriptors from %u", first);
		first = next == ~0U ? next : next + 1;
	} while (next != ~0U);
	return 0;
}
