#include <dlfcn.h>
#include <errno.h>
#include <libmount/libmount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "base/attributes.h"
#include "kernel/mountinfo.h"

/* ST_NOSYMFOLLOW of the kernel, since 5.10; libc has no name for it. */
#define STATFS_NOSYMFOLLOW 0x2000

int mountinfo_attributes(int fd, unsigned long long *attributes, struct error *err)
{
	static const struct {
		unsigned long seen;
		unsigned long long attribute;
	} flags[] = {
		{ ST_RDONLY, MOUNT_ATTR_RDONLY },
		{ ST_NOSUID, MOUNT_ATTR_NOSUID },
		{ ST_NODEV, MOUNT_ATTR_NODEV },
		{ ST_NOEXEC, MOUNT_ATTR_NOEXEC },
		{ ST_NODIRATIME, MOUNT_ATTR_NODIRATIME },
		{ STATFS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
	};
	struct statfs filesystem;
	unsigned long seen;
	size_t i;

	if (fstatfs(fd, &filesystem) < 0)
		return fail_errno(err, "read the flags of a mount");
	seen = (unsigned long)filesystem.f_flags;
	*attributes = 0;
	for (i = 0; i < COUNT(flags); i++) {
		if (seen & flags[i].seen)
			*attributes |= flags[i].attribute;
	}
	/* MOUNT_ATTR_RELATIME is 0. */
	if (seen & ST_NOATIME)
		*attributes |= MOUNT_ATTR_NOATIME;
	else if (!(seen & ST_RELATIME))
		*attributes |= MOUNT_ATTR_STRICTATIME;
	return 0;
}

/* ------------------------------------------------------------------------ libmount */

/* The functions that are used of it, with the types of its own header. */
struct library {
	void *handle;
	__typeof__(&mnt_new_table) new_table;
	__typeof__(&mnt_unref_table) unref_table;
	__typeof__(&mnt_table_parse_file) parse_file;
	__typeof__(&mnt_new_iter) new_iter;
	__typeof__(&mnt_free_iter) free_iter;
	__typeof__(&mnt_table_next_fs) next_fs;
	__typeof__(&mnt_fs_get_fstype) get_fstype;
	__typeof__(&mnt_fs_get_target) get_target;
};

static void close_library(struct library *library)
{
	if (library->handle)
		dlclose(library->handle);
}

/*
 * ISO C has no cast between a pointer to data and one to a function; POSIX has the bytes the same.
 */
static bool find(const struct library *library, const char *name, void *function)
{
	void *found = dlsym(library->handle, name);

	memcpy(function, &found, sizeof(found));
	return found != NULL;
}

static int open_library(struct library *library, struct error *err)
{
	library->handle = dlopen("libmount.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!library->handle)
		return fail(err, ERROR_SYSTEM, "load libmount.so.1: %s", dlerror());
	if (!find(library, "mnt_new_table", &library->new_table) ||
	    !find(library, "mnt_unref_table", &library->unref_table) ||
	    !find(library, "mnt_table_parse_file", &library->parse_file) ||
	    !find(library, "mnt_new_iter", &library->new_iter) ||
	    !find(library, "mnt_free_iter", &library->free_iter) ||
	    !find(library, "mnt_table_next_fs", &library->next_fs) ||
	    !find(library, "mnt_fs_get_fstype", &library->get_fstype) ||
	    !find(library, "mnt_fs_get_target", &library->get_target))
		return fail(err, ERROR_SYSTEM, "load libmount.so.1: %s", dlerror());
	return 0;
}

static int search(const struct library *library, struct libmnt_table *table,
		  struct libmnt_iter *iterator, char **path, struct error *err)
{
	static const char file[] = "/proc/self/mountinfo";
	struct libmnt_fs *filesystem;

	if (!table || !iterator) {
		errno = ENOMEM;
		return fail_errno(err, "read '%s'", file);
	}
	if (library->parse_file(table, file) != 0)
		return fail_errno(err, "read '%s'", file);
	while (library->next_fs(table, iterator, &filesystem) == 0) {
		const char *type = library->get_fstype(filesystem),
			   *target = library->get_target(filesystem);

		if (!type || !target || strcmp(type, "cgroup2") != 0)
			continue;
		*path = strdup(target);
		if (!*path)
			return fail_errno(err, "remember '%s'", target);
		return 0;
	}
	return 1;
}

int mountinfo_find_cgroup2(char **path, struct error *err)
{
	CLEANUP(close_library) struct library library = { 0 };
	struct libmnt_iter *iterator;
	struct libmnt_table *table;
	int result;

	*path = NULL;
	if (open_library(&library, err) < 0)
		return wrap(err, "find the cgroup2 mount");
	table = library.new_table();
	iterator = library.new_iter(MNT_ITER_FORWARD);
	result = search(&library, table, iterator, path, err);
	library.free_iter(iterator);
	library.unref_table(table);
	return result;
}
