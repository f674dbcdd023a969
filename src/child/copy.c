#include "child/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/* Deeper trees than that are an attack on our stack and descriptors, not a folder to be copied. */
#define DEEPEST 64

static int copy_level(int from, int to, int depth, struct error *err);

/*
 * The owner may be one that this user namespace does not know (EINVAL) or may not give away
 * (EPERM): the copy then stays ours.
 */
static int copy_owner(int to, const char *name, const struct stat *status, struct error *err)
{
	if (fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno != EINVAL && errno != EPERM)
		return fail_errno(err, "change the owner of '%s'", name);
	return 0;
}

static int copy_file(int from, int to, const char *name, const struct stat *status,
		     struct error *err)
{
	CLEANUP(fd_close) int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	CLEANUP(fd_close) int out = -1;
	ssize_t moved;

	if (in < 0)
		return fail_errno(err, "open '%s'", name);
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return fail_errno(err, "make '%s'", name);
	do
		moved = sendfile(out, in, NULL, 1 << 20);
	while (moved > 0);
	if (moved < 0)
		return fail_errno(err, "copy '%s'", name);
	if (copy_owner(to, name, status, err) < 0)
		return -1;
	/* After the owner: a change of owner clears the set-ID bits (chown(2)). */
	if (fchmod(out, status->st_mode & 07777) < 0)
		return fail_errno(err, "change the mode of '%s'", name);
	return 0;
}

static int copy_link(int from, int to, const char *name, const struct stat *status,
		     struct error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(from, name, target, sizeof(target) - 1);

	if (len < 0)
		return fail_errno(err, "read the symbolic link '%s'", name);
	target[len] = '\0';
	if (symlinkat(target, to, name) < 0)
		return fail_errno(err, "make the symbolic link '%s'", name);
	return copy_owner(to, name, status, err);
}

static int copy_folder(int from, int to, const char *name, const struct stat *status, int depth,
		       struct error *err)
{
	CLEANUP(fd_close) int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(fd_close) int out = -1;

	if (in < 0)
		return fail_errno(err, "open '%s'", name);
	if (mkdirat(to, name, 0700) < 0)
		return fail_errno(err, "make '%s'", name);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return fail_errno(err, "open '%s'", name);
	if (copy_level(in, out, depth + 1, err) < 0)
		return wrap(err, "%s", name);
	if (copy_owner(to, name, status, err) < 0)
		return -1;
	if (fchmod(out, status->st_mode & 07777) < 0)
		return fail_errno(err, "change the mode of '%s'", name);
	return 0;
}

static int copy_entry(int from, int to, const char *name, int depth, struct error *err)
{
	struct timespec times[2];
	struct stat status;
	int result = 0;

	if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "look at '%s'", name);
	if (S_ISREG(status.st_mode))
		result = copy_file(from, to, name, &status, err);
	else if (S_ISLNK(status.st_mode))
		result = copy_link(from, to, name, &status, err);
	else if (S_ISDIR(status.st_mode))
		result = copy_folder(from, to, name, &status, depth, err);
	else
		return 0;
	if (result < 0)
		return -1;
	times[0] = status.st_atim;
	times[1] = status.st_mtim;
	if (utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "set the times of '%s'", name);
	return 0;
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

static int copy_level(int from, int to, int depth, struct error *err)
{
	CLEANUP(close_folder) DIR *folder = NULL;
	CLEANUP(fd_close) int copy = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	if (depth > DEEPEST)
		return fail(err, ERROR_SYSTEM, "the folders are nested more than %d deep", DEEPEST);
	folder = copy < 0 ? NULL : fdopendir(copy);
	if (!folder)
		return fail_errno(err, "read the folder");
	copy = -1;
	for (errno = 0; (entry = readdir(folder)); errno = 0)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    copy_entry(from, to, entry->d_name, depth, err) < 0)
			return -1;
	return errno ? fail_errno(err, "read the folder") : 0;
}

int copy_tree(int from, int to, struct error *err)
{
	struct stat status;

	if (copy_level(from, to, 0, err) < 0)
		return -1;
	/* The folder's own mode is the tmpfs' "mode=" option, its owner is copied. */
	if (fstat(from, &status) < 0)
		return fail_errno(err, "look at the folder");
	return copy_owner(to, ".", &status, err);
}
