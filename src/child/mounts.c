#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "child/attach.h"
#include "child/copy.h"
#include "child/steps.h"
#include "kernel/mount.h"

#define READ_ONLY ((uint64_t)MOUNT_ATTR_RDONLY)

/* The flags that are due now: a late read-only comes in the step "cover". */
static uint64_t due_now(const struct plan_mount *mount)
{
	return mount->late_readonly ? mount->set & ~READ_ONLY : mount->set;
}

static int set_flags(int fd, const struct plan_mount *mount, struct error *err)
{
	if (mount_set_attributes(fd, false, due_now(mount), mount->clear, 0, mount->target, err) < 0)
		return -1;
	return mount_set_attributes(fd, true, mount->set_below, mount->clear_below, 0,
				    mount->target, err);
}

static int set_propagation(int fd, const struct plan_mount *mount, struct error *err)
{
	unsigned long flags;
	size_t i;

	for (i = 0; i < mount->propagation.len; i++) {
		flags = mount->propagation.at[i];
		if (mount_set_attributes(fd, flags & MS_REC, 0, 0, flags & ~(unsigned long)MS_REC,
					 mount->target, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * The mount point, made where it is missing. The image decides what its path means: a symbolic link
 * where procfs is to be, or one that leads into a procfs, would have labels and sysctls written
 * into files of the image's choice (CVE-2019-16884, CVE-2019-19921, CVE-2023-27561).
 */
static int open_target(const struct child *child, const struct plan_mount *mount,
		       enum path_kind kind, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	long magic;

	if (mount->real_directory) {
		struct stat status;

		fd = path_try_open_in(child->root, mount->target, O_PATH | O_NOFOLLOW, err);
		if (fd == -1)
			return -1;
		if (fd >= 0 && fstat(fd, &status) < 0)
			return fail_errno(err, "look at '%s'", mount->target);
		if (fd >= 0 && !S_ISDIR(status.st_mode))
			return fail(err, ERROR_CONFIG,
				    "mount on '%s': it must be an ordinary directory",
				    mount->target);
		/* This very directory, whatever the name means from now on. */
		if (fd >= 0)
			return fd_take(&fd);
	}
	fd = path_make_in(child->root, mount->target, kind, NULL, err);
	if (fd < 0 || mount_filesystem(fd, mount->target, &magic, err) < 0)
		return -1;
	if (magic == PROC_SUPER_MAGIC && !mount->inside_proc && !mount->source_is_proc &&
	    !mount->real_directory)
		return fail(err, ERROR_CONFIG, "mount on '%s': it leads into a procfs",
			    mount->target);
	return fd_take(&fd);
}

static int attach(const struct child *child, const struct plan_mount *mount, int fd, bool directory,
		  struct error *err)
{
	CLEANUP(fd_close) int target = open_target(child, mount, directory ? PATH_DIRECTORY : PATH_FILE, err);

	if (target < 0 || mount_move(fd, target, mount->target, err) < 0)
		return -1;
	return set_propagation(fd, mount, err);
}

/* What is to be /proc must be one: hoy and the program write labels there. */
static int check_source(const struct plan_mount *mount, int fd, const char *source,
			struct error *err)
{
	long magic;

	if (!mount->source_is_proc)
		return 0;
	if (mount_filesystem(fd, source, &magic, err) < 0)
		return -1;
	if (magic != PROC_SUPER_MAGIC)
		return fail(err, ERROR_CONFIG, "bind '%s' on '/proc': it is not a procfs", source);
	return 0;
}

/*
 * The host's `source` by its path. The host makes its own clone (mount->fd) wherever it may; an
 * ordinary user's host side may not, but the user namespace that we are in gives us the right.
 */
static int bind_source(struct child *child, const struct plan_mount *mount, const char *source,
		       bool recursive, struct error *err)
{
	CLEANUP(fd_close) int target = -1;
	CLEANUP(fd_close) int fd = -1;
	struct stat status;

	if (stat(source, &status) < 0)
		return fail_errno(err, "open mount source '%s'", source);
	target = open_target(child, mount, S_ISDIR(status.st_mode) ? PATH_DIRECTORY : PATH_FILE, err);
	if (target < 0)
		return -1;
	fd = attach_clone(child, AT_FDCWD, source, recursive, target, mount->target, err);
	if (fd < 0 || check_source(mount, fd, source, err) < 0 || set_flags(fd, mount, err) < 0 ||
	    set_propagation(fd, mount, err) < 0)
		return -1;
	return fd_take(&fd);
}

static int make_bind(struct child *child, const struct plan_mount *mount, const char *source,
		     bool recursive, int *result, struct error *err)
{
	CLEANUP(fd_close) int fd = mount->fd;

	if (fd < 0)
		fd = bind_source(child, mount, source, recursive, err);
	else if (check_source(mount, fd, source, err) < 0 ||
		 attach(child, mount, fd, mount->source_is_directory, err) < 0)
		return -1;
	if (fd < 0)
		return -1;
	*result = fd_take(&fd);
	return 0;
}

/*
 * A tmpfs over a folder that exists looks like that folder, unless the options say another mode
 * (runc does so, images rely on it for /tmp).
 */
static int keep_mode(const struct child *child, const struct plan_mount *mount, int fd,
		     struct error *err)
{
	CLEANUP(fd_close) int below = -1;
	struct stat status;
	size_t i;

	for (i = 0; i < mount->data.len; i++)
		if (text_starts_with(mount->data.at[i], "mode="))
			return 0;
	below = path_try_open_in(child->root, mount->target, O_PATH | O_DIRECTORY, err);
	if (below < 0)
		return below == -1 ? -1 : 0;
	if (fstat(below, &status) < 0 || fchmodat(fd, ".", status.st_mode & 07777, 0) < 0)
		return fail_errno(err, "give '%s' the mode of the folder that it covers",
				  mount->target);
	return 0;
}

/* tmpcopyup: what the root filesystem has at the target, into the new tmpfs. */
static int copy_up(const struct child *child, const struct plan_mount *mount, int fd,
		   struct error *err)
{
	CLEANUP(fd_close) int below = path_try_open_in(child->root, mount->target, O_RDONLY | O_DIRECTORY, err);

	if (below == -1)
		return -1;
	if (below < 0)
		return 0;
	return copy_tree(below, fd, err) < 0
		   ? wrap(err, "copy '%s' into the new tmpfs", mount->target)
		   : 0;
}

/* With mount(2): a kernel without fsopen, or an option too long for fsconfig. */
static int mount_at_once(struct child *child, const struct plan_mount *mount,
			 const struct mount_new *new, int *result, struct error *err)
{
	CLEANUP(fd_close) int target = open_target(child, mount, PATH_DIRECTORY, err);
	CLEANUP(fd_close) int before = -1;
	CLEANUP(fd_close) int fd = -1;

	if (target < 0)
		return -1;
	if (mount->copy_up) {
		before = path_open_in(child->root, mount->target, O_RDONLY | O_DIRECTORY, err);
		if (before < 0)
			return -1;
	}
	if (mount_new_at(new, target, mount->target, err) < 0)
		return -1;
	fd = path_open_in(child->root, mount->target, O_PATH, err);
	if (fd < 0)
		return -1;
	if (mount->copy_up && copy_tree(before, fd, err) < 0)
		return wrap(err, "copy '%s' into the new tmpfs", mount->target);
	if (set_propagation(fd, mount, err) < 0)
		return -1;
	*result = fd_take(&fd);
	return 0;
}

static int make_new(struct child *child, const struct plan_mount *mount, const char *type,
		    int *result, struct error *err)
{
	struct mount_new new = {
	    .type = type,
	    .source = mount->source ? mount->source : type,
	    .attributes = due_now(mount),
	    .superblock = mount->superblock,
	    .data = mount->data.at,
	    .data_len = mount->data.len,
	};
	CLEANUP(fd_close) int fd = mount_new_detached(&new, mount->target, err);

	if (fd == -1)
		return -1;
	if (fd < 0)
		return mount_at_once(child, mount, &new, result, err);
	if (strcmp(type, "tmpfs") == 0 && keep_mode(child, mount, fd, err) < 0)
		return -1;
	if (mount->copy_up && copy_up(child, mount, fd, err) < 0)
		return -1;
	if (attach(child, mount, fd, true, err) < 0)
		return -1;
	*result = fd_take(&fd);
	return 0;
}

/*
 * A user namespace without a network namespace of its own may not mount sysfs: the host's is shown
 * instead. Recursive, because a tree with mounts beneath may not be taken apart there
 * (mount_namespaces(7)); read-only throughout, or it would be the host's own.
 */
static int make_sysfs(struct child *child, const struct plan_mount *mount, int *result,
		      struct error *err)
{
	struct plan_mount bind = *mount;

	bind.set_below |= READ_ONLY;
	return make_bind(child, &bind, "/sys", true, result, err);
}

/*
 * cgroup2 with the container's cgroup as its root. A user namespace without a cgroup namespace may
 * not (EPERM), and a hierarchy mounted with other options answers EBUSY: the container's own folder
 * of the host's mount is shown then (mount->fd; an ordinary user's host side could not clone it,
 * and the whole hierarchy is shown, as runc does).
 */
static int make_cgroup(struct child *child, const struct plan_mount *mount, int *result,
		       struct error *err)
{
	struct plan_mount bind = *mount;
	struct error first = {0};

	if (make_new(child, mount, "cgroup2", result, &first) == 0)
		return 0;
	if (first.number != EPERM && first.number != EBUSY) {
		*err = first;
		return -1;
	}
	/*
	 * All of the host's, read-only throughout: whoever owns the user namespace could write
	 * there (CVE-2023-25809).
	 */
	if (mount->fd < 0)
		bind.set_below |= READ_ONLY;
	return make_bind(child, &bind, "/sys/fs/cgroup", true, result, err);
}

static int remount(struct child *child, const struct plan_mount *mount, int *result,
		   struct error *err)
{
	CLEANUP(fd_close) int fd = path_open_in(child->root, mount->target, O_PATH, err);
	const struct mount_new options = {.data = mount->data.at, .data_len = mount->data.len};
	bool is_root;

	if (fd < 0 || mount_is_root(fd, mount->target, &is_root, err) < 0)
		return -1;
	if (!is_root)
		return fail(err, ERROR_CONFIG, "remount '%s': nothing is mounted there",
			    mount->target);
	if (options.data_len && mount_reconfigure(fd, &options, mount->target, err) < 0)
		return -1;
	if (set_flags(fd, mount, err) < 0 || set_propagation(fd, mount, err) < 0)
		return -1;
	*result = fd_take(&fd);
	return 0;
}

static int make_one(struct child *child, const struct plan_mount *mount, int *result,
		    struct error *err)
{
	switch (mount->kind) {
	case MOUNT_BIND:
		return make_bind(child, mount, mount->source, mount->recursive, result, err);
	case MOUNT_REMOUNT:
		return remount(child, mount, result, err);
	case MOUNT_CGROUP:
		return make_cgroup(child, mount, result, err);
	case MOUNT_NEW:
		if (mount->fallback_bind)
			return make_sysfs(child, mount, result, err);
		return make_new(child, mount, mount->type, result, err);
	}
	return fail(err, ERROR_BUG, "a mount of kind %d", (int)mount->kind);
}

int make_mounts(struct child *child, struct error *err)
{
	const struct plan *plan = child->plan;
	CLEANUP(fd_close) int fd = -1;
	size_t i;

	for (i = 0; i < plan->mounts.len; i++) {
		child->mounts[i] = -1;
		if (make_one(child, &plan->mounts.at[i], &fd, err) < 0)
			return wrap(err, "%s", plan->mounts.at[i].origin);
		if (plan->mounts.at[i].late_readonly)
			child->mounts[i] = fd_take(&fd);
		fd_close(&fd);
	}
	return 0;
}
