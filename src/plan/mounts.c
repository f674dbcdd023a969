/*
 * Mounts: from the words of config.md to flags, and what can only be decided with all of them in
 * view.
 */
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>

#include "base/path.h"
#include "base/text.h"
#include "plan/builder.h"
#include "spec/words.h"

/* What the options of one mount say beside what goes straight into the plan. */
struct options {
	bool bind;
	bool remount;
	const char *superblock;		/* the last word about a filesystem as a whole */
};

/* --------------------------------------------------------------- the root */

int build_root(struct builder *b)
{
	const struct opt_u64 *wanted = &b->linux->rootfs_propagation;
	struct plan_root *root = &b->plan->root;

	root->fd = -1;
	root->no_pivot = b->facts->no_pivot;
	if (!b->spec->root || !b->spec->root->path)
		return fail(b->err, ERROR_CONFIG, "root: missing (the root filesystem)");
	root->path = path_join(b->arena, b->spec->bundle, b->spec->root->path);
	root->readonly = b->spec->root->readonly;
	/*
	 * What happens on the host may be seen inside, what happens inside never outside: the least
	 * surprise (as runc).
	 */
	root->outer_propagation = MS_REC | MS_SLAVE;
	if (!wanted->set)
		return 0;
	root->propagation = wanted->value & ~(uint64_t)MS_REC;
	/* "unbindable" for all of it would leave nothing that mounts could be bound from. */
	root->outer_propagation =
		MS_REC | (root->propagation == MS_UNBINDABLE ? MS_PRIVATE : root->propagation);
	return 0;
}

/* ------------------------------------------------------------- one mount */

/*
 * Of opposite words the last one wins. What is set is not to be cleared, but for numbers within a
 * mask (mount_setattr(2)).
 */
static void combine(uint64_t *set, uint64_t *clear, const struct mount_option *option)
{
	*set = (*set & ~option->clear) | option->set;
	*clear = (*clear & ~option->set) | option->clear;
}

static int read_options(struct builder *b, struct plan_mount *mount, const struct spec_mount *from,
			struct options *options)
{
	const struct mount_option *option;
	const char *name;
	size_t i;

	for (i = 0; i < from->options.len; i++) {
		name = from->options.at[i];
		/* Engines leave empty ones behind. */
		if (!*name)
			continue;
		option = mount_option_find(name);
		if (!option) {
			*list_add(b->arena, &mount->data) = name;
			continue;
		}
		switch (option->kind) {
		case OPTION_FLAG:
			combine(&mount->set, &mount->clear, option);
			break;
		case OPTION_RECURSIVE_FLAG:
			combine(&mount->set_below, &mount->clear_below, option);
			break;
		case OPTION_SUPERBLOCK:
			mount->superblock = (mount->superblock & ~option->clear) | option->set;
			options->superblock = option->set && option->set != MS_SILENT
						      ? name
						      : options->superblock;
			break;
		case OPTION_PROPAGATION:
			*list_add(b->arena, &mount->propagation) = option->set;
			break;
		case OPTION_BIND:
			options->bind = true;
			mount->recursive |= (option->set & MS_REC) != 0;
			break;
		case OPTION_REMOUNT:
			options->remount = true;
			break;
		case OPTION_COPY_UP:
			mount->copy_up = true;
			break;
		case OPTION_IDMAP:
			return fail(b->err, ERROR_CONFIG, "%s.options[%zu]: '%s' is not supported",
				    from->origin, i, name);
		case OPTION_NOTHING:
			break;
		}
	}
	return 0;
}

static enum plan_mount_kind find_kind(const struct plan_mount *mount, const struct spec_mount *from,
				      const struct options *options)
{
	bool has_type = from->type && *from->type;

	/*
	 * mount(2): with MS_REMOUNT, MS_BIND only says that the filesystem as a whole is not meant.
	 */
	if (options->remount || (!options->bind && !has_type && mount->propagation.len))
		return MOUNT_REMOUNT;
	if (options->bind || (has_type && strcmp(from->type, "bind") == 0))
		return MOUNT_BIND;
	/* Configs for cgroup v1 and v2 alike say "cgroup". */
	if (has_type && (strcmp(from->type, "cgroup") == 0 || strcmp(from->type, "cgroup2") == 0))
		return MOUNT_CGROUP;
	return MOUNT_NEW;
}

/* The first word of `data` that nobody knows, with the known one it may have been meant as. */
static int refuse_data(struct builder *b, const struct plan_mount *mount, const char *why)
{
	struct word names[128] = { { NULL, 0 } };
	const struct words words = { "mount option", names };
	const char *near;
	size_t i;

	for (i = 0; mount_options[i].name && i + 1 < COUNT(names); i++)
		names[i].name = mount_options[i].name;
	near = words_suggest(&words, mount->data.at[0]);
	return fail(b->err, ERROR_CONFIG, "%s.options: '%s' is no mount option, and %s%s%s%s",
		    mount->origin, mount->data.at[0], why, near ? " (did you mean \"" : "",
		    near ? near : "", near ? "\"?)" : "");
}

/*
 * Nothing may stand in for procfs: labels and sysctls are written through it (CVE-2019-16884,
 * -2025-52881). These files are the exception; LXCFS and the like show the container's own numbers
 * in them. What a symbolic link of the image makes of a target, and if the source of a bind onto
 * /proc is a procfs, the child sees when it opens them.
 */
static int check_proc(struct builder *b, struct plan_mount *mount)
{
	static const char *const allowed[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
		"/proc/loadavg",
		"/proc/slabinfo",
		"/proc/net/dev",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/sys/crypto/fips_enabled",
	};
	size_t i;

	if (!path_is_beneath(mount->target, "/proc"))
		return 0;
	if (strcmp(mount->target, "/proc") == 0) {
		mount->source_is_proc = mount->kind == MOUNT_BIND;
		mount->real_directory = true;
		if (mount->kind == MOUNT_BIND ||
		    (mount->kind == MOUNT_NEW && strcmp(mount->type, "proc") == 0))
			return 0;
		return fail(b->err, ERROR_CONFIG,
			    "%s: '/proc' can only be of type proc, or a bind of one",
			    mount->origin);
	}
	for (i = 0; i < COUNT(allowed); i++)
		if (strcmp(mount->target, allowed[i]) == 0) {
			mount->inside_proc = true;
			return 0;
		}
	return fail(b->err, ERROR_CONFIG,
		    "%s: nothing can be mounted on '%s', which is inside /proc", mount->origin,
		    mount->target);
}

static int finish_remount(struct builder *b, struct plan_mount *mount,
			  const struct options *options)
{
	/* mount(2): with MS_BIND only this mount's flags are meant, not the filesystem's options. */
	if (options->bind && mount->data.len)
		return refuse_data(b, mount, "a bind mount takes no options of a filesystem");
	if (options->superblock)
		return fail(b->err, ERROR_CONFIG, "%s.options: '%s' cannot be changed by a remount",
			    mount->origin, options->superblock);
	mount->superblock = 0;
	return 0;
}

static int finish_bind(struct builder *b, struct plan_mount *mount, const struct spec_mount *from,
		       const struct options *options)
{
	if (!from->source || !*from->source)
		return fail(b->err, ERROR_CONFIG,
			    "%s.source: missing (a bind mount needs something to bind)",
			    mount->origin);
	if (mount->data.len)
		return refuse_data(b, mount, "a bind mount takes no options of a filesystem");
	if (options->superblock)
		warn(b,
		     "%s.options: '%s' is ignored: it concerns a filesystem, not a bind of it",
		     mount->origin, options->superblock);
	mount->superblock = 0;
	mount->source = path_join(b->arena, b->spec->bundle, from->source);
	return 0;
}

/*
 * Which filesystems share one superblock with others, or are still to be written to: for these,
 * "ro" is the mount's alone.
 */
static bool has_own_superblock(const char *type)
{
	static const char *const others[] = { "proc", "sysfs", "mqueue", "devpts", "tmpfs" };
	size_t i;

	for (i = 0; i < COUNT(others); i++)
		if (strcmp(type, others[i]) == 0)
			return false;
	return true;
}

/*
 * devpts(5): the kernel refuses a group that the user namespace does not have; without the option
 * it is the maker's.
 */
static void drop_unmapped_group(struct builder *b, struct plan_mount *mount)
{
	size_t i, kept = 0;
	uint64_t gid;

	for (i = 0; i < mount->data.len; i++) {
		if (text_starts_with(mount->data.at[i], "gid=") &&
		    text_to_u64(mount->data.at[i] + 4, &gid) && !ids_have_gid(b, gid))
			warn(b,
			     "%s.options: '%s' is dropped, since the container has no such group",
			     mount->origin, mount->data.at[i]);
		else
			mount->data.at[kept++] = mount->data.at[i];
	}
	mount->data.len = kept;
}

/*
 * sysfs shows a network namespace, and only the user namespace that owns it may mount it
 * (sysfs(5)). One that an engine has made belongs to no user namespace that is only made now;
 * joined together, as in a pod, they belong together.
 */
static bool lacks_sysfs(const struct builder *b)
{
	const struct plan_namespaces *namespaces = &b->plan->namespaces;
	size_t i;

	if ((!namespaces->user && !b->plan->rootless) || namespaces->create & CLONE_NEWNET)
		return false;
	for (i = 0; i < namespaces->join.len; i++)
		if (namespaces->join.at[i].type == CLONE_NEWNET)
			return namespaces->create & CLONE_NEWUSER;
	return true;
}

/* Nothing is mounted beneath a new filesystem: "rro" there is "ro". */
static void fold_below(struct plan_mount *mount)
{
	mount->set = (mount->set & ~mount->clear_below) | mount->set_below;
	mount->clear = (mount->clear & ~mount->set_below) | mount->clear_below;
	mount->set_below = mount->clear_below = 0;
}

static int finish_new(struct builder *b, struct plan_mount *mount, const struct spec_mount *from)
{
	if (!from->type || !*from->type)
		return fail(b->err, ERROR_CONFIG, "%s.type: missing (a new filesystem needs one)",
			    mount->origin);
	fold_below(mount);
	mount->type = from->type;
	mount->real_directory =
		strcmp(mount->type, "proc") == 0 || strcmp(mount->type, "sysfs") == 0;
	mount->source = from->source && *from->source ? from->source : from->type;
	if (mount->set & MOUNT_ATTR_RDONLY && has_own_superblock(mount->type))
		mount->superblock |= MS_RDONLY;
	if (strcmp(mount->type, "devpts") == 0)
		drop_unmapped_group(b, mount);
	if (strcmp(mount->type, "sysfs") == 0)
		mount->fallback_bind = lacks_sysfs(b);
	return 0;
}

static int add_mount(struct builder *b, const struct spec_mount *from)
{
	struct plan_mount *mount = list_add(b->arena, &b->plan->mounts);
	struct options options = { 0 };

	mount->origin = from->origin;
	mount->fd = -1;
	mount->target = path_clean(b->arena, from->destination);
	if (read_options(b, mount, from, &options) < 0)
		return -1;
	mount->kind = find_kind(mount, from, &options);
	switch (mount->kind) {
	case MOUNT_REMOUNT:
		if (finish_remount(b, mount, &options) < 0)
			return -1;
		break;
	case MOUNT_BIND:
		if (finish_bind(b, mount, from, &options) < 0)
			return -1;
		break;
	case MOUNT_NEW:
		if (finish_new(b, mount, from) < 0)
			return -1;
		break;
	case MOUNT_CGROUP:
		fold_below(mount);
		break;
	}
	if (mount->copy_up && (mount->kind != MOUNT_NEW || strcmp(mount->type, "tmpfs") != 0))
		return fail(b->err, ERROR_CONFIG, "%s.options: 'tmpcopyup' is for a new tmpfs only",
			    mount->origin);
	if (mount->kind == MOUNT_REMOUNT)
		return 0;
	if (strcmp(mount->target, "/") == 0)
		return fail(b->err, ERROR_CONFIG, "%s.destination: '/' is what root.path is for",
			    mount->origin);
	return check_proc(b, mount);
}

/* Behind the config's own, which may well put a tmpfs on /run. */
static void add_notify_folder(struct builder *b)
{
	struct plan_mount *mount = list_add(b->arena, &b->plan->mounts);

	mount->origin = "NOTIFY_SOCKET";
	mount->kind = MOUNT_BIND;
	mount->fd = -1;
	mount->target = NOTIFY_FOLDER;
	/* A socket in it can be written to all the same. */
	mount->set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
}

int build_mounts(struct builder *b)
{
	size_t i;

	for (i = 0; i < b->spec->mounts.len; i++)
		if (add_mount(b, &b->spec->mounts.at[i]) < 0)
			return -1;
	if (b->plan->notify_socket)
		add_notify_folder(b);
	return 0;
}

/* ------------------------------------------------------- all of them in view */

static bool is_inside(const char *path, const struct plan_mount *mount)
{
	return path_is_beneath(path, mount->target) && strcmp(path, mount->target) != 0;
}

static bool gets_something(const struct plan *plan, size_t index)
{
	const struct plan_mount *mount = &plan->mounts.at[index];
	size_t i;

	for (i = index + 1; i < plan->mounts.len; i++)
		if (plan->mounts.at[i].kind != MOUNT_REMOUNT &&
		    is_inside(plan->mounts.at[i].target, mount))
			return true;
	for (i = 0; i < plan->devices.len; i++)
		if (is_inside(plan->devices.at[i].path, mount))
			return true;
	for (i = 0; i < plan->links.len; i++)
		if (is_inside(plan->links.at[i].path, mount))
			return true;
	return plan->process.terminal && is_inside("/dev/console", mount);
}

void build_late_readonly(struct builder *b)
{
	struct plan_mount *mount;
	size_t i;

	for (i = 0; i < b->plan->mounts.len; i++) {
		mount = &b->plan->mounts.at[i];
		if (!(mount->set & MOUNT_ATTR_RDONLY) ||
		    (mount->kind != MOUNT_NEW && mount->kind != MOUNT_BIND))
			continue;
		/*
		 * A tmpfs is empty until somebody writes into it; into those of the kernel nobody
		 * can.
		 */
		if (mount->kind == MOUNT_NEW && strcmp(mount->type, "tmpfs") == 0)
			mount->late_readonly = true;
		else if (mount->kind == MOUNT_BIND || has_own_superblock(mount->type))
			mount->late_readonly = gets_something(b->plan, i);
	}
}
