/*
 * The nodes and links of /dev: config-linux.md, "Default Devices" and "Devices"; config.md, "/dev
 * symbolic links".
 */
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/builder.h"

static const struct {
	const char *path;
	unsigned int major, minor;
} defaults[] = {
	{ "/dev/null", 1, 3 },
	{ "/dev/zero", 1, 5 },
	{ "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 },
	{ "/dev/urandom", 1, 9 },
	{ "/dev/tty", 5, 0 },
};

/*
 * The last three are not the specification's, but every container has them: bash and udev look for
 * the first.
 */
static const struct plan_link links[] = {
	{ "/dev/fd", "/proc/self/fd", false },
	{ "/dev/stdin", "/proc/self/fd/0", false },
	{ "/dev/stdout", "/proc/self/fd/1", false },
	{ "/dev/stderr", "/proc/self/fd/2", false },
	{ "/dev/core", "/proc/kcore", false },
	{ "/dev/ptmx", "pts/ptmx", true },
};

/* A /dev that is somebody else's is taken as it is: nodes made in it would be made on the host. */
static bool dev_is_bound(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->mounts.len; i++)
		if (plan->mounts.at[i].kind == MOUNT_BIND &&
		    strcmp(plan->mounts.at[i].target, "/dev") == 0)
			return true;
	return false;
}

static struct plan_device *add_device(struct builder *b, const char *path, mode_t type)
{
	struct plan_device *device = list_add(b->arena, &b->plan->devices);

	device->path = path_clean(b->arena, path);
	device->fd = -1;
	/* user_namespaces(7): no device can be made in one. A FIFO is no device. */
	device->bind = type != S_IFIFO && (b->plan->namespaces.user || b->plan->rootless);
	if (device->bind)
		device->source = device->path;
	return device;
}

static int add_listed(struct builder *b, const struct spec_device *from)
{
	mode_t type = S_IFCHR;
	struct plan_device *device;

	if (strcmp(from->type, "b") == 0)
		type = S_IFBLK;
	else if (strcmp(from->type, "p") == 0)
		type = S_IFIFO;
	if (type != S_IFIFO && (!from->major.set || !from->minor.set || from->major.value < 0 ||
				from->minor.value < 0 || from->major.value > UINT32_MAX ||
				from->minor.value > UINT32_MAX))
		return fail(b->err, ERROR_CONFIG,
			    "%s: \"major\" and \"minor\" are needed, and not below 0",
			    from->origin);
	device = add_device(b, from->path, type);
	device->origin = from->origin;
	device->mode = type | (from->file_mode.set ? from->file_mode.value & 07777 : 0666);
	if (type != S_IFIFO) {
		device->major = (unsigned int)from->major.value;
		device->minor = (unsigned int)from->minor.value;
	}
	device->uid = from->uid.set ? from->uid.value : 0;
	device->gid = from->gid.set ? from->gid.value : 0;
	return 0;
}

static bool is_listed(struct builder *b, const char *path)
{
	size_t i;

	for (i = 0; i < b->linux->devices.len; i++)
		if (strcmp(path_clean(b->arena, b->linux->devices.at[i].path), path) == 0)
			return true;
	return false;
}

int build_devices(struct builder *b)
{
	struct plan_device *device;
	size_t i;

	if (dev_is_bound(b->plan))
		return 0;
	for (i = 0; i < COUNT(defaults); i++) {
		if (is_listed(b, defaults[i].path))
			continue;
		device = add_device(b, defaults[i].path, S_IFCHR);
		device->mode = S_IFCHR | 0666;
		device->major = defaults[i].major;
		device->minor = defaults[i].minor;
	}
	for (i = 0; i < b->linux->devices.len; i++)
		if (add_listed(b, &b->linux->devices.at[i]) < 0)
			return -1;
	for (i = 0; i < COUNT(links); i++)
		*list_add(b->arena, &b->plan->links) = links[i];
	return 0;
}
