#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fd.h"
#include "host/host.h"
#include "kernel/mount.h"

#define SELF "/proc/self/exe"
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/*
 * 1: nobody can write to what we run from. Either the mount is read-only, or it is a sealed memory
 * file.
 */
static int is_protected(int self, struct error *err)
{
	struct statvfs status;
	int seals;

	if (fstatvfs(self, &status) < 0)
		return fail_errno(err, "look at '" SELF "'");
	/* -1 on filesystems that know no seals, which has all bits set. */
	seals = fcntl(self, F_GET_SEALS);
	return status.f_flag & ST_RDONLY || (seals >= 0 && (seals & SEALS) == SEALS);
}

/*
 * A container made by an ordinary user has no IDs but that user's own; a binary that somebody else
 * owns, and that we may not write to, is safe from it.
 */
static bool is_somebody_elses(int self)
{
	struct stat status;

	return fstat(self, &status) == 0 && status.st_uid != geteuid() &&
	       faccessat(AT_FDCWD, SELF, W_OK, AT_EACCESS) < 0;
}

/* Without the right to clone mounts: a copy in memory. */
static int sealed_copy(int self, struct error *err)
{
	CLEANUP(fd_close) int copy = memfd_create("hoy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t moved;

	if (copy < 0)
		return fail_errno(err, "make a memory file for a copy of hoy");
	do
		moved = sendfile(copy, self, NULL, 1 << 24);
	while (moved > 0);
	if (moved < 0 || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return fail_errno(err, "copy hoy into memory");
	return fd_take(&copy);
}

int host_seal(char *const *argv, struct error *err)
{
	CLEANUP(fd_close) int self = open(SELF, O_RDONLY | O_CLOEXEC);
	CLEANUP(fd_close) int safe = -1;
	int result;

	if (fault_enosys("seal"))
		return 0;
	if (self < 0)
		return fail_errno(err, "open '" SELF "'");
	result = is_protected(self, err);
	if (result < 0)
		return -1;
	if (result > 0) {
		/* execveat(2) by a descriptor calls the process after its number. */
		prctl(PR_SET_NAME, "hoy");
		return 0;
	}
	/*
	 * A clone of the mount rather than of the file: nothing is copied. Once execve has closed
	 * its descriptor it belongs to no mount namespace, so that nobody can make it writable
	 * again (mount_setattr(2): EINVAL).
	 */
	safe = mount_clone_tree(AT_FDCWD, SELF, false, err);
	if (safe >= 0 && mount_set_attributes(safe, false, MOUNT_ATTR_RDONLY, 0, 0, SELF, err) < 0)
		return -1;
	if (safe < 0 && is_somebody_elses(self))
		return 0;
	if (safe < 0)
		safe = sealed_copy(self, err);
	if (safe < 0)
		return -1;
	execveat(safe, "", argv, environ, AT_EMPTY_PATH);
	return fail_errno(err, "execute hoy from its protected copy");
}
