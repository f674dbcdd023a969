#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "cgroup/files.h"
#include "kernel/clock.h"
#include "kernel/explain.h"
#include "kernel/filter.h"
#include "kernel/namespace.h"

#define PATH_SIZE 4096
/* Milliseconds: a process that was killed leaves its cgroup a little later. */
#define BUSY_PATIENCE 2000

/* ----------------------------------------------------------------------------- create */

/* The next part of `path`, which is then behind it; NULL at the end. */
static const char *next_part(const char **path, struct arena *arena)
{
	const char *start = *path + strspn(*path, "/");
	size_t len = strcspn(start, "/");

	*path = start + len;
	return len > 0 ? arena_strndup(arena, start, len) : NULL;
}

static int check_path(const char *path, struct arena *arena, struct error *err)
{
	const char *rest = path, *part;

	if (path[strspn(path, "/")] == '\0')
		return fail(err, ERROR_CONFIG,
			    "the root of the hierarchy cannot be a container's cgroup");
	while ((part = next_part(&rest, arena))) {
		if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
			return fail(err, ERROR_CONFIG, "cgroup '%s': '%s' is no name of a cgroup",
				    path, part);
	}
	return 0;
}

/* The controllers that some limit needs, each once, ended by NULL. */
static const char **needed_controllers(const struct plan_cgroup *plan, struct arena *arena)
{
	const char **needed = arena_array(arena, const char *, plan->limits.len + 1);
	size_t i, j, len = 0;

	for (i = 0; i < plan->limits.len; i++) {
		const char *controller = plan->limits.at[i].controller;

		for (j = 0; controller && j < len && strcmp(needed[j], controller) != 0; j++)
			;
		if (controller && j == len)
			needed[len++] = controller;
	}
	return needed;
}

/*
 * Give children of the cgroup these controllers. What cannot be had (EBUSY: it has processes;
 * ENOENT: its own parent gives it none; EACCES) is missed by the limit that needs it, which can
 * name itself.
 */
static void enable(int fd, const char *const *needed)
{
	char enabled[FILE_SIZE] = "", word[64];

	if (!*needed || files_read(fd, "cgroup.subtree_control", enabled) < 0)
		return;
	for (; *needed; needed++) {
		if (files_has_word(enabled, *needed))
			continue;
		snprintf(word, sizeof(word), "+%s", *needed);
		(void)files_write(fd, "cgroup.subtree_control", word);
	}
}

static int open_folder(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Open a child, made where it is missing. -1 with errno. */
static int make_child(int parent, const char *name, bool *made)
{
	int fd = open_folder(parent, name);

	*made = false;
	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(parent, name, 0755) == 0)
		*made = true;
	else if (errno != EEXIST)
		return -1;
	return open_folder(parent, name);
}

/*
 * Neither processes (config-linux.md, "consistency") nor a freezer that would stop the child for
 * ever.
 */
static int check_fitness(int fd, const char *path, struct error *err)
{
	char text[FILE_SIZE];

	if (files_read(fd, "cgroup.events", text) < 0)
		return fail_errno(err, "read cgroup.events of cgroup '%s'", path);
	if (files_value(text, "populated") != 0)
		return fail(err, ERROR_STATE,
			    "cgroup '%s' is not empty: a container needs one of its own", path);
	if (files_value(text, "frozen") == 1)
		return fail(err, ERROR_STATE, "cgroup '%s' is frozen, or one above it is", path);
	return 0;
}

static const char *why_not_made(void)
{
	switch (errno) {
	case EAGAIN:
		return "cgroup.max.descendants or cgroup.max.depth of one above it is reached";
	case EROFS:
		return "the cgroup2 mount is read-only";
	case EACCES:
	case EPERM:
		return "it is not delegated to this user";
	default:
		return NULL;
	}
}

/*
 * Walk down, making what is missing; *made is the shallowest of it. 1: not permitted, and `err`
 * says so.
 */
static int make_path(const struct cgroup_tree *tree, const char *const *needed, const char *path,
		     int *fd, const char **made, struct arena *arena, struct error *err)
{
	CLEANUP(fd_close) int at = open_folder(tree->fd, ".");
	const char *rest = path, *name;

	if (at < 0)
		return fail_errno(err, "open '%s'", tree->mount);
	while ((name = next_part(&rest, arena))) {
		bool new;
		int child;

		enable(at, needed);
		child = make_child(at, name, &new);
		if (new && !*made)
			*made = arena_strndup(arena, path, (size_t)(rest - path));
		if (child < 0) {
			const bool forbidden = errno == EACCES || errno == EPERM || errno == EROFS;

			fail_explained(err, why_not_made(), "make cgroup '%s'", path);
			return forbidden ? 1 : -1;
		}
		fd_close(&at);
		at = child;
	}
	*fd = fd_take(&at);
	return 0;
}

int cgroup_create(const struct cgroup_tree *tree, const struct plan_cgroup *plan, const char *path,
		  int *fd, const char **made, struct arena *arena, struct error *err)
{
	struct error ignored;
	int result;

	*fd = -1;
	*made = NULL;
	result = check_path(path, arena, err);
	if (result == 0)
		result = make_path(tree, needed_controllers(plan, arena), path, fd, made, arena,
				   err);
	if (result == 0 && check_fitness(*fd, path, err) < 0)
		result = -1;
	if (result == 0)
		return 0;
	fd_close(fd);
	if (*made && cgroup_remove(tree, path, *made, &ignored) == 0)
		*made = NULL;
	if (result > 0 && !plan->required)
		return 1;
	return plan->origin ? wrap(err, "%s", plan->origin) : -1;
}

/* ------------------------------------------------------------------------------ limits */

static int fail_missing(int fd, const struct plan_limit *limit, const char *path, struct error *err)
{
	char controllers[FILE_SIZE] = "";

	if (limit->controller && (files_read(fd, "cgroup.controllers", controllers) < 0 ||
				  !files_has_word(controllers, limit->controller)))
		return fail(err, ERROR_SYSTEM,
			    "%s: the %s controller is not available in cgroup '%s'", limit->origin,
			    limit->controller, path);
	return fail(err, ERROR_SYSTEM, "%s: this kernel has no file '%s' in cgroup '%s'",
		    limit->origin, limit->file, path);
}

static bool is_of(const struct plan_limit *limit, const char *controller)
{
	return limit->controller && strcmp(limit->controller, controller) == 0;
}

static const char *why_not_written(const struct plan_limit *limit)
{
	switch (errno) {
	case EACCES:
	case EPERM:
		return "the cgroup is not delegated to this user";
	case EROFS:
		return "the cgroup2 mount is read-only";
	case EBUSY:
		return is_of(limit, "memory") ? "more than that is in use" : NULL;
	case ENODEV:
		return is_of(limit, "io") ? "there is no such block device, or the cgroup has gone" :
					    "the cgroup has gone";
	case EOPNOTSUPP:
		return "the cgroup is threaded, or below a threaded one";
	default:
		return NULL;
	}
}

static int write_limit(int fd, const struct plan_limit *limit, const char *path, struct error *err)
{
	if (strchr(limit->file, '/'))
		return fail(err, ERROR_CONFIG, "%s: '%s' is no file of a cgroup", limit->origin,
			    limit->file);
	if (files_write(fd, limit->file, limit->value) == 0)
		return 0;
	if (errno == ENOENT)
		return limit->optional ? 0 : fail_missing(fd, limit, path, err);
	return fail_explained(err, why_not_written(limit), "%s: write '%s' to '%s' of cgroup '%s'",
			      limit->origin, limit->value, limit->file, path);
}

/*
 * Device programs need rights in the first user namespace. Where these are missing no device node
 * can be made either: what is in the container is what was bound there.
 */
static int attach_devices(int fd, const struct plan_cgroup *plan, struct error *err)
{
	bool inside = false;
	int number;

	if (plan->device_program.len == 0 ||
	    filter_attach_device(fd, plan->device_program.at, plan->device_program.len, err) == 0)
		return 0;
	number = err->number;
	if (number == EPERM) {
		struct error ignored;

		if (geteuid() != 0 ||
		    (namespace_in_user_namespace(&inside, &ignored) == 0 && inside))
			return 0;
	}
	return plan->device_origin ? wrap(err, "%s", plan->device_origin) : -1;
}

int cgroup_apply(int fd, const struct plan_cgroup *plan, const char *path, struct error *err)
{
	size_t i;

	for (i = 0; i < plan->limits.len; i++) {
		if (write_limit(fd, &plan->limits.at[i], path, err) < 0)
			return -1;
	}
	return attach_devices(fd, plan, err);
}

int cgroup_enter(int fd, pid_t pid, const char *path, struct error *err)
{
	const char *why = NULL;
	char text[24];

	snprintf(text, sizeof(text), "%d", (int)pid);
	if (files_write(fd, "cgroup.procs", text) == 0)
		return 0;
	switch (errno) {
	case EBUSY:
		why = "it has controllers enabled for its children, and so no processes of its own";
		break;
	case EOPNOTSUPP:
		why = "it is threaded, or below a threaded one";
		break;
	case EACCES:
	case EPERM:
		why = "the caller may not write to its cgroup.procs, or to that of the nearest "
		      "ancestor that it has in common with where the process is";
		break;
	case ESRCH:
		why = "the process has ended";
		break;
	case ENOENT:
	case ENODEV:
		why = "the cgroup has gone";
		break;
	default:
		break;
	}
	return fail_explained(err, why, "move process %d into cgroup '%s'", (int)pid, path);
}

/* ------------------------------------------------------------------------------ remove */

/* rmdir, once its processes have gone. -1 with errno. */
static int remove_when_empty(int parent, const char *name, int fd)
{
	const int64_t deadline = clock_milliseconds() + BUSY_PATIENCE;

	while (unlinkat(parent, name, AT_REMOVEDIR) < 0) {
		if (errno == ENOENT || errno == ENODEV)
			return 0;
		if (errno != EBUSY || clock_left(deadline) == 0)
			return -1;
		/* Empty already, and still busy: the kernel is not done with a child of it. */
		if (files_wait_event(fd, "populated", 0, clock_left(deadline)) == 0)
			clock_sleep(1);
		errno = EBUSY;
	}
	return 0;
}

static int remove_child(int parent, const char *name, int fd, void *context)
{
	(void)context;
	return name ? remove_when_empty(parent, name, fd) : 0;
}

/* "/a" and "b" of "/a/b". */
static const char *split(const char *path, char *parent, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(parent, size, "%.*s", (int)(slash - path), path);
	return slash + 1;
}

static int fail_removal(const char *path, struct error *err)
{
	return fail_explained(err, errno == EBUSY ? "processes are in it" : NULL,
			      "remove cgroup '%s'", path);
}

/* Those above that this container made, as long as nobody else has moved in. */
static void remove_above(const struct cgroup_tree *tree, const char *path, const char *made)
{
	char above[PATH_SIZE], parent[PATH_SIZE];

	(void)split(path, above, sizeof(above));
	while (strlen(above) >= strlen(made)) {
		CLEANUP(fd_close) int fd = -1;
		struct error ignored;
		const char *name = split(above, parent, sizeof(parent));
		int result = cgroup_open(tree, *parent ? parent : "/", &fd, &ignored);

		if (result < 0 ||
		    (result == 0 && unlinkat(fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT))
			return;
		memcpy(above, parent, strlen(parent) + 1);
	}
}

int cgroup_remove(const struct cgroup_tree *tree, const char *path, const char *made,
		  struct error *err)
{
	CLEANUP(fd_close) int parent_fd = -1;
	CLEANUP(fd_close) int fd = -1;
	char parent[PATH_SIZE];
	const char *name;
	int result;

	if (path[0] != '/' || path[1] == '\0' || strlen(path) >= PATH_SIZE ||
	    (made && !text_starts_with(path, made)))
		return fail(err, ERROR_BUG, "remove cgroup '%s' up to '%s': not a path", path,
			    made ? made : "");
	name = split(path, parent, sizeof(parent));
	result = cgroup_open(tree, *parent ? parent : "/", &parent_fd, err);
	if (result == 0)
		fd = open_folder(parent_fd, name);
	if (result < 0 || (result == 0 && fd < 0 && errno != ENOENT && errno != ENODEV))
		return result < 0 ? -1 : fail_removal(path, err);
	if (fd >= 0 &&
	    (files_walk(fd, remove_child, NULL) < 0 || remove_when_empty(parent_fd, name, fd) < 0))
		return fail_removal(path, err);
	if (made)
		remove_above(tree, path, made);
	return 0;
}

/* ----------------------------------------------------------------- what is there */

int cgroup_first_missing(const struct cgroup_tree *tree, const char *path, const char **missing,
			 struct arena *arena, struct error *err)
{
	CLEANUP(fd_close) int at = open_folder(tree->fd, ".");
	const char *rest = path, *name;
	int child;

	*missing = NULL;
	if (at < 0)
		return fail_errno(err, "open '%s'", tree->mount);
	while ((name = next_part(&rest, arena))) {
		child = open_folder(at, name);
		if (child < 0 && errno == ENOENT) {
			*missing = arena_strndup(arena, path, (size_t)(rest - path));
			return 0;
		}
		if (child < 0)
			return fail_errno(err, "open cgroup '%.*s'", (int)(rest - path), path);
		fd_close(&at);
		at = child;
	}
	return 0;
}

bool cgroup_was_oom_killed(int fd)
{
	char text[FILE_SIZE];

	return files_read(fd, "memory.events", text) == 0 && files_value(text, "oom_kill") > 0;
}
