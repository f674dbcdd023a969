#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "child/attach.h"
#include "child/steps.h"
#include "kernel/mount.h"

/* A file that exists must be the device that was asked for (config-linux.md, Devices). */
static int verify(int fd, const struct plan_device *device, struct error *err)
{
	dev_t wanted = makedev(device->major, device->minor);
	struct stat status;

	if (fstat(fd, &status) < 0)
		return fail_errno(err, "look at '%s'", device->path);
	if ((status.st_mode & S_IFMT) != (device->mode & S_IFMT) ||
	    (!S_ISFIFO(status.st_mode) && status.st_rdev != wanted))
		return fail(err, ERROR_CONFIG,
			    "make device '%s': a file is there already, and it is another one",
			    device->path);
	return 0;
}

static int make_node(struct child *child, const struct plan_device *device, struct error *err)
{
	CLEANUP(fd_close) int folder = -1;
	CLEANUP(fd_close) int node = -1;
	const char *name;

	folder = path_make_parent_in(child->root, device->path, &name, err);
	if (folder < 0)
		return -1;
	if (mknodat(folder, name, device->mode, makedev(device->major, device->minor)) < 0 &&
	    errno != EEXIST)
		return fail_errno(err, "make device '%s' (%u:%u)", device->path, device->major,
				  device->minor);
	node = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (node < 0)
		return fail_errno(err, "open '%s'", device->path);
	if (verify(node, device, err) < 0)
		return -1;
	/* By descriptor: the name may have been swapped since. */
	if (fchownat(node, "", device->uid, device->gid, AT_EMPTY_PATH) < 0)
		return fail_errno(err, "give '%s' to %u:%u", device->path, device->uid,
				  device->gid);
	return 0;
}

/* Nodes cannot be made in a user namespace: the host's is shown instead. */
static int bind_node(struct child *child, const struct plan_device *device, struct error *err)
{
	CLEANUP(fd_close) int node = device->fd;
	CLEANUP(fd_close) int target = path_make_in(child->root, device->path, PATH_FILE, NULL, err);

	if (target < 0)
		return -1;
	if (node < 0) {
		node = attach_clone(child, AT_FDCWD, device->source, false, target, device->path, err);
		return node < 0 ? -1 : verify(node, device, err);
	}
	if (verify(node, device, err) < 0)
		return -1;
	return mount_move(node, target, device->path, err);
}

static int make_link(struct child *child, const struct plan_link *link, struct error *err)
{
	CLEANUP(fd_close) int folder = -1;
	const char *name;

	folder = path_make_parent_in(child->root, link->path, &name, err);
	if (folder < 0)
		return -1;
	if (link->replace && unlinkat(folder, name, 0) < 0 && errno != ENOENT)
		return fail_errno(err, "remove '%s' to link it to '%s'", link->path, link->to);
	if (symlinkat(link->to, folder, name) < 0 && errno != EEXIST)
		return fail_errno(err, "link '%s' to '%s'", link->path, link->to);
	return 0;
}

int make_devices(struct child *child, struct error *err)
{
	const struct plan *plan = child->plan;
	const struct plan_device *device;
	mode_t mask = umask(0);
	int result = 0;
	size_t i;

	for (i = 0; i < plan->devices.len && result == 0; i++) {
		device = &plan->devices.at[i];
		result =
		    device->bind ? bind_node(child, device, err) : make_node(child, device, err);
		if (result < 0 && device->origin)
			wrap(err, "%s", device->origin);
	}
	umask(mask);
	for (i = 0; i < plan->links.len && result == 0; i++)
		result = make_link(child, &plan->links.at[i], err);
	return result;
}
