#include "child/attach.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/path.h"
#include "kernel/mount.h"

static int bind(const struct child *child, int dirfd, const char *source, bool recursive,
		int target, const char *path, struct error *err)
{
	CLEANUP(fd_close) int opened = -1;
	int from = dirfd;

	if (*source) {
		from = opened = openat(dirfd, source, O_PATH | O_CLOEXEC);
		if (opened < 0)
			return fail_errno(err, "open mount source '%s'", source);
	}
	if (mount_bind_at(from, target, recursive, path, err) < 0)
		return -1;
	/* What lies there now; a descriptor from before shows what is beneath. */
	return path_open_in(child->root, path, O_PATH, err);
}

int attach_clone(const struct child *child, int dirfd, const char *source, bool recursive,
		 int target, const char *path, struct error *err)
{
	CLEANUP(fd_close) int clone = mount_clone_tree(dirfd, source, recursive, err);

	if (clone < 0 && err->number == ENOSYS)
		return bind(child, dirfd, source, recursive, target, path, err);
	if (clone < 0 || mount_move(clone, target, path, err) < 0)
		return -1;
	return fd_take(&clone);
}
