#include "state/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "check.h"

static struct arena arena;
static struct error err;
static char folder[] = "/tmp/hoy-store-XXXXXX";
static struct store store = { .fd = -1 };

static bool is_there(const char *path)
{
	return faccessat(store.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void put_file(const char *path)
{
	int fd = openat(store.fd, path, O_WRONLY | O_CREAT, 0600);

	CHECK(fd >= 0);
	fd_close(&fd);
}

static void remove_container(const char *id)
{
	struct store_entry entry;

	CHECK_NUMBER(store_find(&store, id, true, &entry, &err), 0);
	CHECK_NUMBER(store_remove(&store, &entry, &err), 0);
	CHECK(!is_there(id));
}

/* ------------------------------------------------------------------ opening */

static void a_missing_root_is_an_empty_store(void)
{
	CLEANUP(store_close) struct store none = { .fd = -1 };
	struct store_entry entry;
	const char **ids;
	size_t len;

	CHECK_NUMBER(store_open(&none, arena_printf(&arena, "%s/none", folder), false, &err), 0);
	CHECK_NUMBER(none.fd, -1);
	CHECK_NUMBER(store_list(&none, &ids, &len, &arena, &err), 0);
	CHECK_NUMBER(len, 0);
	CHECK_NUMBER(store_find(&none, "web", false, &entry, &err), -1);
	CHECK_STRING(err.text, "container does not exist: 'web'");
}

static void the_root_is_made_with_parents(void)
{
	CLEANUP(store_close) struct store deep = { .fd = -1 };
	const char *path = arena_printf(&arena, "%s/x/y/", folder);
	struct stat info;

	CHECK_NUMBER(store_open(&deep, path, true, &err), 0);
	CHECK(deep.fd >= 0 && fstat(deep.fd, &info) == 0);
	CHECK_NUMBER(info.st_mode & 07777, 01711);
	rmdir(path);
	rmdir(arena_printf(&arena, "%s/x", folder));
}

static void the_root_folder_is_refused(void)
{
	struct store slash;
	const char *names[] = { "/", "//", "/tmp/..", "" };
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		CHECK_NUMBER(store_open(&slash, names[i], true, &err), -1);
		CHECK_CONTAINS(err.text, "--root");
		CHECK_NUMBER(slash.fd, -1);
	}
}

static void a_root_that_is_a_file_is_an_error(void)
{
	struct store other;

	put_file("file");
	CHECK_NUMBER(store_open(&other, arena_printf(&arena, "%s/file", folder), true, &err), -1);
	CHECK_CONTAINS(err.text, "Not a directory");
	CHECK_NUMBER(store_open(&other, arena_printf(&arena, "%s/file/a", folder), false, &err), -1);
	unlinkat(store.fd, "file", 0);
}

static void ids_are_checked(void)
{
	const char *good[] = { "a", "A-z_0+9.", "...", "-x", arena_printf(&arena, "%01024d", 0) };
	const char *bad[] = { "", ".", "..", "a/b", "a b", "\xc3\xa9", "a\n", "../x", arena_printf(&arena, "%01025d", 0) };
	struct store_entry entry;
	size_t i;

	for (i = 0; i < COUNT(good); i++)
		CHECK_NUMBER(store_check_id(good[i], &err), 0);
	for (i = 0; i < COUNT(bad); i++) {
		CHECK_NUMBER(store_check_id(bad[i], &err), -1);
		CHECK_CONTAINS(err.text, "invalid container ID format: '");
		CHECK_NUMBER(store_reserve(&store, bad[i], &entry, &err), -1);
		CHECK_NUMBER(store_find(&store, bad[i], true, &entry, &err), -1);
	}
}

/* ----------------------------------------------------------- reserve, remove */

static void a_taken_id_is_refused(void)
{
	CLEANUP(store_entry_close) struct store_entry first = { .fd = -1, .lock = -1 };
	struct store_entry second;

	CHECK_NUMBER(store_reserve(&store, "web", &first, &err), 0);
	CHECK_NUMBER(store_reserve(&store, "web", &second, &err), -1);
	CHECK_STRING(err.text, "container with given ID already exists: 'web'");
	CHECK_NUMBER(err.kind, ERROR_STATE);
	CHECK_NUMBER(second.fd, -1);
	store_entry_close(&first);
	remove_container("web");
}

static void files_are_private_and_whole(void)
{
	CLEANUP(store_entry_close) struct store_entry entry = { .fd = -1, .lock = -1 };
	const char *bytes;
	struct stat info;
	size_t len;

	CHECK_NUMBER(store_reserve(&store, "web", &entry, &err), 0);
	CHECK_NUMBER(store_write_file(&entry, "config.json", "a\0b", 3, &err), 0);
	CHECK_NUMBER(store_write_file(&entry, "config.json", "x", 1, &err), -1);
	CHECK_CONTAINS(err.text, "File exists");
	CHECK_NUMBER(store_read_file(&entry, "config.json", &bytes, &len, &arena, &err), 0);
	CHECK_NUMBER(len, 3);
	CHECK(memcmp(bytes, "a\0b", 4) == 0);
	CHECK_NUMBER(fstatat(entry.fd, "config.json", &info, 0), 0);
	CHECK_NUMBER(info.st_mode & 07777, 0600);
	CHECK_NUMBER(fstat(entry.fd, &info), 0);
	CHECK_NUMBER(info.st_mode & 07777, 0700);
	CHECK_NUMBER(store_read_file(&entry, "none", &bytes, &len, &arena, &err), -1);
	CHECK_CONTAINS(err.text, "open none of container 'web': No such file or directory");
	store_entry_close(&entry);
	remove_container("web");
}

static void remove_takes_all_that_is_there(void)
{
	CHECK_NUMBER(mkdirat(store.fd, "web", 0700), 0);
	put_file("web/lock");
	put_file("web/state.json");
	put_file("web/anything");
	CHECK_NUMBER(mkdirat(store.fd, "web/below", 0700), 0);
	put_file("web/below/file");
	CHECK_NUMBER(mkfifoat(store.fd, "web/start", 0600), 0);
	CHECK_NUMBER(symlinkat("/etc/passwd", store.fd, "web/link"), 0);
	remove_container("web");
	CHECK_NUMBER(access("/etc/passwd", F_OK), 0);
}

static void a_folder_of_somebody_else_is_no_container(void)
{
	CLEANUP(store_entry_close) struct store_entry entry = { .fd = -1, .lock = -1 };

	CHECK_NUMBER(mkdirat(store.fd, "home", 0700), 0);
	put_file("home/letter");
	CHECK_NUMBER(store_find(&store, "home", true, &entry, &err), -1);
	CHECK(is_there("home/letter"));
	CHECK(!is_there("home/lock"));
	unlinkat(store.fd, "home/letter", 0);
	unlinkat(store.fd, "home", AT_REMOVEDIR);
}

static void what_create_left_half_made_can_be_found_and_removed(void)
{
	CLEANUP(store_entry_close) struct store_entry entry = { .fd = -1, .lock = -1 };
	struct record record;

	CHECK_NUMBER(mkdirat(store.fd, "web", 0700), 0);
	CHECK_NUMBER(store_find(&store, "web", true, &entry, &err), 0);
	CHECK_NUMBER(store_load(&entry, &record, &arena, &err), 0);
	CHECK_NUMBER(record.phase, RECORD_CREATING);
	CHECK_STRING(record.id, "web");
	CHECK_NUMBER(store_remove(&store, &entry, &err), 0);
	CHECK_NUMBER(entry.fd, -1);
	CHECK_NUMBER(entry.lock, -1);
	CHECK(!is_there("web"));
}

static void a_reader_tells_creating_from_removing(void)
{
	CLEANUP(store_entry_close) struct store_entry entry = { .fd = -1, .lock = -1 };
	CLEANUP(store_entry_close) struct store_entry reader = { .fd = -1, .lock = -1 };
	struct record record;

	CHECK_NUMBER(store_reserve(&store, "web", &entry, &err), 0);
	CHECK_NUMBER(store_find(&store, "web", false, &reader, &err), 0);
	CHECK_NUMBER(store_load(&reader, &record, &arena, &err), 0);
	CHECK_NUMBER(record.phase, RECORD_CREATING);
	CHECK_NUMBER(store_remove(&store, &entry, &err), 0);
	CHECK_NUMBER(store_load(&reader, &record, &arena, &err), -1);
	CHECK_STRING(err.text, "container does not exist: 'web'");
	CHECK_NUMBER(store_reserve(&store, "web", &entry, &err), 0);
	CHECK_NUMBER(store_load(&reader, &record, &arena, &err), -1);
	CHECK_STRING(err.text, "container does not exist: 'web'");
	CHECK_NUMBER(store_remove(&store, &entry, &err), 0);
}

static void what_a_killed_delete_left_goes_with_the_next(void)
{
	struct store_entry entry;

	CHECK_NUMBER(mkdirat(store.fd, ",gone", 0700), 0);
	put_file(",gone/lock");
	CHECK_NUMBER(store_reserve(&store, "web", &entry, &err), 0);
	CHECK_NUMBER(store_remove(&store, &entry, &err), 0);
	CHECK(!is_there("web"));
	CHECK(!is_there(",gone"));
}

static void what_is_no_container_is_not_listed(void)
{
	const char **ids;
	size_t len;

	CHECK_NUMBER(mkdirat(store.fd, "web2", 0700), 0);
	CHECK_NUMBER(mkdirat(store.fd, "web10", 0700), 0);
	CHECK_NUMBER(mkdirat(store.fd, "no id", 0700), 0);
	put_file("file");
	CHECK_NUMBER(symlinkat("web2", store.fd, "link"), 0);
	CHECK_NUMBER(store_list(&store, &ids, &len, &arena, &err), 0);
	CHECK_NUMBER(len, 2);
	CHECK(len == 2 && strcmp(ids[0], "web10") == 0 && strcmp(ids[1], "web2") == 0);
	CHECK_NUMBER(store_list(&store, &ids, &len, &arena, &err), 0);
	CHECK_NUMBER(len, 2);
	unlinkat(store.fd, "link", 0);
	unlinkat(store.fd, "file", 0);
	unlinkat(store.fd, "no id", AT_REMOVEDIR);
	unlinkat(store.fd, "web2", AT_REMOVEDIR);
	unlinkat(store.fd, "web10", AT_REMOVEDIR);
}

static void links_are_not_followed(void)
{
	struct store_entry entry;

	CHECK_NUMBER(symlinkat("/tmp", store.fd, "link"), 0);
	CHECK_NUMBER(store_find(&store, "link", true, &entry, &err), -1);
	CHECK_STRING(err.text, "container does not exist: 'link'");
	unlinkat(store.fd, "link", 0);
}

static void a_long_root_works(void)
{
	CLEANUP(store_close) struct store deep = { .fd = -1 };
	char name[201], *path = arena_strdup(&arena, folder), *deepest;
	struct store_entry entry;
	int i;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (i = 0; i < 15; i++)
		path = arena_printf(&arena, "%s/%s", path, name);
	deepest = path;
	CHECK_NUMBER(store_open(&deep, path, true, &err), 0);
	CHECK_NUMBER(store_reserve(&deep, "web", &entry, &err), 0);
	CHECK_NUMBER(store_remove(&deep, &entry, &err), 0);
	for (i = 0, path = deepest; i < 15; i++, *strrchr(path, '/') = '\0')
		CHECK_NUMBER(rmdir(path), 0);
}

/* ------------------------------------------------------------------- locks */

static void no_descriptor_is_inherited(void)
{
	CLEANUP(store_entry_close) struct store_entry entry = { .fd = -1, .lock = -1 };

	CHECK_NUMBER(store_reserve(&store, "web", &entry, &err), 0);
	CHECK_NUMBER(fcntl(entry.fd, F_GETFD), FD_CLOEXEC);
	CHECK_NUMBER(fcntl(entry.lock, F_GETFD), FD_CLOEXEC);
	CHECK_NUMBER(fcntl(store.fd, F_GETFD), FD_CLOEXEC);
	CHECK_NUMBER(store_remove(&store, &entry, &err), 0);
}

static int run_child(int (*work)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(work());
	return pid;
}

static int wait_child(pid_t pid)
{
	int result;

	return waitpid(pid, &result, 0) == pid && WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

static int find_locked(void)
{
	struct store_entry entry;
	struct error why;

	if (store_find(&store, "web", true, &entry, &why) == 0)
		return 0;
	return strstr(why.text, "does not exist") ? 2 : 1;
}

static void the_lock_is_waited_for(void)
{
	struct timespec pause = { 0, 50 * 1000 * 1000 };
	struct store_entry entry;
	pid_t waiter;

	CHECK_NUMBER(store_reserve(&store, "web", &entry, &err), 0);
	waiter = run_child(find_locked);
	nanosleep(&pause, NULL);
	CHECK_NUMBER(waitpid(waiter, NULL, WNOHANG), 0);
	store_entry_close(&entry);
	CHECK_NUMBER(wait_child(waiter), 0);
	remove_container("web");
}

static void who_waited_for_a_removed_container_is_told(void)
{
	struct timespec pause = { 0, 50 * 1000 * 1000 };
	struct store_entry entry;
	pid_t waiter;

	CHECK_NUMBER(store_reserve(&store, "web", &entry, &err), 0);
	waiter = run_child(find_locked);
	nanosleep(&pause, NULL);
	CHECK_NUMBER(store_remove(&store, &entry, &err), 0);
	CHECK_NUMBER(wait_child(waiter), 2);
}

static int hold_copy(void)
{
	pause();
	return 0;
}

static void a_childs_copy_does_not_keep_the_lock(void)
{
	struct store_entry entry, again;
	pid_t child;

	CHECK_NUMBER(store_reserve(&store, "web", &entry, &err), 0);
	child = run_child(hold_copy);
	store_entry_close(&entry);
	CHECK_NUMBER(store_find(&store, "web", true, &again, &err), 0);
	CHECK_NUMBER(store_remove(&store, &again, &err), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/*
 * Makes and removes one id again and again; what it has reserved must be its own until it removes
 * it.
 */
static int fight(void)
{
	struct store_entry entry;
	struct error why;
	int i, won = 0;

	for (i = 0; i < 3000; i++) {
		if (i % 3 == 0) {
			if (store_find(&store, "web", true, &entry, &why) < 0) {
				if (!strstr(why.text, "does not exist"))
					return 1;
				continue;
			}
		} else if (store_reserve(&store, "web", &entry, &why) < 0) {
			if (!strstr(why.text, "already exists"))
				return 2;
			continue;
		} else {
			won++;
		}
		if (faccessat(entry.fd, "mine", F_OK, 0) == 0)
			return 3;
		if (store_write_file(&entry, "mine", "", 0, &why) < 0)
			return 4;
		if (store_remove(&store, &entry, &why) < 0) {
			printf("# %s\n", why.text);
			fflush(stdout);
			return 5;
		}
	}
	return won ? 0 : 6;
}

static void of_many_one_wins(void)
{
	pid_t children[4];
	size_t i;

	for (i = 0; i < COUNT(children); i++)
		children[i] = run_child(fight);
	for (i = 0; i < COUNT(children); i++)
		CHECK_NUMBER(wait_child(children[i]), 0);
	if (is_there("web"))
		remove_container("web");
	CHECK(!is_there(",gone"));
}

/* -------------------------------------------------------------------- disk */

static bool put_text(const char *path, const char *text)
{
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool have_own_mounts(void)
{
	const char *uids = arena_printf(&arena, "0 %d 1", geteuid());
	const char *gids = arena_printf(&arena, "0 %d 1", getegid());

	if (unshare(CLONE_NEWNS) < 0 &&
	    (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || !put_text("/proc/self/uid_map", uids) ||
	     !put_text("/proc/self/setgroups", "deny") || !put_text("/proc/self/gid_map", gids)))
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* In a namespace of its own: 0 all right, 77 no such namespace to be had. */
static int fill_disk(void)
{
	char big[32 * 1024];
	const char *path = arena_printf(&arena, "%s/full", folder), **ids;
	struct store full;
	struct store_entry entry;
	struct record record = { .id = "web", .phase = RECORD_CREATING }, read;
	struct error why;
	size_t len;

	if (mkdir(path, 0700) < 0)
		return 1;
	if (!have_own_mounts() || mount("tmpfs", path, "tmpfs", 0, "size=16k,mode=777") < 0)
		return 77;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	if (store_open(&full, path, true, &why) < 0 || store_reserve(&full, "web", &entry, &why) < 0)
		return 2;
	if (store_write_file(&entry, "config.json", big, sizeof(big), &why) == 0 ||
	    !strstr(why.text, "No space left on device") || faccessat(entry.fd, "config.json", F_OK, 0) == 0)
		return 3;
	if (store_save(&entry, &record, &why) < 0)
		return 4;
	/* The record that stands stays as it was. */
	record.bundle = big;
	if (store_save(&entry, &record, &why) == 0 || !strstr(why.text, "write state.json") ||
	    !strstr(why.text, "No space left on device") || faccessat(entry.fd, "state.json.new", F_OK, 0) == 0)
		return 5;
	if (store_load(&entry, &read, &arena, &why) < 0 || read.bundle)
		return 6;
	if (store_remove(&full, &entry, &why) < 0 || store_list(&full, &ids, &len, &arena, &why) < 0 || len)
		return 7;
	return 0;
}

/* No room for the folder or the lock file. */
static int fill_inodes(void)
{
	const char *path = arena_printf(&arena, "%s/full", folder), **ids;
	struct store full;
	struct store_entry entry;
	struct error why;
	size_t len;
	int inodes;

	if (!have_own_mounts())
		return 77;
	for (inodes = 1; inodes <= 2; inodes++) {
		const char *data = arena_printf(&arena, "nr_inodes=%d,mode=777", inodes);

		if (mount("tmpfs", path, "tmpfs", 0, data) < 0)
			return 77;
		if (store_open(&full, path, true, &why) < 0)
			return 1;
		if (store_reserve(&full, "web", &entry, &why) == 0 || !strstr(why.text, "No space left on device"))
			return 2;
		if (store_list(&full, &ids, &len, &arena, &why) < 0 || len)
			return 3;
		store_close(&full);
	}
	return 0;
}

static void a_full_disk_leaves_nothing(void)
{
	int result = wait_child(run_child(fill_disk));

	if (result == 77)
		SKIP("no mount namespace to be had");
	CHECK_NUMBER(result, 0);
	CHECK_NUMBER(wait_child(run_child(fill_inodes)), 0);
}

/* ------------------------------------------------------------- default root */

static void the_default_root_follows_the_caller(void)
{
	const char *root, *before = getenv("XDG_RUNTIME_DIR");

	before = before ? arena_strdup(&arena, before) : NULL;
	unsetenv("XDG_RUNTIME_DIR");
	if (geteuid() == 0) {
		CHECK_NUMBER(store_default_root(&root, &arena, &err), 0);
		CHECK_STRING(root, "/run/hoy");
	} else {
		CHECK_NUMBER(store_default_root(&root, &arena, &err), -1);
		CHECK_CONTAINS(err.text, "--root");
		setenv("XDG_RUNTIME_DIR", "/run/user/1", 1);
		CHECK_NUMBER(store_default_root(&root, &arena, &err), 0);
		CHECK_STRING(root, "/run/user/1/hoy");
	}
	if (before)
		setenv("XDG_RUNTIME_DIR", before, 1);
	else
		unsetenv("XDG_RUNTIME_DIR");
}

int main(void)
{
	umask(022);
	if (!mkdtemp(folder) || store_open(&store, folder, false, &err) < 0)
		return 1;
	TEST(a_missing_root_is_an_empty_store);
	TEST(the_root_is_made_with_parents);
	TEST(the_root_folder_is_refused);
	TEST(a_root_that_is_a_file_is_an_error);
	TEST(ids_are_checked);
	TEST(a_taken_id_is_refused);
	TEST(files_are_private_and_whole);
	TEST(remove_takes_all_that_is_there);
	TEST(a_folder_of_somebody_else_is_no_container);
	TEST(what_create_left_half_made_can_be_found_and_removed);
	TEST(a_reader_tells_creating_from_removing);
	TEST(what_a_killed_delete_left_goes_with_the_next);
	TEST(what_is_no_container_is_not_listed);
	TEST(links_are_not_followed);
	TEST(a_long_root_works);
	TEST(no_descriptor_is_inherited);
	TEST(the_lock_is_waited_for);
	TEST(who_waited_for_a_removed_container_is_told);
	TEST(a_childs_copy_does_not_keep_the_lock);
	TEST(of_many_one_wins);
	TEST(a_full_disk_leaves_nothing);
	TEST(the_default_root_follows_the_caller);
	rmdir(arena_printf(&arena, "%s/full", folder));
	store_close(&store);
	rmdir(folder);
	arena_finish(&arena);
	return check_done();
}
