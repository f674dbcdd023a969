#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fault.h"
#include "base/fd.h"
#include "kernel/explain.h"
#include "kernel/mount.h"
#include "kernel/self_fd.h"

#define PROC_ROOT_INODE 1	/* PROC_ROOT_INO of the kernel */

int mount_filesystem(int fd, const char *name, long *magic, struct error *err)
{
	struct statfs filesystem;

	if (fstatfs(fd, &filesystem) < 0)
		return fail_errno(err, "look at the filesystem of '%s'", name);
	*magic = (long)filesystem.f_type;
	return 0;
}

int self_fd_path(int fd, char path[SELF_FD_SIZE], struct error *err)
{
	CLEANUP(fd_close) int folder = -1;
	struct statx seen, meant;
	struct statfs filesystem;
	char name[16];

	snprintf(name, sizeof(name), "%d", fd);
	snprintf(path, SELF_FD_SIZE, "/proc/self/fd/%d", fd);
	folder = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return fail_errno(err, "open '/proc/self/fd'");
	if (fstatfs(folder, &filesystem) < 0)
		return fail_errno(err, "look at the filesystem of '/proc/self/fd'");
	if (filesystem.f_type != PROC_SUPER_MAGIC)
		return fail(err, ERROR_SYSTEM, "open '/proc/self/fd': it is no procfs");
	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &meant) < 0 ||
	    statx(folder, name, 0, STATX_INO | STATX_MNT_ID, &seen) < 0)
		return fail_errno(err, "look at '%s'", path);
	if (seen.stx_ino != meant.stx_ino || seen.stx_dev_major != meant.stx_dev_major ||
	    seen.stx_dev_minor != meant.stx_dev_minor || seen.stx_mnt_id != meant.stx_mnt_id)
		return fail(err, ERROR_SYSTEM, "open '%s': something is mounted over it", path);
	return 0;
}

/* ---------------------------------------------------------- a procfs of our own */

static int new_proc(bool pid_only)
{
	CLEANUP(fd_close) int context = -1;

	if (fault_enosys("fsopen"))
		return -1;
	context = fsopen("proc", FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	/* What is not asked for cannot be reached by mistake. */
	if (pid_only && fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0)
		return -1;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(context, FSMOUNT_CLOEXEC,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static int is_proc_root(int fd, struct error *err)
{
	struct statfs filesystem;
	struct stat file;

	if (fstatfs(fd, &filesystem) < 0 || fstat(fd, &file) < 0)
		return fail_errno(err, "look at '/proc'");
	if (filesystem.f_type != PROC_SUPER_MAGIC || file.st_ino != PROC_ROOT_INODE)
		return fail(err, ERROR_SYSTEM, "open '/proc': it is not the root of a procfs");
	return 0;
}

int mount_private_proc(bool pid_only, struct error *err)
{
	CLEANUP(fd_close) int fd = new_proc(pid_only);

	if (fd >= 0)
		return fd_take(&fd);
	/*
	 * In a user namespace a new procfs is refused when parts of the one at /proc are covered.
	 * Then a clone of that one alone, without what covers it; the kernel refuses that too where
	 * the covers are locked (mount_namespaces(7)).
	 */
	if (!fault_enosys("open_tree"))
		fd = open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "open '/proc'");
	if (is_proc_root(fd, err) < 0)
		return -1;
	return fd_take(&fd);
}

static int open_beneath(int folder, const char *file)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};

	if (fault_enosys("openat2"))
		return -1;
	return (int)syscall(SYS_openat2, folder, file, &how, sizeof(how));
}

/* Without openat2: what was reached must lie in the very same mount. */
static int open_and_verify(int folder, const char *file)
{
	CLEANUP(fd_close) int fd = -1;
	struct statx above, below;

	if (file[0] == '/' || strstr(file, "..")) {
		errno = EXDEV;
		return -1;
	}
	fd = openat(folder, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || statx(folder, "", AT_EMPTY_PATH, STATX_MNT_ID, &above) < 0 ||
	    statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &below) < 0)
		return -1;
	if (above.stx_mnt_id != below.stx_mnt_id) {
		errno = EXDEV;
		return -1;
	}
	return fd_take(&fd);
}

int mount_proc_write(int proc_fd, const char *file, const char *value, struct error *err)
{
	CLEANUP(fd_close) int fd = open_beneath(proc_fd, file);
	size_t len = strlen(value);
	struct statfs filesystem;
	ssize_t written;

	/* EPERM: a seccomp profile that does not know the call; the file's own comes again. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = open_and_verify(proc_fd, file);
	if (fd < 0)
		return fail_explained(err, errno == EXDEV ? "something is mounted over it" : NULL,
				      "open '/proc/%s'", file);
	if (fstatfs(fd, &filesystem) < 0)
		return fail_errno(err, "look at the filesystem of '/proc/%s'", file);
	if (filesystem.f_type != PROC_SUPER_MAGIC)
		return fail(err, ERROR_SYSTEM, "write '/proc/%s': it is not on a procfs", file);
	/* One write, since most files take each as a whole new value. */
	do {
		written = write(fd, value, len);
	} while (written < 0 && errno == EINTR);
	if (written < 0)
		return fail_errno(err, "write '%s' to '/proc/%s'", value, file);
	if ((size_t)written != len)
		return fail(err, ERROR_SYSTEM,
			    "write '%s' to '/proc/%s': only %zd bytes were taken", value, file,
			    written);
	return 0;
}
