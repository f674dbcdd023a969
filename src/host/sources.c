#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "host/parts.h"
#include "kernel/mount.h"

/*
 * Why here and not in the child: from inside a user namespace a source under a 0700 folder of the
 * host cannot be reached, and a descriptor opened before the clone is no good for open_tree there
 * (EINVAL, another mount namespace). A clone made here and inherited is.
 */

/*
 * The clone of a shared mount is its peer: what is mounted in the container would appear on the
 * host. It gets what the child gives "/" of its mount namespace; the mount's own propagation
 * options come on top, in the child.
 */
static int cut_off(int fd, const struct plan *plan, const char *name, struct error *err)
{
	unsigned long outer = plan->root.outer_propagation & ~(unsigned long)MS_REC;

	if (outer == MS_SHARED)
		return 0;
	return mount_set_attributes(fd, true, 0, 0, outer, name, err);
}

/*
 * Returns 1 where the caller has no right to clone mounts: the child will have it, in its user
 * namespace.
 */
static int clone_source(const struct plan *plan, const char *source, bool recursive, int *fd,
			bool *directory, struct error *err)
{
	CLEANUP(fd_close) int clone = mount_clone_tree(AT_FDCWD, source, recursive, err);
	struct stat status;

	if (clone < 0)
		return (err->number == EPERM && plan->namespaces.user) || err->number == ENOSYS ? 1 : -1;
	if (fstat(clone, &status) < 0)
		return fail_errno(err, "look at '%s'", source);
	*directory = S_ISDIR(status.st_mode);
	if (cut_off(clone, plan, source, err) < 0)
		return -1;
	*fd = fd_take(&clone);
	return 0;
}

static int set_flags(const struct plan_mount *mount, struct error *err)
{
	uint64_t set = mount->set;

	/* Due in the child's step "cover". */
	if (mount->late_readonly)
		set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	if (mount_set_attributes(mount->fd, false, set, mount->clear, 0, mount->target, err) < 0)
		return -1;
	return mount_set_attributes(mount->fd, true, mount->set_below, mount->clear_below, 0,
				    mount->target, err);
}

static int open_mount(struct plan *plan, struct plan_mount *mount, struct error *err)
{
	int result;

	if (mount->kind != MOUNT_BIND)
		return 0;
	result = clone_source(plan, mount->source, mount->recursive, &mount->fd,
			      &mount->source_is_directory, err);
	if (result == 0)
		result = set_flags(mount, err);
	return result < 0 ? wrap(err, "%s", mount->origin) : result;
}

/*
 * The container's own folder of the hierarchy, for where the kernel will not mount cgroup2 (a user
 * namespace without a cgroup namespace).
 */
static int open_cgroup(struct plan *plan, struct plan_mount *mount, const struct cgroup_tree *tree,
		       const char *path, struct error *err)
{
	CLEANUP(text_finish) struct text folder = {0};

	if (mount->kind != MOUNT_CGROUP || !plan->namespaces.user || !path || tree->fd < 0)
		return 0;
	text_printf(&folder, "%s%s", tree->mount, path);
	if (clone_source(plan, text_get(&folder), false, &mount->fd, &mount->source_is_directory,
			 err) < 0 ||
	    (mount->fd >= 0 && set_flags(mount, err) < 0))
		return wrap(err, "%s", mount->origin);
	return 0;
}

static int open_root(struct plan *plan, struct error *err)
{
	struct stat status;
	bool directory = true;
	int result;

	if (stat(plan->root.path, &status) < 0) {
		fail_errno(err, "root.path: find the root filesystem '%s'", plan->root.path);
		err->kind = ERROR_CONFIG;
		return -1;
	}
	if (!S_ISDIR(status.st_mode))
		return fail(err, ERROR_CONFIG, "root.path: '%s' is not a directory",
			    plan->root.path);
	result = clone_source(plan, plan->root.path, true, &plan->root.fd, &directory, err);
	return result < 0 ? wrap(err, "root.path") : result;
}

int sources_open(struct plan *plan, const struct cgroup_tree *tree, const char *cgroup_path,
		 struct error *err)
{
	bool directory;
	size_t i;
	int result;

	/* Once the root is refused for want of rights (1), so is all the rest. */
	result = open_root(plan, err);
	if (result != 0)
		return result < 0 ? -1 : 0;
	for (i = 0; i < plan->mounts.len; i++)
		if (open_mount(plan, &plan->mounts.at[i], err) < 0 ||
		    open_cgroup(plan, &plan->mounts.at[i], tree, cgroup_path, err) < 0)
			return -1;
	for (i = 0; i < plan->devices.len; i++)
		if (plan->devices.at[i].bind &&
		    clone_source(plan, plan->devices.at[i].source, false, &plan->devices.at[i].fd,
				 &directory, err) < 0)
			return wrap(err, "%s", plan->devices.at[i].path);
	return 0;
}

void sources_close(struct plan *plan)
{
	size_t i;

	fd_close(&plan->root.fd);
	for (i = 0; i < plan->mounts.len; i++)
		fd_close(&plan->mounts.at[i].fd);
	for (i = 0; i < plan->devices.len; i++)
		fd_close(&plan->devices.at[i].fd);
	for (i = 0; i < plan->namespaces.join.len; i++)
		fd_close(&plan->namespaces.join.at[i].fd);
}
