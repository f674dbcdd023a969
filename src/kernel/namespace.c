#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "kernel/explain.h"
#include "kernel/namespace.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct kind {
	int type;
	const char *name;		/* the specification's */
	const char *file;		/* in /proc/PID/ns */
	const char *for_children;
} kinds[] = {
	{ CLONE_NEWUSER,   "user",    "user",   "user" },
	{ CLONE_NEWNS,     "mount",   "mnt",    "mnt" },
	{ CLONE_NEWPID,    "pid",     "pid",    "pid_for_children" },
	{ CLONE_NEWNET,    "network", "net",    "net" },
	{ CLONE_NEWIPC,    "ipc",     "ipc",    "ipc" },
	{ CLONE_NEWUTS,    "uts",     "uts",    "uts" },
	{ CLONE_NEWCGROUP, "cgroup",  "cgroup", "cgroup" },
	{ CLONE_NEWTIME,   "time",    "time",   "time_for_children" },
};

static const struct kind *find_kind(int type)
{
	size_t i;

	for (i = 0; i < COUNT(kinds); i++) {
		if (kinds[i].type == type)
			return &kinds[i];
	}
	return NULL;
}

const char *namespace_name(int type)
{
	const struct kind *kind = find_kind(type);

	return kind ? kind->name : NULL;
}

/* "user, mount" of several flags. */
static const char *list_names(int types, char *names, size_t size)
{
	size_t i, len = 0;

	names[0] = '\0';
	for (i = 0; i < COUNT(kinds) && len < size; i++) {
		if (types & kinds[i].type)
			len += (size_t)snprintf(names + len, size - len, "%s%s", len ? ", " : "",
						kinds[i].name);
	}
	return names;
}

int namespace_open(const char *path, int type, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	struct statfs filesystem;
	int found;

	/* What is named may be anything, a FIFO or a terminal too. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "open %s namespace '%s'", namespace_name(type), path);
	if (fstatfs(fd, &filesystem) < 0)
		return fail_errno(err, "look at the filesystem of '%s'", path);
	if (filesystem.f_type != NSFS_MAGIC)
		return fail(err, ERROR_CONFIG, "open %s namespace '%s': it is not a namespace",
			    namespace_name(type), path);
	found = ioctl(fd, NS_GET_NSTYPE);
	if (found < 0)
		return fail_errno(err, "ask for the kind of namespace '%s'", path);
	if (found != type)
		return fail(err, ERROR_CONFIG, "open %s namespace '%s': it is a %s namespace",
			    namespace_name(type), path,
			    find_kind(found) ? namespace_name(found) : "different");
	return fd_take(&fd);
}

int namespace_open_own(int type, bool for_children, struct error *err)
{
	const struct kind *kind = find_kind(type);
	char path[64];
	int fd;

	if (!kind)
		return fail(err, ERROR_BUG, "0x%x is not one kind of namespace",
			    (unsigned int)type);
	snprintf(path, sizeof(path), "/proc/self/ns/%s",
		 for_children ? kind->for_children : kind->file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "open '%s'", path);
	return fd;
}

int namespace_is_own(int fd, int type, bool *same, struct error *err)
{
	CLEANUP(fd_close) int own = namespace_open_own(type, false, err);
	struct stat theirs, ours;

	if (own < 0)
		return -1;
	if (fstat(fd, &theirs) < 0 || fstat(own, &ours) < 0)
		return fail_errno(err, "compare %s namespaces", namespace_name(type));
	*same = theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
	return 0;
}

int namespace_join(int fd, int type, struct error *err)
{
	const char *why = NULL;
	char names[96];

	if (setns(fd, type) == 0)
		return 0;
	if (errno == EPERM)
		why = "needs CAP_SYS_ADMIN in the caller's user namespace and in its owner";
	else if (errno == EINVAL && type == CLONE_NEWUSER)
		why = "the caller is in it already, or shares its root directory with a process";
	else if (errno == EINVAL && type == CLONE_NEWPID)
		why = "it is not the caller's own, nor one beneath it";
	else if (errno == ESRCH)
		why = "the process has ended";
	return fail_explained(err, why, "join %s namespace",
			      list_names(type, names, sizeof(names)));
}

int namespace_unshare(int flags, struct error *err)
{
	const char *why = NULL;
	char names[96];

	if (unshare(flags) == 0)
		return 0;
	if (errno == EPERM)
		why = flags & CLONE_NEWUSER ? "user namespaces are not permitted here"
					    : "needs CAP_SYS_ADMIN";
	else if (errno == ENOSPC || errno == EUSERS)
		why = "a limit is reached (/proc/sys/user/max_*_namespaces, or 32 levels)";
	else if (errno == EINVAL)
		why = "the kernel is built without it";
	return fail_explained(err, why, "make a new %s namespace",
			      list_names(flags, names, sizeof(names)));
}

/* ------------------------------------------------------------------- ID maps */

/* Closing is left to the scope; the one write is all or nothing. */
static int write_once(pid_t pid, const char *file, const char *text, const char *forbidden,
		      struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	const char *why = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "open '%s'", path);
	if (write(fd, text, strlen(text)) >= 0)
		return 0;
	if (errno == EPERM)
		why = forbidden;
	else if (errno == EINVAL)
		why = "more than 340 lines, ranges that overlap, or IDs that do not exist outside";
	return fail_explained(err, why, "write '%s' to '%s'", text, path);
}

int namespace_write_uid_map(pid_t pid, const char *map, struct error *err)
{
	return write_once(pid, "uid_map", map,
			  "IDs other than the caller's own need CAP_SETUID outside "
			  "(or newuidmap); a map is written only once",
			  err);
}

int namespace_write_gid_map(pid_t pid, const char *map, struct error *err)
{
	return write_once(pid, "gid_map", map,
			  "IDs other than the caller's own need CAP_SETGID outside "
			  "(or newgidmap), and without it setgroups must be denied first; a map is "
			  "written only once",
			  err);
}

int namespace_deny_setgroups(pid_t pid, struct error *err)
{
	return write_once(pid, "setgroups", "deny", "a gid_map has been written already", err);
}

int namespace_in_user_namespace(bool *inside, struct error *err)
{
	static const char file[] = "/proc/self/uid_map";
	unsigned int first, outside, count;
	CLEANUP(fd_close) int fd = -1;
	char text[128];
	ssize_t len;

	*inside = false;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)		/* a kernel without user namespaces */
		return 0;
	if (fd < 0)
		return fail_errno(err, "open '%s'", file);
	len = fd_read(fd, text, sizeof(text) - 1);
	if (len < 0)
		return fail_errno(err, "read '%s'", file);
	text[len] = '\0';
	*inside = sscanf(text, "%u %u %u", &first, &outside, &count) != 3 || first != 0 ||
		  outside != 0 || count != UINT32_MAX;
	return 0;
}

int namespace_differing(pid_t pid, int *types, struct error *err)
{
	struct stat theirs, ours;
	char path[64];
	size_t i;

	*types = 0;
	for (i = 0; i < COUNT(kinds); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i].file);
		/* A kernel without this kind has none that could differ. */
		if (stat(path, &ours) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kinds[i].file);
		if (stat(path, &theirs) < 0)
			return fail_errno(err, "look at %s namespace '%s'", kinds[i].name, path);
		if (theirs.st_dev != ours.st_dev || theirs.st_ino != ours.st_ino)
			*types |= kinds[i].type;
	}
	return 0;
}

int namespace_open_of(pid_t pid, int type, struct error *err)
{
	const struct kind *kind = find_kind(type);
	char path[64];

	if (!kind)
		return fail(err, ERROR_BUG, "no kind of namespace: %#x", (unsigned int)type);
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind->file);
	return namespace_open(path, type, err);
}
