#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "child/steps.h"
#include "kernel/mount.h"

/* For exec: we are inside already. */
int find_root(struct child *child, struct error *err)
{
	child->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return child->root < 0 ? fail_errno(err, "open '/' of the container") : 0;
}

/*
 * What is mounted in the container must not appear on the host, and pivot_root(2) refuses shared
 * mounts: the tree is cut off from the one it was cloned from. With rootfsPropagation "shared" only
 * its top, as binds beneath are then meant to be seen.
 */
static int cut_off(int tree, const struct plan_root *root, struct error *err)
{
	unsigned long outer = root->outer_propagation & ~(unsigned long)MS_REC;

	if (outer == MS_SHARED)
		return mount_set_attributes(tree, false, 0, 0, MS_PRIVATE, root->path, err);
	return mount_set_attributes(tree, true, 0, 0, outer, root->path, err);
}

static int open_folder(const char *path, struct error *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? fail_errno(err, "open '%s'", path) : fd;
}

/* Without open_tree(2): the root filesystem bound onto itself becomes a mount that pivot_root takes. */
static int bind_root(const struct plan_root *root, struct error *err)
{
	CLEANUP(fd_close) int folder = open_folder(root->path, err);

	if (folder < 0 || mount_bind_at(folder, folder, true, root->path, err) < 0)
		return -1;
	return open_folder(root->path, err);
}

/*
 * Onto "/" rather than onto the root filesystem's own path: no path is looked up, and one that only
 * the host's root can reach does as well.
 */
static int attach_root(int tree, struct error *err)
{
	CLEANUP(fd_close) int old = open_folder("/", err);

	return old < 0 ? -1 : mount_move(tree, old, "/", err);
}

int prepare_root(struct child *child, struct error *err)
{
	const struct plan_root *root = &child->plan->root;
	CLEANUP(fd_close) int tree = -1;
	bool attached = false;

	/*
	 * In a namespace that was joined as well: it may be shared with the host's, whoever made
	 * it.
	 */
	if (mount_set_root_propagation(root->outer_propagation, err) < 0)
		return -1;
	/* Whatever is attached to a shared mount is attached on the host as well. */
	if ((root->outer_propagation & MS_SHARED) &&
	    mount_set_root_propagation(MS_PRIVATE, err) < 0)
		return -1;
	/*
	 * The host's clone is there already, unless only the user namespace gives the right to make
	 * one.
	 */
	tree = root->fd >= 0 ? root->fd : mount_clone_tree(AT_FDCWD, root->path, true, err);
	if (tree < 0 && err->number == ENOSYS) {
		tree = bind_root(root, err);
		attached = true;
	}
	if (tree < 0 || cut_off(tree, root, err) < 0 || (!attached && attach_root(tree, err) < 0))
		return wrap(err, "root.path");
	child->root = fd_take(&tree);
	return 0;
}

int pivot(struct child *child, struct error *err)
{
	const struct plan_root *root = &child->plan->root;

	if ((root->no_pivot ? mount_chroot : mount_pivot)(child->root, err) < 0)
		return -1;
	if (root->propagation &&
	    mount_set_attributes(child->root, root->propagation & MS_REC, 0, 0,
				 root->propagation & ~(unsigned long)MS_REC, "/", err) < 0)
		return wrap(err, "linux.rootfsPropagation");
	return 0;
}
