/* The fallbacks are only in a build with fault switches, so the files under test are compiled in
 * here. */
#ifndef TEST_FAULTS
#define TEST_FAULTS 1
#endif
#include "kernel/mount.c"
#include "kernel/procfs.c"
#include "kernel/pivot.c"

#include "scratch.h"

static struct error err;

/* A tmpfs of the test's own on /mnt, with a few folders and a file. */
static void make_playground(void)
{
	CHECK_NUMBER(mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755"), 0);
	CHECK_NUMBER(mkdir("/mnt/a", 0755), 0);
	CHECK_NUMBER(mkdir("/mnt/b", 0755), 0);
	CHECK_NUMBER(mkdir("/mnt/root", 0755), 0);
	CHECK_NUMBER(mkdir("/mnt/root/sub", 0755), 0);
	CHECK_NUMBER(mknod("/mnt/file", S_IFREG | 0644, 0), 0);
	CHECK_NUMBER(mknod("/mnt/root/marker", S_IFREG | 0644, 0), 0);
}

static int open_path(const char *path)
{
	return open(path, O_PATH | O_CLOEXEC);
}

static unsigned long long flags_of(const char *path)
{
	CLEANUP(fd_close) int fd = open_path(path);
	unsigned long long attributes = 0;

	CHECK_NUMBER(mountinfo_attributes(fd, &attributes, &err), 0);
	return attributes;
}

static void new_filesystems(void)
{
	static const char *const data[] = { "size=64k", "mode=700" }, *const bad[] = { "size="
										       "lots" };
	static const char *const context[] = { "size=64k,mode=711" };
	const struct mount_new new = { .type = "tmpfs",
				       .source = "tmpfs",
				       .data = data,
				       .data_len = 2,
				       .attributes = MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID |
						     MOUNT_ATTR_NOATIME };
	struct mount_new other = new;
	CLEANUP(fd_close) int target = -1;
	CLEANUP(fd_close) int fd = -1;
	struct stat file;
	char option[400];
	const char *long_option[] = { option };

	make_playground();
	target = open_path("/mnt/a");
	fd = mount_new_detached(&new, "/a", &err);
	CHECK(fd >= 0);
	CHECK_NUMBER(mount_move(fd, target, "/a", &err), 0);
	CHECK_NUMBER(flags_of("/mnt/a"),
		     MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME);
	CHECK_NUMBER(stat("/mnt/a", &file), 0);
	CHECK_NUMBER(file.st_mode & 07777, 0700);

	other.data = bad;
	other.data_len = 1;
	CHECK_NUMBER(mount_new_detached(&other, "/a", &err), -1);
	CHECK_STRING(err.text, "mount tmpfs on '/a' (nosuid,noexec,noatime,size=lots): "
		     "tmpfs: Bad value for 'size': Invalid argument");
	other.type = "nosuchfs";
	CHECK_NUMBER(mount_new_detached(&other, "/a", &err), -1);
	CHECK_CONTAINS(err.text, "mount nosuchfs on '/a'");
	CHECK_CONTAINS(err.text, "does not know this type of filesystem: No such device");

	/* What fsconfig cannot take: several options in one, and more than 255 bytes. */
	other = new;
	other.data = context;
	other.data_len = 1;
	CHECK_NUMBER(mount_new_detached(&other, "/a", &err), -2);
	fd_close(&target);
	target = open_path("/mnt/b");
	CHECK_NUMBER(mount_new_at(&other, target, "/b", &err), 0);
	CHECK_NUMBER(stat("/mnt/b", &file), 0);
	CHECK_NUMBER(file.st_mode & 07777, 0711);
	CHECK_NUMBER(flags_of("/mnt/b"),
		     MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME);
	memset(option, 'x', sizeof(option) - 1);
	option[sizeof(option) - 1] = '\0';
	memcpy(option, "size=", 5);
	other.data = long_option;
	CHECK_NUMBER(mount_new_detached(&other, "/a", &err), -2);
	setenv("HOY_TEST_ENOSYS", "fsopen", 1);
	CHECK_NUMBER(mount_new_detached(&new, "/a", &err), -2);
}

static void long_overlay(void)
{
	static const char folder[] = "/mnt/a/"
				     "a-rather-long-name-of-a-folder-so-that-a-few-of-them-are-"
				     "more-than-fsconfig-takes";
	char lower[3 * sizeof(folder) + 64], path[256];
	const char *data[1] = { lower };
	const struct mount_new new = { .type = "overlay",
				       .source = "overlay",
				       .data = data,
				       .data_len = 1,
				       .superblock = MS_RDONLY,
				       .attributes = MOUNT_ATTR_RDONLY };
	CLEANUP(fd_close) int target = -1;
	int i;

	make_playground();
	CHECK_NUMBER(mkdir(folder, 0755), 0);
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%d", folder, i);
		CHECK_NUMBER(mkdir(path, 0755), 0);
		snprintf(path, sizeof(path), "%s/%d/f%d", folder, i, i);
		CHECK_NUMBER(mkdir(path, 0755), 0);
	}
	snprintf(lower, sizeof(lower), "lowerdir=%s/0:%s/1:%s/2", folder, folder, folder);
	CHECK_NUMBER(mount_new_detached(&new, "/b", &err), -2);
	target = open_path("/mnt/b");
	if (mount_new_at(&new, target, "/b", &err) < 0 && err.number == ENODEV)
		return;
	CHECK_NUMBER(access("/mnt/b/f0", F_OK), 0);
	CHECK_NUMBER(access("/mnt/b/f2", F_OK), 0);
	CHECK(flags_of("/mnt/b") & MOUNT_ATTR_RDONLY);
}

static void cloned_trees(void)
{
	CLEANUP(fd_close) int target = -1;
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(fd_close) int file = -1;

	make_playground();
	CHECK_NUMBER(mount("tmpfs", "/mnt/root/sub", "tmpfs", MS_NODEV, NULL), 0);
	fd = mount_clone_tree(AT_FDCWD, "/mnt/root", true, &err);
	CHECK(fd >= 0);
	CHECK_NUMBER(mount_set_attributes(fd, true, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME, 0,
					  MS_PRIVATE, "/a", &err),
		     0);
	CHECK_NUMBER(mount_set_attributes(fd, false, 0, MOUNT_ATTR_RDONLY, 0, "/a", &err), 0);
	target = open_path("/mnt/a");
	CHECK_NUMBER(mount_move(fd, target, "/a", &err), 0);
	CHECK_NUMBER(flags_of("/mnt/a"), MOUNT_ATTR_NOATIME);
	CHECK_NUMBER(flags_of("/mnt/a/sub"),
		     MOUNT_ATTR_NOATIME | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV);
	CHECK_NUMBER(flags_of("/mnt/root/sub"), MOUNT_ATTR_NODEV);

	fd_close(&fd);
	fd = mount_clone_tree(AT_FDCWD, "/mnt/file", false, &err);
	CHECK(fd >= 0);
	CHECK_NUMBER(mount_move(fd, target, "/a", &err), -1);
	CHECK_CONTAINS(err.text, "mount on '/a': one is a directory, the other is not: Invalid "
				 "argument");
	file = open_path("/mnt/root/marker");
	CHECK_NUMBER(mount_move(fd, file, "/marker", &err), 0);
	CHECK_NUMBER(mount_detach(fd, "/marker", &err), 0);
	CHECK_NUMBER(mount_detach(fd, "/marker", &err), -1);
	CHECK_CONTAINS(err.text, "unmount '/marker': ");

	CHECK_NUMBER(mount_clone_tree(AT_FDCWD, "/mnt/none", false, &err), -1);
	CHECK_STRING(err.text, "open mount source '/mnt/none': No such file or directory");
	CHECK_NUMBER(mount_set_attributes(file, false, MOUNT_ATTR_RDONLY, 0, 0, "/x", &err), -1);
	CHECK_CONTAINS(err.text, "change flags of the mount on '/x' (ro): it is not the root of a "
				 "mount");
}

static void old_calls(void)
{
	CLEANUP(fd_close) int from = -1;
	CLEANUP(fd_close) int to = -1;
	CLEANUP(fd_close) int top = -1;

	setenv("HOY_TEST_ENOSYS", "open_tree,move_mount,mount_setattr", 1);
	make_playground();
	CHECK_NUMBER(mount("tmpfs", "/mnt/root/sub", "tmpfs", MS_NODEV, NULL), 0);
	CHECK_NUMBER(mount_clone_tree(AT_FDCWD, "/mnt/root", true, &err), -1);
	CHECK_NUMBER(err.number, ENOSYS);
	from = open_path("/mnt/root");
	to = open_path("/mnt/a");
	CHECK_NUMBER(mount_bind_at(from, to, true, "/a", &err), 0);
	CHECK_NUMBER(access("/mnt/a/marker", F_OK), 0);
	top = open_path("/mnt/a");
	CHECK_NUMBER(mount_set_attributes(top, false, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0,
					  MS_SLAVE, "/a", &err),
		     0);
	CHECK_NUMBER(flags_of("/mnt/a"), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	CHECK_NUMBER(mount_set_attributes(top, false, MOUNT_ATTR_STRICTATIME,
					  MOUNT_ATTR_NOSUID | MOUNT_ATTR__ATIME, 0, "/a", &err),
		     0);
	CHECK_NUMBER(flags_of("/mnt/a"), MOUNT_ATTR_RDONLY | MOUNT_ATTR_STRICTATIME);
	CHECK_NUMBER(flags_of("/mnt/a/sub"), MOUNT_ATTR_NODEV);
	CHECK_NUMBER(mount_set_attributes(top, true, MOUNT_ATTR_RDONLY, 0, 0, "/a", &err), -1);
	CHECK_CONTAINS(err.text, "needs mount_setattr(2)");
	fd_close(&to);
	to = open_path("/mnt/b");
	CHECK_NUMBER(mount_move(top, to, "/b", &err), 0);
	CHECK_NUMBER(access("/mnt/b/sub", F_OK), 0);
	CHECK(access("/mnt/a/sub", F_OK) < 0);
	CHECK_NUMBER(mount_detach(top, "/b", &err), 0);
	CHECK(access("/mnt/b/sub", F_OK) < 0);

	/* A /proc that shows something else is found out. */
	CHECK_NUMBER(mount("tmpfs", "/proc", "tmpfs", 0, NULL), 0);
	CHECK_NUMBER(mkdir("/proc/self", 0755), 0);
	CHECK_NUMBER(mkdir("/proc/self/fd", 0755), 0);
	CHECK_NUMBER(mount_bind_at(from, to, true, "/a", &err), -1);
	CHECK_STRING(err.text, "bind on '/a': open '/proc/self/fd': it is no procfs");
}

static void pivots(void)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(fd_close) int slash = open_path("/");

	make_playground();
	CHECK_NUMBER(mount(NULL, "/mnt", NULL, MS_SHARED, NULL), 0);
	fd = mount_clone_tree(AT_FDCWD, "/mnt/root", true, &err);
	CHECK(fd >= 0);
	CHECK_NUMBER(mount_set_attributes(fd, true, 0, 0, MS_SLAVE, "/", &err), 0);
	CHECK_NUMBER(mount_set_root_propagation(MS_REC | MS_SLAVE, &err), 0);
	CHECK_NUMBER(mount_move(fd, slash, "/", &err), 0);
	CHECK_NUMBER(mount_pivot(fd, &err), 0);
	CHECK_NUMBER(access("/marker", F_OK), 0);
	CHECK(access("/mnt", F_OK) < 0);
	CHECK_NUMBER(mount_set_root_propagation(MS_REC | MS_SHARED, &err), 0);
	CHECK_NUMBER(mount_pivot(slash, &err), -1);
	CHECK_CONTAINS(err.text, "pivot_root: ");
}

/* What a process with CAP_SYS_CHROOT does. */
static void break_out(void)
{
	int i;

	CHECK_NUMBER(mkdir("/inner", 0755), 0);
	CHECK_NUMBER(chroot("/inner"), 0);
	for (i = 0; i < 20; i++)
		CHECK_NUMBER(chdir(".."), 0);
	CHECK_NUMBER(chroot("."), 0);
}

static void chroots(void)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(fd_close) int target = -1;
	struct statfs filesystem;

	make_playground();
	fd = mount_clone_tree(AT_FDCWD, "/mnt/root", true, &err);
	CHECK_NUMBER(mount_set_attributes(fd, true, 0, 0, MS_PRIVATE, "/", &err), 0);
	target = open_path("/");
	CHECK_NUMBER(mount_move(fd, target, "/", &err), 0);
	CHECK_NUMBER(mount_chroot(fd, &err), 0);
	CHECK_NUMBER(access("/marker", F_OK), 0);
	CHECK(access("/mnt", F_OK) < 0);
	break_out();
	CHECK(statfs("/proc", &filesystem) < 0 || filesystem.f_type != PROC_SUPER_MAGIC);
	CHECK(statfs("/sys", &filesystem) < 0 || filesystem.f_type != SYSFS_MAGIC);
}

static void private_procfs(void)
{
	CLEANUP(fd_close) int proc = -1;
	char name[65] = "";

	proc = mount_private_proc(false, &err);
	CHECK(proc >= 0);
	CHECK_NUMBER(mount_proc_write(proc, "sys/kernel/domainname", "here", &err), 0);
	CHECK_NUMBER(getdomainname(name, sizeof(name)), 0);
	CHECK_STRING(name, "here");
	CHECK_NUMBER(mount_proc_write(proc, "sys/kernel/nothing", "1", &err), -1);
	CHECK_STRING(err.text, "open '/proc/sys/kernel/nothing': No such file or directory");
	CHECK_NUMBER(mount_proc_write(proc, "self/root/proc/self/oom_score_adj", "1", &err), -1);
	CHECK_NUMBER(mount_proc_write(proc, "../etc/passwd", "1", &err), -1);
	fd_close(&proc);
	proc = mount_private_proc(true, &err);
	CHECK(proc >= 0);
	CHECK_NUMBER(mount_proc_write(proc, "sys/kernel/domainname", "there", &err), -1);
	CHECK_NUMBER(mount_proc_write(proc, "self/oom_score_adj", "500", &err), 0);
	CHECK_NUMBER(mount_proc_write(proc, "self/oom_score_adj", "5000", &err), -1);
	CHECK_STRING(err.text, "write '5000' to '/proc/self/oom_score_adj': Invalid argument");
}

static void covered_procfs(void)
{
	static const char *const missing[] = { "", "fsopen", "fsopen,open_tree",
					       "fsopen,open_tree,openat2" };
	char name[65] = "";
	size_t i;

	make_playground();
	CHECK_NUMBER(mount("/mnt/file", "/proc/sys/kernel/domainname", NULL, MS_BIND, NULL), 0);
	for (i = 0; i < COUNT(missing); i++) {
		CLEANUP(fd_close) int proc = -1;

		setenv("HOY_TEST_ENOSYS", missing[i], 1);
		proc = mount_private_proc(false, &err);
		CHECK(proc >= 0);
		CHECK_NUMBER(mount_proc_write(proc, "sys/kernel/domainname", "one", &err),
			     i < 2 ? 0 : -1);
		if (i >= 2)
			CHECK_STRING(err.text, "open '/proc/sys/kernel/domainname': something is "
					       "mounted over it: "
					       "Invalid cross-device link");
		CHECK_NUMBER(mount_proc_write(proc, "sys/kernel/hostname", "two", &err), 0);
		CHECK_NUMBER(gethostname(name, sizeof(name)), 0);
		CHECK_STRING(name, "two");
	}
	CHECK_NUMBER(mount("/mnt/a", "/proc", NULL, MS_BIND, NULL), 0);
	CHECK_NUMBER(mount_private_proc(false, &err), -1);
	CHECK_STRING(err.text, "open '/proc': it is not the root of a procfs");
}

/* A mount that came along into a user namespace keeps its flags. */
static void locked(void)
{
	CLEANUP(fd_close) int fd = -1;

	make_playground();
	CHECK_NUMBER(mount("/mnt/root", "/mnt/a", NULL, MS_BIND, NULL), 0);
	CHECK_NUMBER(mount(NULL, "/mnt/a", NULL, MS_BIND | MS_REMOUNT | MS_NODEV | MS_NOSUID, NULL),
		     0);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return;
	fd = open_path("/mnt/a");
	CHECK_NUMBER(
		mount_set_attributes(fd, false, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NODEV, 0, "/a", &err),
		-1);
	CHECK_NUMBER(err.number, EPERM);
	CHECK_CONTAINS(err.text, "change flags of the mount on '/a' (noexec; without nodev): needs "
				 "CAP_SYS_ADMIN, and flags "
				 "that stand (nosuid,nodev) cannot be taken off");
	CHECK_NUMBER(mount_set_attributes(fd, false, MOUNT_ATTR_NOEXEC, 0, 0, "/a", &err), 0);
}

static void makes_filesystems(void) { scratch_run(0, new_filesystems); }
static void takes_options_longer_than_fsconfig(void) { scratch_run(0, long_overlay); }
static void clones_trees_and_sets_flags(void) { scratch_run(0, cloned_trees); }
static void falls_back_to_old_calls(void) { scratch_run(0, old_calls); }
static void pivots_into_a_stacked_root(void) { scratch_run(0, pivots); }
static void chroots_without_leaving_procfs_behind(void) { scratch_run(0, chroots); }
static void writes_through_a_private_procfs(void) { scratch_run(CLONE_NEWUTS, private_procfs); }
static void is_not_led_astray_by_mounts_over_proc(void)
{
	scratch_run(CLONE_NEWUTS, covered_procfs);
}
static void names_locked_flags(void) { scratch_run(0, locked); }

int main(void)
{
	TEST(makes_filesystems);
	TEST(takes_options_longer_than_fsconfig);
	TEST(clones_trees_and_sets_flags);
	TEST(falls_back_to_old_calls);
	TEST(pivots_into_a_stacked_root);
	TEST(chroots_without_leaving_procfs_behind);
	TEST(writes_through_a_private_procfs);
	TEST(is_not_led_astray_by_mounts_over_proc);
	TEST(names_locked_flags);
	return check_done();
}
