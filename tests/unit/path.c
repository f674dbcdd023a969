/* The fallbacks are only in a build with fault switches, so the file under test is compiled in here. */
#ifndef TEST_FAULTS
#define TEST_FAULTS 1
#endif
#include "base/path.c"

#include <ftw.h>
#include <signal.h>
#include <sys/wait.h>

#include "check.h"

/* top/root is the hostile root, top/outside what nothing may reach. */
static char top[64];
static int root = -1;

static void cleans(void)
{
	static const char *const cases[][2] = {
		{ "/a//b/./c/../d/", "/a/b/d" }, { "", "/" }, { "/", "/" }, { "..", "/" }, { "/../..", "/" },
		{ "a", "/a" }, { "a/..", "/" }, { "/a/../../b", "/b" }, { "/...", "/..." }, { "/.a/..b", "/.a/..b" },
		{ "./x/.", "/x" }, { "//", "/" }, { "/a/b/../..", "/" }, { "/ab/../c", "/c" },
	};
	struct arena arena = { 0 };
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		CHECK_STRING(path_clean(&arena, cases[i][0]), cases[i][1]);
	arena_finish(&arena);
}

static void joins_and_compares(void)
{
	struct arena arena = { 0 };

	CHECK_STRING(path_join(&arena, "/a", "b"), "/a/b");
	CHECK_STRING(path_join(&arena, "/a", "/b"), "/b");
	CHECK(path_is_beneath("/a/b", "/a"));
	CHECK(path_is_beneath("/a", "/a"));
	CHECK(!path_is_beneath("/ab", "/a"));
	CHECK(!path_is_beneath("/", "/a"));
	CHECK(path_is_beneath("/a", "/"));
	CHECK(path_is_beneath("/", "/"));
	arena_finish(&arena);
}

/* What an open of `path` reaches: "root/usr/lib", or the errno's name. */
static const char *reach(const char *path, int flags)
{
	static char link[64], result[PATH_MAX];
	struct error err = { 0 };
	CLEANUP(fd_close) int fd = path_open_in(root, path, flags, &err);
	ssize_t len;

	if (fd < 0)
		return strerrorname_np(err.number);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, result, sizeof(result) - 1);
	if (len < 0)
		return "no link";
	result[len] = '\0';
	return strncmp(result, top, strlen(top)) == 0 ? result + strlen(top) + 1 : result;
}

static void make_tree(void)
{
	CHECK_NUMBER(mkdirat(root, "usr", 0755), 0);
	CHECK_NUMBER(mkdirat(root, "usr/lib", 0755), 0);
	CHECK(openat(root, "usr/lib/file", O_CREAT | O_CLOEXEC, 0644) >= 0);
	CHECK_NUMBER(symlinkat("usr/lib", root, "lib"), 0);
	CHECK_NUMBER(symlinkat("/usr/lib/file", root, "absolute"), 0);
	CHECK_NUMBER(symlinkat("../../../../outside/secret", root, "escape"), 0);
	CHECK_NUMBER(symlinkat("../..", root, "usr/up"), 0);
	CHECK_NUMBER(symlinkat("loop", root, "loop"), 0);
	CHECK_NUMBER(symlinkat("/", root, "slash"), 0);
	CHECK_NUMBER(symlinkat("usr/lib/", root, "trailing"), 0);
	CHECK_NUMBER(symlinkat("usr/lib/file/", root, "trailing-file"), 0);
	CHECK_NUMBER(symlinkat("/new/deep/target", root, "dangling"), 0);
	CHECK_NUMBER(symlinkat("../../../../outside/made", root, "dangling-out"), 0);
}

static void check_opening(void)
{
	static const char *const cases[][2] = {
		{ "/", "root" }, { "", "root" }, { ".", "root" }, { "..", "root" }, { "/../../..", "root" },
		{ "usr/lib/file", "root/usr/lib/file" }, { "/usr//lib/./file", "root/usr/lib/file" },
		{ "lib/file", "root/usr/lib/file" }, { "lib/../lib/file", "root/usr/lib/file" },
		{ "absolute", "root/usr/lib/file" }, { "slash/slash/usr", "root/usr" }, { "usr/up", "root" },
		{ "usr/up/usr/up/usr", "root/usr" }, { "trailing", "root/usr/lib" }, { "lib/", "root/usr/lib" },
		{ "usr/lib/..", "root/usr" }, { "usr/lib/../", "root/usr" },
		{ "trailing-file", "ENOTDIR" }, { "usr/lib/file/", "ENOTDIR" }, { "usr/lib/file/.", "ENOTDIR" },
		{ "usr/lib/file/x", "ENOTDIR" }, { "usr/lib/file/..", "ENOTDIR" },
		{ "escape", "ENOENT" }, { "missing", "ENOENT" }, { "missing/..", "ENOENT" }, { "dangling", "ENOENT" },
		{ "loop", "ELOOP" }, { "loop/x", "ELOOP" },
	};
	struct error err = { 0 };
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		CHECK_STRING(reach(cases[i][0], O_PATH), cases[i][1]);
	CHECK_STRING(reach("usr/lib/file", O_RDWR), "root/usr/lib/file");
	CHECK_STRING(reach("usr/lib", O_RDONLY | O_DIRECTORY), "root/usr/lib");
	CHECK_STRING(reach("absolute", O_PATH | O_DIRECTORY), "ENOTDIR");
	CHECK_STRING(reach("lib", O_PATH | O_NOFOLLOW), "root/lib");
	CHECK_STRING(reach("lib/", O_PATH | O_NOFOLLOW), "root/usr/lib");
	CHECK_STRING(reach("lib", O_RDONLY | O_NOFOLLOW), "ELOOP");
	CHECK_NUMBER(path_try_open_in(root, "missing/x", O_PATH, &err), -2);
	CHECK_NUMBER(path_try_open_in(root, "usr/lib/file/x", O_PATH, &err), -2);
	CHECK_NUMBER(err.kind, ERROR_NONE);
	CHECK_NUMBER(path_try_open_in(root, "loop", O_PATH, &err), -1);
	CHECK_STRING(err.text, "open '/loop' in the root filesystem: Too many levels of symbolic links");
}

static void opens_beneath_the_root(void)
{
	check_opening();
}

static void opens_beneath_the_root_without_openat2(void)
{
	setenv("HOY_TEST_ENOSYS", "openat2", 1);
	check_opening();
	unsetenv("HOY_TEST_ENOSYS");
}

static void check_magic_links(void)
{
	CLEANUP(fd_close) int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(fd_close) int fd = -1;
	struct error err = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "%d/root", getpid());
	fd = path_open_in(proc, path, O_PATH, &err);
	CHECK_NUMBER(fd, -1);
	CHECK_NUMBER(err.number, ELOOP);
	snprintf(path, sizeof(path), "%d/root/etc", getpid());
	fd = path_open_in(proc, path, O_PATH, &err);
	CHECK_NUMBER(fd, -1);
}

static void follows_no_magic_links(void)
{
	check_magic_links();
	setenv("HOY_TEST_ENOSYS", "openat2", 1);
	check_magic_links();
	unsetenv("HOY_TEST_ENOSYS");
}

static const char *make(const char *path, enum path_kind kind, bool *made)
{
	static char result[PATH_MAX];
	struct error err = { 0 };
	CLEANUP(fd_close) int fd = path_make_in(root, path, kind, made, &err);
	char link[64];
	ssize_t len;

	if (fd < 0)
		return strerrorname_np(err.number);
	CHECK(fcntl(fd, F_GETFL) & O_PATH);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, result, sizeof(result) - 1);
	result[len < 0 ? 0 : len] = '\0';
	return result + strlen(top) + 1;
}

static unsigned int mode_of(const char *path)
{
	struct stat status = { 0 };

	fstatat(root, path, &status, 0);
	return status.st_mode;
}

static void check_making(const char *folder)
{
	mode_t before = umask(077);
	char path[PATH_MAX], wanted[PATH_MAX];
	bool made;

#define AT(rest) (snprintf(path, sizeof(path), "%s/%s", folder, rest), path)
#define WANT(rest) (snprintf(wanted, sizeof(wanted), "root/%s/%s", folder, rest), wanted)
	CHECK_STRING(make(AT("a/b/c"), PATH_DIRECTORY, &made), WANT("a/b/c"));
	CHECK(made);
	CHECK_NUMBER(mode_of(AT("a")), S_IFDIR | 0755);
	CHECK_NUMBER(mode_of(AT("a/b/c")), S_IFDIR | 0755);
	CHECK_STRING(make(AT("a/b/c"), PATH_DIRECTORY, &made), WANT("a/b/c"));
	CHECK(!made);
	CHECK_STRING(make(AT("f/g"), PATH_FILE, &made), WANT("f/g"));
	CHECK(made);
	CHECK_NUMBER(mode_of(AT("f/g")), S_IFREG | 0644);
	CHECK_STRING(make(AT("f/g"), PATH_FILE, NULL), WANT("f/g"));
	CHECK_STRING(make(AT("f/g"), PATH_DIRECTORY, &made), "ENOTDIR");
	CHECK_STRING(make(AT("f"), PATH_FILE, &made), "EISDIR");
	CHECK_STRING(make(AT("f/g/h"), PATH_DIRECTORY, &made), "ENOTDIR");
	CHECK_STRING(make(AT("t/"), PATH_DIRECTORY, &made), WANT("t"));
	CHECK(made);
	CHECK_STRING(make(AT("x/../y"), PATH_DIRECTORY, &made), WANT("y"));
	CHECK_NUMBER(umask(before), 077);
#undef AT
#undef WANT
	CHECK_STRING(make("/", PATH_DIRECTORY, &made), "root");
	CHECK(!made);
	CHECK_STRING(make("loop", PATH_FILE, &made), "ELOOP");
	/* A dangling link is followed inside the root, wherever it points. */
	CHECK_STRING(make("dangling", PATH_FILE, &made), "root/new/deep/target");
	CHECK_STRING(make("dangling-out", PATH_DIRECTORY, &made), "root/outside/made");
	CHECK_STRING(make("dangling-out/more", PATH_FILE, &made), "root/outside/made/more");
	CHECK_NUMBER(unlinkat(root, "new/deep/target", 0), 0);
	CHECK_NUMBER(unlinkat(root, "outside/made/more", 0), 0);
	CHECK_NUMBER(unlinkat(root, "outside/made", AT_REMOVEDIR), 0);
}

static void makes_what_is_missing(void)
{
	check_making("making");
}

static void makes_what_is_missing_without_openat2(void)
{
	setenv("HOY_TEST_ENOSYS", "openat2", 1);
	check_making("making-2");
	unsetenv("HOY_TEST_ENOSYS");
}

static void makes_parents(void)
{
	CLEANUP(fd_close) int parent = -1;
	struct error err = { 0 };
	const char *name = NULL;

	parent = path_make_parent_in(root, "/parents/of/node", &name, &err);
	CHECK(parent >= 0);
	CHECK_STRING(name, "node");
	CHECK_NUMBER(mode_of("parents/of"), S_IFDIR | 0755);
	CHECK_NUMBER(mode_of("parents/of/node"), 0);
	CHECK_NUMBER(symlinkat("x", parent, name), 0);
	fd_close(&parent);
	parent = path_make_parent_in(root, "/plain", &name, &err);
	CHECK(parent >= 0);
	CHECK_STRING(name, "plain");
	CHECK_NUMBER(path_make_parent_in(root, "/", &name, &err), -1);
}

static void reopens(void)
{
	struct error err = { 0 };
	CLEANUP(fd_close) int file = path_open_in(root, "usr/lib/file", O_PATH, &err);
	CLEANUP(fd_close) int folder = path_open_in(root, "usr/lib", O_PATH, &err);
	CLEANUP(fd_close) int link = path_open_in(root, "lib", O_PATH | O_NOFOLLOW, &err);
	CLEANUP(fd_close) int again = path_reopen(file, O_RDWR, &err);

	CHECK(again >= 0);
	CHECK_NUMBER(write(again, "x", 1), 1);
	fd_close(&again);
	again = path_reopen(folder, O_RDONLY, &err);
	CHECK(again >= 0);
	fd_close(&again);
	CHECK_NUMBER(path_reopen(link, O_RDONLY, &err), -1);
	CHECK_NUMBER(path_reopen(-1, O_RDONLY, &err), -1);
}

static void keeps_no_descriptors(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	CHECK(fd < 12);
}

/*
 * A hostile neighbour swaps a folder for a link to the outside as fast as it can (CVE-2024-45310). Whatever is made meanwhile, nothing
 * may turn up outside.
 */
static void check_race(void)
{
	struct error err = { 0 };
	char outside[128];
	pid_t attacker;
	int i, fd;

	CHECK_NUMBER(mkdirat(root, "race", 0755), 0);
	CHECK_NUMBER(mkdirat(root, "race/a", 0755), 0);
	snprintf(outside, sizeof(outside), "%s/outside", top);
	CHECK_NUMBER(symlinkat(outside, root, "race/link"), 0);
	CHECK_NUMBER(symlinkat("../../outside", root, "race/relative"), 0);
	fflush(stdout);
	attacker = fork();
	if (attacker == 0) {
		for (;;) {
			renameat2(root, "race/a", root, "race/link", RENAME_EXCHANGE);
			renameat2(root, "race/a", root, "race/relative", RENAME_EXCHANGE);
		}
	}
	for (i = 0; i < 3000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "race/a/%d/%d", i % 50, i);
		fd = path_make_in(root, path, i % 2 ? PATH_FILE : PATH_DIRECTORY, NULL, &err);
		fd_close(&fd);
	}
	kill(attacker, SIGKILL);
	waitpid(attacker, NULL, 0);
	CHECK_NUMBER(rmdir(outside), 0);	/* so it is empty */
	CHECK_NUMBER(mkdir(outside, 0755), 0);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void makes_nothing_outside_while_attacked(void)
{
	char race[128];

	check_race();
	snprintf(race, sizeof(race), "%s/root/race", top);
	CHECK_NUMBER(nftw(race, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	setenv("HOY_TEST_ENOSYS", "openat2", 1);
	check_race();
	unsetenv("HOY_TEST_ENOSYS");
}

int main(void)
{
	char path[128];

	snprintf(top, sizeof(top), "/tmp/hoy-unit-path-XXXXXX");
	if (!mkdtemp(top)) {
		printf("1..0 # SKIP no temporary folder\n");
		return 0;
	}
	snprintf(path, sizeof(path), "%s/outside", top);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/root", top);
	mkdir(path, 0755);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	TEST(cleans);
	TEST(joins_and_compares);
	make_tree();
	TEST(opens_beneath_the_root);
	TEST(opens_beneath_the_root_without_openat2);
	TEST(follows_no_magic_links);
	TEST(makes_what_is_missing);
	TEST(makes_what_is_missing_without_openat2);
	TEST(makes_parents);
	TEST(reopens);
	TEST(keeps_no_descriptors);
	TEST(makes_nothing_outside_while_attacked);
	close(root);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return check_done();
}
