#include "state/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "json/decode.h"
#include "json/encode.h"
#include "state/table.h"

#define RECORD "state.json"
#define RECORD_NEW "state.json.new"

/*
 * What a container's folder is called while it is emptied. Being no id, it is seen by nobody; renaming
 * it so removes the container in one step. What is left of it after a crash goes with the next one.
 */
#define GONE ",gone"

#define LOCK_SECONDS 10
#define MAX_FILE (64 * 1024 * 1024)

/* ------------------------------------------------------------------- root */

/* Like mkdir -p; of the last folder the mode is given. */
static int make_folders(const char *path, struct error *err)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	char *part = arena_strdup(&arena, path), *slash;
	size_t len = strlen(part);

	while (len > 1 && part[len - 1] == '/')
		part[--len] = '\0';
	for (slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(AT_FDCWD, part, 0755) < 0 && errno != EEXIST)
			return fail_errno(err, "make the folder '%s'", part);
		*slash = '/';
	}
	if (mkdirat(AT_FDCWD, part, 01711) < 0 && errno != EEXIST)
		return fail_errno(err, "make the folder '%s'", part);
	return 0;
}

int store_open(struct store *store, const char *root, bool make, struct error *err)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };

	store->fd = -1;
	store->path = root;
	if (*root == '\0')
		return fail(err, ERROR_USAGE, "keep the state in '': the path of --root is empty");
	/* runc refuses it too: each folder of "/" would be a container. */
	if (*root == '/' && strcmp(path_clean(&arena, root), "/") == 0)
		return fail(err, ERROR_USAGE,
			    "keep the state in '%s': --root must not be the root folder", root);
	if (make && make_folders(root, err) < 0)
		return wrap(err, "make the state directory '%s'", root);
	store->fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->fd < 0 && (make || errno != ENOENT))
		return fail_errno(err, "open the state directory '%s'", root);
	return 0;
}

void store_close(struct store *store)
{
	fd_close(&store->fd);
}

int store_default_root(const char **root, struct arena *arena, struct error *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (runtime && *runtime != '/')
		runtime = NULL;
	if (geteuid() == 0 && (!runtime || access("/run", W_OK) == 0)) {
		*root = "/run/hoy";
		return 0;
	}
	if (!runtime)
		return fail(
			err, ERROR_USAGE,
			"choose the state directory: XDG_RUNTIME_DIR is not set; say where it is to "
			"be with --root");
	*root = arena_printf(arena, "%s/hoy", runtime);
	return 0;
}

/* --------------------------------------------------------------------- ids */

static bool id_is_valid(const char *id)
{
	size_t len =
		strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-");

	return id[len] == '\0' && len >= 1 && len <= 1024 && strcmp(id, ".") != 0 &&
	       strcmp(id, "..") != 0;
}

int store_check_id(const char *id, struct error *err)
{
	if (!id_is_valid(id))
		return fail(err, ERROR_STATE, "invalid container ID format: '%s'", id);
	return 0;
}

static int does_not_exist(const char *id, struct error *err)
{
	return fail(err, ERROR_STATE, "container does not exist: '%s'", id);
}

/* -------------------------------------------------------------------- lock */

/* By trying again and again: flock(2) cannot be given a deadline without signals. */
static int take_lock(int lock, const char *id, struct error *err)
{
	struct timespec pause = { 0, 500 * 1000 }, now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += LOCK_SECONDS;
	while (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail_errno(err, "lock container '%s'", id);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > end.tv_sec ||
		    (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec))
			return fail(
				err, ERROR_STATE,
				"lock container '%s': another command has been holding it for %d "
				"seconds",
				id, LOCK_SECONDS);
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 16 * 1000 * 1000)
			pause.tv_nsec *= 2;
	}
	return 0;
}

/*
 * Whether the folder still is the one of that id. What was opened, or waited for, may have been
 * removed meanwhile, and made anew.
 */
static bool is_current(const struct store_entry *entry)
{
	struct stat ours, now;

	return fstat(entry->fd, &ours) == 0 &&
	       fstatat(entry->store->fd, entry->id, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
}

void store_entry_close(struct store_entry *entry)
{
	int number = errno;

	/*
	 * A child may still have a copy of the descriptor, and closing ours would not end the lock
	 * then.
	 */
	if (entry->lock >= 0)
		flock(entry->lock, LOCK_UN);
	errno = number;
	fd_close(&entry->lock);
	fd_close(&entry->fd);
}

static int open_folder(const struct store *store, const char *id)
{
	return openat(store->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int store_reserve(struct store *store, const char *id, struct store_entry *entry, struct error *err)
{
	*entry = (struct store_entry){ .fd = -1, .lock = -1, .id = id, .store = store };
	if (store_check_id(id, err) < 0)
		return -1;
	/*
	 * Whoever makes the folder and then the lock file has the id. Between the two, and before
	 * the lock is taken, a `delete` may come and take it all away, and another `create` may
	 * make it anew: then from the start.
	 */
	for (;;) {
		store_entry_close(entry);
		if (mkdirat(store->fd, id, 0700) < 0) {
			if (errno == EEXIST)
				return fail(err, ERROR_STATE,
					    "container with given ID already exists: '%s'", id);
			return fail_errno(err, "make the state folder of container '%s' in '%s'",
					  id, store->path);
		}
		entry->fd = open_folder(store, id);
		if (entry->fd < 0 && errno == ENOENT)
			continue;
		if (entry->fd < 0) {
			fail_errno(err, "open the state folder of container '%s'", id);
			break;
		}
		entry->lock = openat(entry->fd, "lock",
				     O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (entry->lock < 0 && (errno == ENOENT || errno == EEXIST))
			continue;
		if (entry->lock < 0) {
			fail_errno(err, "make the lock of container '%s'", id);
			break;
		}
		if (take_lock(entry->lock, id, err) < 0)
			break;
		if (is_current(entry))
			return 0;
	}
	store_entry_close(entry);
	/* Fails, rightly, if meanwhile there is anything of others in it. */
	unlinkat(store->fd, id, AT_REMOVEDIR);
	return -1;
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/*
 * Not every folder in a state directory is a container: with a wrong --root, `delete --force` must
 * not empty somebody's home. Ours has a lock from its first moment on (or at least a record), or
 * nothing at all.
 */
static bool is_foreign(int folder)
{
	CLEANUP(close_folder) DIR *listing = NULL;
	const struct dirent *item;
	int fd;

	if (faccessat(folder, "lock", F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	    faccessat(folder, RECORD, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return false;
	fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	listing = fd < 0 ? NULL : fdopendir(fd);
	while (listing && (item = readdir(listing)))
		if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
			return strcmp(item->d_name, "lock") != 0;
	return false;
}

int store_find(struct store *store, const char *id, bool lock, struct store_entry *entry,
	       struct error *err)
{
	*entry = (struct store_entry){ .fd = -1, .lock = -1, .id = id, .store = store };
	if (store_check_id(id, err) < 0)
		return -1;
	if (store->fd < 0)
		return does_not_exist(id, err);
	for (;;) {
		entry->fd = open_folder(store, id);
		if (entry->fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
			return does_not_exist(id, err);
		if (entry->fd < 0)
			return fail_errno(err, "open the state folder of container '%s' in '%s'",
					  id, store->path);
		if (is_foreign(entry->fd)) {
			store_entry_close(entry);
			return does_not_exist(id, err);
		}
		if (!lock)
			return 0;
		/* Made where a `create` was killed before it came to it. */
		entry->lock =
			openat(entry->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (entry->lock < 0 && errno != ENOENT) {
			fail_errno(err, "open the lock of container '%s'", id);
			break;
		}
		if (entry->lock >= 0 && take_lock(entry->lock, id, err) < 0)
			break;
		if (entry->lock >= 0 && is_current(entry))
			return 0;
		/* Removed while we waited; there may be a new one of that name. */
		store_entry_close(entry);
	}
	store_entry_close(entry);
	return -1;
}

/* ------------------------------------------------------------------ record */

static int check_record(const struct store_entry *entry, const struct record *record,
			struct error *err)
{
	if (strcmp(record->id, entry->id) != 0)
		return fail(err, ERROR_STATE, "%s: it is the record of '%s'", RECORD, record->id);
	if (record->phase != RECORD_CREATING &&
	    (record->pid == 0 || !record->bundle || !record->oci_version))
		return fail(err, ERROR_STATE, "%s: pid, bundle or ociVersion is missing", RECORD);
	return 0;
}

int store_load(const struct store_entry *entry, struct record *record, struct arena *arena,
	       struct error *err)
{
	CLEANUP(fd_close) int fd = -1;

	fd = openat(entry->fd, RECORD, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno != ENOENT)
		return fail_errno(err, "open %s of container '%s'", RECORD, entry->id);
	if (fd >= 0) {
		if (json_load(fd, RECORD, &record_table, record, arena, err) < 0 ||
		    check_record(entry, record, err) < 0)
			return wrap(err, "read the state of container '%s'", entry->id);
		return 0;
	}
	if (!is_current(entry))
		return does_not_exist(entry->id, err);
	*record = (struct record){ .id = arena_strdup(arena, entry->id), .phase = RECORD_CREATING };
	return 0;
}

static int write_new(const struct store_entry *entry, const char *name, const void *bytes,
		     size_t len, struct error *err)
{
	int fd =
		openat(entry->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool written;

	if (fd < 0)
		return fail_errno(err, "make %s of container '%s'", name, entry->id);
	/* Some filesystems tell only at the close that there was no room. */
	written = fd_write_all(fd, bytes, len) >= 0;
	if (written && close(fd) == 0)
		return 0;
	fail_errno(err, "write %s of container '%s'", name, entry->id);
	if (!written)
		close(fd);
	unlinkat(entry->fd, name, 0);
	return -1;
}

int store_save(const struct store_entry *entry, const struct record *record, struct error *err)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	const char *text = json_encode_text(&arena, &record_table, record, JSON_INDENTED);

	/*
	 * Left by a command that was killed just here: whoever has the lock is the only one to
	 * write.
	 */
	unlinkat(entry->fd, RECORD_NEW, 0);
	if (write_new(entry, RECORD_NEW, text, strlen(text), err) < 0)
		return -1;
	if (renameat(entry->fd, RECORD_NEW, entry->fd, RECORD) < 0) {
		fail_errno(err, "rename %s to %s of container '%s'", RECORD_NEW, RECORD, entry->id);
		unlinkat(entry->fd, RECORD_NEW, 0);
		return -1;
	}
	return 0;
}

/* ------------------------------------------------------------- other files */

int store_write_file(const struct store_entry *entry, const char *name, const void *bytes,
		     size_t len, struct error *err)
{
	return write_new(entry, name, bytes, len, err);
}

int store_read_file(const struct store_entry *entry, const char *name, const char **bytes,
		    size_t *len, struct arena *arena, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	char *whole = NULL;

	fd = openat(entry->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return fail_errno(err, "open %s of container '%s'", name, entry->id);
	if (fd_read_whole(fd, MAX_FILE, &whole, len, name, err) < 0)
		return wrap(err, "read the state of container '%s'", entry->id);
	*bytes = memcpy(arena_alloc(arena, *len + 1), whole, *len + 1);
	free(whole);
	return 0;
}

/* ------------------------------------------------------------------ remove */

static int remove_all_in(int folder, struct error *err);

static int remove_one(int folder, const char *name, struct error *err)
{
	CLEANUP(fd_close) int below = -1;

	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return fail_errno(err, "remove '%s'", name);
	below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "open '%s'", name);
	if (remove_all_in(below, err) < 0)
		return wrap(err, "'%s'", name);
	/* Others may be at the same: at what is left of the last container, or at the next. */
	if (unlinkat(folder, name, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY)
		return fail_errno(err, "remove '%s'", name);
	return 0;
}

static int remove_all_in(int folder, struct error *err)
{
	CLEANUP(close_folder) DIR *listing = NULL;
	const struct dirent *item;
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "open the folder");
	listing = fdopendir(fd);
	if (!listing) {
		fail_errno(err, "list the folder");
		close(fd);
		return -1;
	}
	while ((item = readdir(listing))) {
		if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0 &&
		    remove_one(folder, item->d_name, err) < 0)
			return -1;
	}
	return 0;
}

int store_remove(struct store *store, struct store_entry *entry, struct error *err)
{
	while (renameat(store->fd, entry->id, store->fd, GONE) < 0) {
		if (errno == ENOENT)
			break;
		/* Not empty yet: the last one, whose remover is at work or was killed. */
		if (errno != ENOTEMPTY && errno != EEXIST)
			return fail_errno(err, "remove the state folder of container '%s'",
					  entry->id);
		if (remove_one(store->fd, GONE, err) < 0)
			return wrap(err, "remove what another container left");
	}
	if (remove_all_in(entry->fd, err) < 0 || remove_one(store->fd, GONE, err) < 0)
		return wrap(err, "remove the state of container '%s'", entry->id);
	store_entry_close(entry);
	return 0;
}

/* -------------------------------------------------------------------- list */

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int store_list(struct store *store, const char ***ids, size_t *len, struct arena *arena,
	       struct error *err)
{
	CLEANUP(close_folder) DIR *listing = NULL;
	LIST(const char *) found = { 0 };
	const struct dirent *item;
	int fd;

	*ids = NULL;
	*len = 0;
	if (store->fd < 0)
		return 0;
	fd = openat(store->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "open the state directory '%s'", store->path);
	listing = fdopendir(fd);
	if (!listing) {
		fail_errno(err, "list the state directory '%s'", store->path);
		close(fd);
		return -1;
	}
	for (errno = 0; (item = readdir(listing)); errno = 0) {
		struct stat info;

		if (!id_is_valid(item->d_name))
			continue;
		if (item->d_type == DT_UNKNOWN &&
		    (fstatat(store->fd, item->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
		     !S_ISDIR(info.st_mode)))
			continue;
		if (item->d_type != DT_UNKNOWN && item->d_type != DT_DIR)
			continue;
		*list_add(arena, &found) = arena_strdup(arena, item->d_name);
	}
	if (errno)
		return fail_errno(err, "list the state directory '%s'", store->path);
	if (found.len)
		qsort(found.at, found.len, sizeof(*found.at), compare_ids);
	*ids = found.at;
	*len = found.len;
	return 0;
}

/* --------------------------------------------------------- lock, in between */

void store_entry_unlock(struct store_entry *entry)
{
	if (entry->lock >= 0)
		flock(entry->lock, LOCK_UN);
}

int store_entry_lock(struct store_entry *entry, struct error *err)
{
	if (take_lock(entry->lock, entry->id, err) < 0)
		return -1;
	return is_current(entry) ? 0 : 1;
}

bool store_missing(struct store *store, const char *id)
{
	return store->fd < 0 ||
	       (faccessat(store->fd, id, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT);
}
