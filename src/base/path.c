#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/path.h"

/* As many as the kernel follows in one path (MAXSYMLINKS). */
#define MAX_LINKS 40

/*
 * openat2 answers EAGAIN when a rename or mount anywhere crosses a ".."; runc and libpathrs retry
 * about as often.
 */
#define MAX_TRIES 128

/* The kernel's inode of the root of any procfs (PROC_ROOT_INO). */
#define PROC_ROOT_INODE 1

char *path_clean(struct arena *arena, const char *path)
{
	char *clean = arena_alloc(arena, strlen(path) + 2), *end = clean;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.') {
			while (end > clean && *--end != '/')
				;
		} else if (len > 0 && !(len == 1 && path[0] == '.')) {
			*end++ = '/';
			memcpy(end, path, len);
			end += len;
		}
		path += len;
		path += strspn(path, "/");
	}
	if (end == clean)
		*end++ = '/';
	*end = '\0';
	return clean;
}

char *path_join(struct arena *arena, const char *folder, const char *path)
{
	if (path[0] == '/')
		return arena_strdup(arena, path);
	return arena_printf(arena, "%s/%s", folder, path);
}

bool path_is_beneath(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	if (strcmp(folder, "/") == 0)
		return path[0] == '/';
	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* Everything below a root as "." when there is nothing left of the path. */
static const char *beneath(const char *path)
{
	path += strspn(path, "/");
	return *path ? path : ".";
}

/* -1 with errno. */
static int open_in_root(int root, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC),
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int tries, fd = -1;

	if (fault_enosys("openat2"))
		return -1;
	for (tries = 0; tries < MAX_TRIES; tries++) {
		fd = (int)syscall(SYS_openat2, root, beneath(path), &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd;
}

/*
 * An own resolution of a path inside a root, one component at a time, each opened with O_NOFOLLOW
 * from the folder before it. It serves kernels and seccomp profiles without openat2, and whoever
 * makes what is missing. Where it stands is kept twice: as a descriptor, and as text without links,
 * so that ".." is a walk from the root to the shorter text and never a lookup of ".." (a folder
 * that is moved meanwhile would lead out of the root: CVE-2021-30465, CVE-2024-45310).
 */
struct walk {
	int root;
	int at;				/* O_PATH descriptor of the folder reached */
	char reached[PATH_MAX];		/* its path beneath the root: "usr/lib"; "" is the root */
	char rest[PATH_MAX];		/* what is still to be resolved */
	char name[NAME_MAX + 1];	/* the component in hand */
	int links;			/* followed so far */
	bool make;			/* missing folders are made */
	bool made;			/* the component last met was */
};

static void walk_finish(struct walk *walk)
{
	fd_close(&walk->at);
}

static int open_here(int folder, const char *name, int flags)
{
	return openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC);
}

static int walk_to(struct walk *walk, int fd)
{
	fd_close(&walk->at);
	walk->at = fd;
	return fd < 0 ? -1 : 0;
}

static int walk_to_root(struct walk *walk)
{
	walk->reached[0] = '\0';
	return walk_to(walk, open_here(walk->root, ".", O_PATH | O_DIRECTORY));
}

static int walk_start(struct walk *walk, int root, const char *path, bool make)
{
	walk->root = root;
	walk->at = -1;
	walk->links = 0;
	walk->make = make;
	walk->made = false;
	walk->reached[0] = '\0';
	if (strlen(path) >= sizeof(walk->rest)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(walk->rest, path, strlen(path) + 1);
	return walk_to_root(walk);
}

static int walk_up(struct walk *walk)
{
	char *slash = strrchr(walk->reached, '/');
	char again[PATH_MAX], *at = again, *name;

	*(slash ? slash : walk->reached) = '\0';
	memcpy(again, walk->reached, strlen(walk->reached) + 1);
	if (walk_to_root(walk) < 0)
		return -1;
	memcpy(walk->reached, again, strlen(again) + 1);
	while ((name = strsep(&at, "/")) && *name) {
		if (walk_to(walk, open_here(walk->at, name, O_PATH | O_DIRECTORY)) < 0)
			return -1;
	}
	return 0;
}

static int walk_down(struct walk *walk, int fd)
{
	size_t len = strlen(walk->reached);

	if (len + strlen(walk->name) + 2 > sizeof(walk->reached)) {
		fd_close(&fd);
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(walk->reached + len, sizeof(walk->reached) - len, "%s%s", len ? "/" : "",
		 walk->name);
	return walk_to(walk, fd);
}

/* Put what the link says in front of the rest. */
static int walk_follow(struct walk *walk, int link)
{
	struct statfs filesystem;
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t len;

	if (fstatfs(link, &filesystem) < 0)
		return -1;
	/*
	 * On procfs a link may lead anywhere, whatever its text; there is no telling them apart
	 * from here.
	 */
	if (++walk->links > MAX_LINKS || filesystem.f_type == PROC_SUPER_MAGIC) {
		errno = ELOOP;
		return -1;
	}
	len = readlinkat(link, "", target, sizeof(target) - 1);
	if (len < 0)
		return -1;
	if (len == 0) {
		errno = ENOENT;
		return -1;
	}
	target[len] = '\0';
	memcpy(rest, walk->rest, strlen(walk->rest) + 1);
	if (snprintf(walk->rest, sizeof(walk->rest), "%s%s", target, rest) >=
	    (int)sizeof(walk->rest)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return target[0] == '/' ? walk_to_root(walk) : 0;
}

/*
 * mkdirat with exactly this mode. The umask and not a chmod afterwards, which could be led to
 * something else; the process has one thread.
 */
static int make_directory(int folder, const char *name)
{
	mode_t before = umask(0);
	int result = mkdirat(folder, name, 0755);

	umask(before);
	return result;
}

/* 1: a component is in walk->name; 0: nothing is left; -1 with errno. */
static int walk_next(struct walk *walk, bool *last)
{
	char *start = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(start, "/");

	if (len == 0)
		return 0;
	if (len > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(walk->name, start, len);
	walk->name[len] = '\0';
	/* A slash at the end asks for a folder, so it makes a component of its own ("."). */
	*last = start[len] == '\0';
	if (!*last && start[len + strspn(start + len, "/")] == '\0')
		memcpy(walk->rest, "/.", sizeof("/."));
	else
		memmove(walk->rest, start + len, strlen(start + len) + 1);
	return 1;
}

/*
 * Enter one component that is not to be the result: a folder, a link, ".." or something missing.
 * 1: it is the last one, not there yet or not a link, and left to the caller.
 */
static int walk_component(struct walk *walk, bool last, bool follow_last)
{
	CLEANUP(fd_close) int fd = -1;
	struct stat status;

	if (strcmp(walk->name, ".") == 0)
		return 0;
	walk->made = false;
	if (strcmp(walk->name, "..") == 0)
		return walk_up(walk);
	fd = open_here(walk->at, walk->name, O_PATH);
	if (fd < 0 && errno == ENOENT && last)
		return 1;
	if (fd < 0 && errno == ENOENT && walk->make) {
		walk->made = make_directory(walk->at, walk->name) == 0;
		if (!walk->made && errno != EEXIST)
			return -1;
		fd = open_here(walk->at, walk->name, O_PATH);
	}
	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	if (S_ISLNK(status.st_mode) && (!last || follow_last))
		return walk_follow(walk, fd);
	if (last)
		return 1;
	if (!S_ISDIR(status.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	return walk_down(walk, fd_take(&fd));
}

/*
 * Resolve all but the last component. 1: its name is in walk->name, its folder is walk->at. 0: the
 * path ended in "/", "." or "..", and walk->at is what it means.
 */
static int walk_all(struct walk *walk, bool follow_last)
{
	bool last;
	int more;

	while ((more = walk_next(walk, &last)) > 0) {
		int found = walk_component(walk, last, follow_last);

		if (found != 0)
			return found;
	}
	return more;
}

/* What open_in_root does, without openat2. -1 with errno. */
static int open_by_walk(int root, const char *path, int flags)
{
	CLEANUP(walk_finish) struct walk walk;
	CLEANUP(fd_close) int fd = -1;
	struct stat status;
	int found;

	walk.at = -1;
	if (walk_start(&walk, root, path, false) < 0)
		return -1;
	found = walk_all(&walk, !(flags & O_NOFOLLOW));
	if (found < 0)
		return -1;
	fd = open_here(walk.at, found ? walk.name : ".", flags);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	if (S_ISLNK(status.st_mode) && !(flags & O_NOFOLLOW)) {
		errno = ELOOP;	/* became a link this very moment; O_PATH opens those */
		return -1;
	}
	return fd_take(&fd);
}

static int open_beneath(int root, const char *path, int flags)
{
	int fd = open_in_root(root, path, flags);

	/*
	 * EPERM is how a seccomp profile of before 2020 answers; when it was the file's own, the
	 * walk meets it again.
	 */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = open_by_walk(root, path, flags);
	return fd;
}

static int fail_open(const char *path, struct error *err)
{
	return fail_errno(err, "open '/%s' in the root filesystem", path + strspn(path, "/"));
}

int path_open_in(int root, const char *path, int flags, struct error *err)
{
	int fd = open_beneath(root, path, flags);

	return fd >= 0 ? fd : fail_open(path, err);
}

int path_try_open_in(int root, const char *path, int flags, struct error *err)
{
	int fd = open_beneath(root, path, flags);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return -2;
	return fd >= 0 ? fd : fail_open(path, err);
}

/* An O_PATH descriptor of the last component, which is made when it is missing. -1 with errno. */
static int make_last(struct walk *walk, enum path_kind kind)
{
	CLEANUP(fd_close) int made = -1;
	mode_t before;

	if (kind == PATH_DIRECTORY) {
		walk->made = make_directory(walk->at, walk->name) == 0;
	} else {
		before = umask(0);
		made = openat(walk->at, walk->name,
			      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		umask(before);
		walk->made = made >= 0;
	}
	if (!walk->made && errno != EEXIST)
		return -1;
	return open_here(walk->at, walk->name, O_PATH);
}

static int check_kind(int fd, enum path_kind kind)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -1;
	if (S_ISLNK(status.st_mode))
		errno = ELOOP;		/* put there this very moment */
	else if (kind == PATH_DIRECTORY && !S_ISDIR(status.st_mode))
		errno = ENOTDIR;
	else if (kind == PATH_FILE && S_ISDIR(status.st_mode))
		errno = EISDIR;
	else
		return 0;
	return -1;
}

static int make_by_walk(int root, const char *path, enum path_kind kind, bool *made)
{
	CLEANUP(walk_finish) struct walk walk;
	int found;

	walk.at = -1;
	if (walk_start(&walk, root, path, true) < 0)
		return -1;
	found = walk_all(&walk, true);
	if (found < 0)
		return -1;
	found = found ? make_last(&walk, kind) : fd_take(&walk.at);
	*made = walk.made;
	return found;
}

int path_make_in(int root, const char *path, enum path_kind kind, bool *made, struct error *err)
{
	const char *what = kind == PATH_DIRECTORY ? "directory" : "file";
	CLEANUP(fd_close) int fd = open_beneath(root, path, O_PATH);
	bool unused;

	path += strspn(path, "/");
	if (!made)
		made = &unused;
	*made = false;
	if (fd < 0 && errno == ENOENT)
		fd = make_by_walk(root, path, kind, made);
	if (fd < 0)
		return fail_errno(err, "make %s '/%s' in the root filesystem", what, path);
	if (check_kind(fd, kind) < 0)
		return fail_errno(err, "use '/%s' in the root filesystem as a %s", path, what);
	return fd_take(&fd);
}

int path_make_parent_in(int root, const char *path, const char **name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;
	char parent[PATH_MAX];

	if (!*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
		errno = EINVAL;
		return fail_errno(err, "make '%s': it has no name of its own", path);
	}
	if ((size_t)(last - path) >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return fail_errno(err, "make '%s'", path);
	}
	*name = last;
	memcpy(parent, path, (size_t)(last - path));
	parent[last - path] = '\0';
	return path_make_in(root, parent, PATH_DIRECTORY, NULL, err);
}

/*
 * A descriptor of /proc/self/fd that is procfs for sure: with a false one, "reopen" would open what
 * an attacker likes.
 */
static int open_proc_fds(void)
{
	CLEANUP(fd_close) int proc = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs filesystem;
	struct stat status;
	int fds;

	if (proc < 0 || fstatfs(proc, &filesystem) < 0 || fstat(proc, &status) < 0)
		return -1;
	if (filesystem.f_type != PROC_SUPER_MAGIC || status.st_ino != PROC_ROOT_INODE) {
		errno = EXDEV;
		return -1;
	}
	fds = openat(proc, "self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fds >= 0 && (fstatfs(fds, &filesystem) < 0 || filesystem.f_type != PROC_SUPER_MAGIC)) {
		fd_close(&fds);
		errno = EXDEV;
	}
	return fds;
}

int path_reopen(int fd, int flags, struct error *err)
{
	CLEANUP(fd_close) int fds = -1;
	CLEANUP(fd_close) int again = -1;
	struct stat wanted, got;
	char number[16];

	if (fstat(fd, &wanted) < 0)
		return fail_errno(err, "reopen descriptor %d", fd);
	if (S_ISDIR(wanted.st_mode)) {
		/* Needs no /proc. */
		again = open_here(fd, ".", flags);
	} else {
		fds = open_proc_fds();
		if (fds < 0)
			return fail_errno(err, "open '/proc/self/fd'");
		snprintf(number, sizeof(number), "%d", fd);
		again = openat(fds, number, (flags & ~O_NOFOLLOW) | O_CLOEXEC);
	}
	if (again < 0 || fstat(again, &got) < 0)
		return fail_errno(err, "reopen descriptor %d", fd);
	if (got.st_dev != wanted.st_dev || got.st_ino != wanted.st_ino)
		return fail(err, ERROR_SYSTEM, "reopen descriptor %d: '/proc/self/fd' is false",
			    fd);
	return fd_take(&again);
}
