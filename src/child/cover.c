#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "child/attach.h"
#include "child/steps.h"
#include "kernel/mount.h"

/*
 * What masked paths are covered with, made when the first one asks for it: a clone for each is
 * cheaper than a filesystem for each.
 */
struct covers {
	int null;  /* /dev/null, for files */
	int empty; /* an empty read-only tmpfs, for folders */
};

/*
 * The container's /dev/null, if it is one: its image may have put something else there, and binding
 * that over a masked path would open it instead (CVE-2025-31133).
 */
static int open_null(const struct child *child, struct error *err)
{
	CLEANUP(fd_close) int fd = path_open_in(child->root, "/dev/null", O_PATH | O_NOFOLLOW, err);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0)
		return fail_errno(err, "look at '/dev/null'");
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
		return fail(
		    err, ERROR_CONFIG,
		    "'/dev/null' in the container is not the null device");
	return fd_take(&fd);
}

static int make_empty(struct error *err)
{
	static const char *const data[] = {"size=0", "nr_inodes=2", "mode=755"};
	static const struct mount_new empty = {
	    .type = "tmpfs",
	    .source = "tmpfs",
	    .attributes = MOUNT_ATTR_RDONLY,
	    .data = data,
	    .data_len = COUNT(data),
	};

	return mount_new_detached(&empty, "masked paths", err);
}

/* With mount(2), on a kernel without fsopen: one filesystem each. */
static int mask_at_once(int target, const char *path, struct error *err)
{
	static const struct mount_new empty = {.type = "tmpfs",
					       .source = "tmpfs",
					       .superblock = MS_RDONLY,
					       .attributes = MOUNT_ATTR_RDONLY};

	return mount_new_at(&empty, target, path, err);
}

static int mask(const struct child *child, const char *path, struct covers *covers,
		struct error *err)
{
	CLEANUP(fd_close) int target = path_try_open_in(child->root, path, O_PATH, err);
	CLEANUP(fd_close) int cover = -1;
	struct stat status;
	int source;

	if (target < 0)
		return target == -1 ? -1 : 0;
	if (fstat(target, &status) < 0)
		return fail_errno(err, "look at '%s'", path);
	if (S_ISDIR(status.st_mode) && covers->empty == -1) {
		covers->empty = make_empty(err);
		/*
		 * The first one is attached itself: what is detached cannot be cloned before
		 * Linux 6.15 (open_tree: EINVAL).
		 */
		if (covers->empty >= 0)
			return mount_move(covers->empty, target, path, err);
	}
	if (!S_ISDIR(status.st_mode) && covers->null == -1)
		covers->null = open_null(child, err);
	source = S_ISDIR(status.st_mode) ? covers->empty : covers->null;
	if (source < 0)
		return source == -1 ? -1 : mask_at_once(target, path, err);
	cover = attach_clone(child, source, "", false, target, path, err);
	return cover < 0 ? -1 : 0;
}

static int mask_all(const struct child *child, struct error *err)
{
	CLEANUP(fd_close) int null = -1;
	CLEANUP(fd_close) int empty = -1;
	struct covers covers = {-1, -1};
	int result = 0;
	size_t i;

	for (i = 0; i < child->plan->masked.len && result == 0; i++) {
		result = mask(child, child->plan->masked.at[i], &covers, err);
		null = covers.null;
		empty = covers.empty;
		if (result < 0)
			wrap(err, "linux.maskedPaths: mask '%s'", child->plan->masked.at[i]);
	}
	return result;
}

/* The path is bound over itself, so that only this view of it turns read-only. */
static int turn_readonly(const struct child *child, const char *path, struct error *err)
{
	CLEANUP(fd_close) int target = path_try_open_in(child->root, path, O_PATH, err);
	CLEANUP(fd_close) int clone = -1;

	if (target < 0)
		return target == -1 ? -1 : 0;
	clone = attach_clone(child, target, "", true, target, path, err);
	if (clone < 0)
		return -1;
	return mount_set_attributes(clone, false, MOUNT_ATTR_RDONLY, 0, 0, path, err);
}

int cover_paths(struct child *child, struct error *err)
{
	const struct plan *plan = child->plan;
	size_t i;

	for (i = 0; i < plan->readonly.len; i++)
		if (turn_readonly(child, plan->readonly.at[i], err) < 0)
			return wrap(err, "linux.readonlyPaths: make '%s' read-only",
				    plan->readonly.at[i]);
	if (mask_all(child, err) < 0)
		return -1;
	for (i = 0; i < plan->mounts.len; i++) {
		if (child->mounts[i] < 0)
			continue;
		if (mount_set_attributes(child->mounts[i], false, MOUNT_ATTR_RDONLY, 0, 0,
					 plan->mounts.at[i].target, err) < 0)
			return wrap(err, "%s", plan->mounts.at[i].origin);
		fd_close(&child->mounts[i]);
	}
	if (plan->root.readonly &&
	    mount_set_attributes(child->root, false, MOUNT_ATTR_RDONLY, 0, 0, "/", err) < 0)
		return wrap(err, "root.readonly");
	return 0;
}
