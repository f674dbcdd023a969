#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "kernel/explain.h"
#include "kernel/mount.h"

static const char *why_not(const char *invalid)
{
	return errno == EINVAL ? invalid : errno == EPERM ? "needs CAP_SYS_ADMIN" : NULL;
}

int mount_pivot(int root_fd, struct error *err)
{
	CLEANUP(fd_close) int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old < 0)
		return fail_errno(err, "open the old root");
	if (fchdir(root_fd) < 0)
		return fail_errno(err, "enter the root filesystem");
	/* The old root comes to lie on top of the new one, and needs no folder: pivot_root(2). */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return fail_explained(err, why_not("'/' is an initramfs (then --no-pivot helps), or "
						   "the root filesystem is shared, or no root of a "
						   "mount"), "pivot_root");
	/* By its descriptor: "." is still the new root for mount(2), and only for umount2(2) what lies on top of it. */
	if (fchdir(old) < 0)
		return fail_errno(err, "enter the old root");
	/* The unmount that follows must not travel to the host. */
	if (mount("none", ".", "none", MS_SLAVE | MS_REC, NULL) < 0)
		return fail_errno(err, "make the mounts of the old root slave");
	if (umount2(".", MNT_DETACH) < 0)
		return fail_errno(err, "unmount the old root");
	if (chdir("/") < 0)
		return fail_errno(err, "enter the new root");
	return 0;
}

/*
 * A chroot does not hold a process with CAP_SYS_CHROOT: it would find the host's procfs and sysfs
 * there, without what masks the container's own. Whatever is mounted at `path` goes; what cannot
 * go is covered.
 */
static int hide(const char *path, struct error *err)
{
	const long wanted[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC };
	struct statfs filesystem;
	size_t i;

	/* Until it is no mount any more: EINVAL. Slave first, so that the host keeps its own. */
	while (mount("none", path, "none", MS_SLAVE | MS_REC, NULL) == 0 &&
	       umount2(path, MNT_DETACH) == 0)
		;
	if (statfs(path, &filesystem) < 0) {
		if (errno == ENOENT)
			return 0;
		return fail_errno(err, "look at the host's '%s'", path);
	}
	for (i = 0; i < COUNT(wanted); i++) {
		if ((long)filesystem.f_type == wanted[i] &&
		    mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			  "size=0k,nr_inodes=2") < 0)
			return fail_errno(err, "cover the host's '%s'", path);
	}
	return 0;
}

int mount_chroot(int root_fd, struct error *err)
{
	if (fchdir(root_fd) < 0)
		return fail_errno(err, "enter the root filesystem");
	if (hide("/proc", err) < 0 || hide("/sys", err) < 0)
		return -1;
	/*
	 * It lies on top of "/" already, so that a setns into this namespace arrives in it; only our
	 * own root is still the one beneath.
	 */
	if (syscall(SYS_chroot, ".") < 0)
		return fail_errno(err, "chroot into the root filesystem");
	if (chdir("/") < 0)
		return fail_errno(err, "enter the new root");
	return 0;
}
