#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "kernel/mount.h"
#include "kernel/mountinfo.h"

/* -------------------------------------------------------------- the mounted hierarchy */

/* 0: it is the root of a cgroup2 mount, and is in the tree now; 1: it is not. */
static int try_mount(struct cgroup_tree *tree, const char *path, struct error *err)
{
	CLEANUP(fd_close) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	long magic;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return 1;
	if (fd < 0)
		return fail_errno(err, "open '%s'", path);
	if (mount_filesystem(fd, path, &magic, err) < 0)
		return -1;
	if (magic != CGROUP2_SUPER_MAGIC)
		return 1;
	if (strlen(path) >= sizeof(tree->mount))
		return fail(err, ERROR_SYSTEM,
			    "use the cgroup2 mount at '%s': its path is too long", path);
	memcpy(tree->mount, path, strlen(path) + 1);
	tree->fd = fd_take(&fd);
	return 0;
}

int cgroup_open_tree(struct cgroup_tree *tree, struct error *err)
{
	static const char *const usual[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	char *elsewhere;
	int result;
	size_t i;

	*tree = (struct cgroup_tree){ .fd = -1 };
	for (i = 0; i < COUNT(usual); i++) {
		result = try_mount(tree, usual[i], err);
		if (result <= 0)
			return result;
	}
	result = mountinfo_find_cgroup2(&elsewhere, err);
	if (result == 0)
		result = try_mount(tree, elsewhere, err);
	free(elsewhere);
	return result;
}

void cgroup_close_tree(struct cgroup_tree *tree)
{
	fd_close(&tree->fd);
}

int cgroup_of(pid_t pid, const char **path, struct arena *arena, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	char name[64] = "/proc/self/cgroup", *text, *line, *end;
	size_t len;

	if (pid != 0)
		snprintf(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0)
		return fail_errno(err, "open '%s'", name);
	if (fd_read_whole(fd, 1 << 20, &text, &len, name, err) < 0)
		return err->number == ESRCH ? 1 : -1;
	/* The v2 hierarchy has number 0 and no controllers named: cgroups(7). */
	line = text_starts_with(text, "0::") ? text : strstr(text, "\n0::");
	if (line) {
		line = strchr(line, '/');
		end = line ? strchr(line, '\n') : NULL;
		*path = end ? arena_strndup(arena, line, (size_t)(end - line)) : NULL;
	}
	free(text);
	if (!line || !*path)
		return fail(err, ERROR_SYSTEM, "read '%s': it has no line for cgroup v2", name);
	return 0;
}

int cgroup_open(const struct cgroup_tree *tree, const char *path, int *fd, struct error *err)
{
	*fd = path_try_open_in(tree->fd, path, O_RDONLY | O_DIRECTORY, err);
	if (*fd == -2) {
		*fd = -1;
		return 1;
	}
	return *fd < 0 ? wrap(err, "open cgroup '%s'", path) : 0;
}

/* ------------------------------------------------------------------- where to make one */

/*
 * What it takes to make a cgroup in there and to move a process of the caller's into it:
 * cgroups(7), delegation.
 */
static int may_make_in(const struct cgroup_tree *tree, const char *path)
{
	CLEANUP(fd_close) int fd = -1;
	struct error ignored;

	if (cgroup_open(tree, path, &fd, &ignored) != 0)
		return 0;
	return faccessat(fd, ".", W_OK, AT_EACCESS) == 0 &&
	       faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS) == 0;
}

static const char *parent_of(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

/* The first property that cannot go without a cgroup. */
static const char *first_origin(const struct plan_cgroup *plan)
{
	size_t i;

	for (i = 0; i < plan->limits.len; i++) {
		if (!plan->limits.at[i].optional)
			return plan->limits.at[i].origin;
	}
	return plan->device_origin ? plan->device_origin : "linux.resources";
}

int cgroup_choose_path(const struct cgroup_tree *tree, const struct plan_cgroup *plan,
		       const char *id, bool rootless, const char **path, struct arena *arena,
		       struct error *err)
{
	const char *own = NULL, *candidates[3];
	size_t i, len = 0;

	*path = NULL;
	if (plan->manager == CGROUP_DISABLED)
		return 0;
	if (plan->path) {
		*path = plan->path;
		return 0;
	}
	candidates[len++] = "/";
	if (cgroup_of(0, &own, arena, err) != 0)
		return -1;
	/* "/.." begins the path of a cgroup that the caller's cgroup namespace does not show. */
	if (!text_starts_with(own, "/..")) {
		/* Beside hoy before below it: one with processes gives no controllers. */
		candidates[len++] = parent_of(own, arena);
		candidates[len++] = own;
	}
	for (i = 0; i < len; i++) {
		if (!may_make_in(tree, candidates[i]))
			continue;
		*path = arena_printf(arena, "%s/%s",
				     strcmp(candidates[i], "/") == 0 ? "" : candidates[i], id);
		return 0;
	}
	if (!plan->required)
		return 0;
	return fail(err, ERROR_SYSTEM,
		    "%s: no cgroup can be made beneath '%s%s'%s: Permission denied",
		    first_origin(plan), tree->mount, own,
		    rootless ? ", which is not delegated to this user" : "");
}
