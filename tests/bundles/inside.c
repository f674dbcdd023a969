/*
 * What a container's program sees, as one line of JSON on standard output. Static, and needs nothing but itself.
 *
 *   inside [-r FILE | -l PATH | -o PATH | -w PATH | -c | -x STATUS]...
 *
 * -r: the text of a file     -l: what a path is, and the filesystem it is on     -o: errno of opening it to read
 * -w: errno of opening it to write; of making a file in it, where it is a folder
 * -c: errno of system calls that profiles like to forbid, called so that they do nothing     -x: exit with this status
 *
 * Bytes above 127 are told as Latin-1, and run.py turns them back. Terminal and descriptors are looked at first.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

extern char **environ;

/* --------------------------------------------------------------------- JSON */

static char *text;
static size_t text_len, text_size;
static int needs_comma;

static void put(const char *bytes, size_t len)
{
	while (text_len + len > text_size) {
		text_size = text_size ? 2 * text_size : 65536;
		text = realloc(text, text_size);
		if (!text)
			abort();
	}
	memcpy(text + text_len, bytes, len);
	text_len += len;
}

static void put_text(const char *string)
{
	put(string, strlen(string));
}

static void put_quoted(const char *bytes, size_t len)
{
	char escape[8];
	size_t i;

	put("\"", 1);
	for (i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte >= ' ' && byte < 127 && byte != '"' && byte != '\\') {
			put(&bytes[i], 1);
			continue;
		}
		snprintf(escape, sizeof(escape), "\\u%04x", byte);
		put_text(escape);
	}
	put("\"", 1);
}

/* The name of a member, or NULL within a list. */
static void name(const char *key)
{
	if (needs_comma)
		put(",", 1);
	needs_comma = 1;
	if (!key)
		return;
	put_quoted(key, strlen(key));
	put(":", 1);
}

static void number(const char *key, long long value)
{
	char digits[32];

	name(key);
	snprintf(digits, sizeof(digits), "%lld", value);
	put_text(digits);
}

static void bytes(const char *key, const char *value, size_t len)
{
	name(key);
	put_quoted(value, len);
}

static void string(const char *key, const char *value)
{
	bytes(key, value, strlen(value));
}

static void enter(const char *key, const char *bracket)
{
	name(key);
	put_text(bracket);
	needs_comma = 0;
}

static void leave(const char *bracket)
{
	put_text(bracket);
	needs_comma = 1;
}

/* ---------------------------------------------------------------- the process */

static void see_terminal(void)
{
	struct winsize size;
	struct stat status;
	int fd;

	enter("stdio", "[");
	for (fd = 0; fd < 3; fd++) {
		enter(NULL, "{");
		if (fstat(fd, &status) == 0) {
			number("uid", status.st_uid);
			number("gid", status.st_gid);
			number("type", status.st_mode & S_IFMT);
			number("rdev_major", major(status.st_rdev));
		}
		if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
			number("rows", size.ws_row);
			number("columns", size.ws_col);
		}
		leave("}");
	}
	leave("]");
}

static void see_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	enter("descriptors", "[");
	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
			number(NULL, atoi(entry->d_name));
	leave("]");
	if (folder)
		closedir(folder);
}

static void see_identity(void)
{
	uid_t uids[3];
	gid_t gids[3], groups[256];
	mode_t mask = umask(0);
	int i, len;

	umask(mask);
	number("pid", getpid());
	number("umask", mask);
	getresuid(&uids[0], &uids[1], &uids[2]);
	getresgid(&gids[0], &gids[1], &gids[2]);
	enter("uid", "[");
	for (i = 0; i < 3; i++)
		number(NULL, uids[i]);
	leave("]");
	enter("gid", "[");
	for (i = 0; i < 3; i++)
		number(NULL, gids[i]);
	leave("]");
	len = getgroups(COUNT(groups), groups);
	enter("groups", "[");
	for (i = 0; i < len; i++)
		number(NULL, groups[i]);
	leave("]");
	number("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void see_limits(void)
{
	struct rlimit limit;
	int i;

	enter("rlimits", "[");
	for (i = 0; i < RLIM_NLIMITS; i++) {
		enter(NULL, "[");
		if (getrlimit(i, &limit) == 0) {
			number(NULL, (long long)limit.rlim_cur);
			number(NULL, (long long)limit.rlim_max);
		}
		leave("]");
	}
	leave("]");
}

static void see_surroundings(void)
{
	char folder[4096];
	struct utsname host;
	char **entry;

	enter("env", "[");
	for (entry = environ; *entry; entry++)
		string(NULL, *entry);
	leave("]");
	string("cwd", getcwd(folder, sizeof(folder)) ? folder : "");
	uname(&host);
	string("hostname", host.nodename);
	string("domainname", host.domainname);
}

static void see_namespaces(void)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };
	struct stat status;
	char path[64];
	size_t i;

	enter("namespaces", "{");
	for (i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (stat(path, &status) == 0)
			number(names[i], (long long)status.st_ino);
	}
	leave("}");
}

/* ------------------------------------------------------------- what was asked */

static void read_file(const char *path)
{
	char buffer[65536];
	ssize_t len = 0, n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		number(path, errno);
		return;
	}
	while ((n = read(fd, buffer + len, sizeof(buffer) - (size_t)len)) > 0)
		len += n;
	if (n < 0)
		number(path, errno);
	else
		bytes(path, buffer, (size_t)len);
	close(fd);
}

static void look_into(const char *path)
{
	DIR *folder = opendir(path);
	int count = 0;

	if (!folder)
		return;
	while (readdir(folder))
		count++;
	closedir(folder);
	number("entries", count - 2);
}

static void look(const char *path)
{
	char target[4096];
	struct statfs filesystem;
	struct stat status;
	ssize_t len;

	if (lstat(path, &status) < 0) {
		number(path, errno);
		return;
	}
	enter(path, "{");
	number("mode", status.st_mode);
	number("uid", status.st_uid);
	number("gid", status.st_gid);
	number("dev", (long long)status.st_dev);
	number("ino", (long long)status.st_ino);
	number("major", major(status.st_rdev));
	number("minor", minor(status.st_rdev));
	if (S_ISLNK(status.st_mode)) {
		len = readlink(path, target, sizeof(target));
		bytes("link", target, len < 0 ? 0 : (size_t)len);
	} else if (statfs(path, &filesystem) == 0) {
		number("filesystem", (long long)filesystem.f_type);
		number("flags", (long long)filesystem.f_flags);
		number("bytes", (long long)filesystem.f_blocks * filesystem.f_bsize);
		number("inodes", (long long)filesystem.f_files);
	}
	if (S_ISDIR(status.st_mode))
		look_into(path);
	leave("}");
}

static void open_to_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	number(path, fd < 0 ? errno : 0);
	if (fd >= 0)
		close(fd);
}

static void open_to_write(const char *path)
{
	char file[4096];
	struct stat status;
	int fd;

	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
		fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		number(path, fd < 0 ? errno : 0);
	} else {
		snprintf(file, sizeof(file), "%s/written-by-inside", path);
		fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		number(path, fd < 0 ? errno : 0);
		if (fd >= 0)
			unlink(file);
	}
	if (fd >= 0)
		close(fd);
}

/* Arguments that no kernel takes, or that change nothing. */
static void make_calls(void)
{
	static const struct {
		const char *name;
		long number;
		long args[3];
	} calls[] = {
		{ "unshare", SYS_unshare, { 1 } },
		{ "setns", SYS_setns, { -1 } },
		{ "mount", SYS_mount, { 0 } },
		{ "umount2", SYS_umount2, { 0, ~0L } },
		{ "keyctl", SYS_keyctl, { 9999 } },
		{ "add_key", SYS_add_key, { 0 } },
		{ "ptrace", SYS_ptrace, { 0x7777, 0 } },
		{ "personality", SYS_personality, { 0xffffffff } },
		{ "kcmp", SYS_kcmp, { -1, -1, 99 } },
		{ "fsopen", SYS_fsopen, { 0, 0x7777 } },
		{ "move_mount", SYS_move_mount, { -1 } },
		{ "close_range", SYS_close_range, { 9, 8 } },
		{ "getppid", SYS_getppid, { 0 } },
	};
	size_t i;

	for (i = 0; i < COUNT(calls); i++)
		number(calls[i].name, syscall(calls[i].number, calls[i].args[0], calls[i].args[1],
					      calls[i].args[2], 0L, 0L) < 0 ? errno : 0);
}

static void answer(int argc, char **argv, const char *option, const char *key, void (*see)(const char *))
{
	int i;

	enter(key, "{");
	for (i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], option) == 0)
			see(argv[++i]);
	leave("}");
}

static int find(int argc, char **argv, const char *option)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], option) == 0)
			return i;
	return 0;
}

static int write_all(void)
{
	size_t done = 0;
	ssize_t n;

	put("\n", 1);
	while (done < text_len) {
		n = write(STDOUT_FILENO, text + done, text_len - done);
		if (n <= 0)
			return 1;
		done += (size_t)n;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int status = find(argc, argv, "-x");

	enter(NULL, "{");
	see_terminal();
	see_descriptors();
	see_identity();
	see_limits();
	see_surroundings();
	see_namespaces();
	answer(argc, argv, "-r", "files", read_file);
	answer(argc, argv, "-l", "paths", look);
	answer(argc, argv, "-o", "readable", open_to_read);
	answer(argc, argv, "-w", "writable", open_to_write);
	enter("calls", "{");
	if (find(argc, argv, "-c"))
		make_calls();
	leave("}");
	leave("}");
	if (write_all())
		return 99;
	return status ? atoi(argv[status + 1]) : 0;
}
