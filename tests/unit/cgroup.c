#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/files.h"
#include "kernel/clock.h"
#include "kernel/filter.h"
#include "kernel/process.h"
#include "scratch.h"

static struct error err;
static struct arena arena;
static struct cgroup_tree tree = { .fd = -1 };
static struct plan_cgroup plan;
static char root[64];

/* Why these tests cannot run here, or NULL. */
static const char *unavailable(void)
{
	CLEANUP(fd_close) int probe = -1;
	const char *made;

	if (geteuid() != 0)
		return "needs root";
	if (tree.fd < 0 && cgroup_open_tree(&tree, &err) != 0)
		return "no cgroup v2 hierarchy is mounted";
	snprintf(root, sizeof(root), "/hoy-unit.%d", (int)getpid());
	plan = (struct plan_cgroup){ .path = root };
	if (cgroup_create(&tree, &plan, root, &probe, &made, &arena, &err) != 0)
		return "no cgroup can be made here";
	CHECK_STRING(made, root);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
	return NULL;
}

#define NEEDS_CGROUP()                                  \
	do {                                            \
		const char *reason = unavailable();     \
		if (reason)                             \
			SKIP(reason);                   \
	} while (0)

static const char *below(const char *name)
{
	return arena_printf(&arena, "%s/%s", root, name);
}

static bool exists(const char *path)
{
	CLEANUP(fd_close) int fd = -1;

	return cgroup_open(&tree, path, &fd, &err) == 0;
}

/* A child that begins in the cgroup; without clone3 (valgrind) it enters as its first deed. */
static pid_t clone_into(int fd)
{
	pid_t pid = process_clone(0, fd, NULL, &err);

	if (pid < 0 && err.number == ENOSYS) {
		pid = process_clone(0, -1, NULL, &err);
		if (pid == 0 && files_write(fd, "cgroup.procs", "0") < 0)
			_exit(99);
		if (pid > 0)
			CHECK_NUMBER(cgroup_enter(fd, pid, root, &err), 0);
	}
	if (pid < 0) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return pid;
}

/* A process that waits in the cgroup. */
static pid_t resident(int fd)
{
	pid_t pid = clone_into(fd);

	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static void reap(pid_t pid, int signal)
{
	int status = 0;

	CHECK_NUMBER(process_reap(pid, &status, &err), 0);
	CHECK(WIFSIGNALED(status));
	CHECK_NUMBER(WTERMSIG(status), signal);
}

/* ----------------------------------------------------------------------------------------- */

static void makes_and_removes(void)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(fd_close) int other = -1;
	const char *made = NULL, *deep, *missing;

	NEEDS_CGROUP();
	deep = below("a/b");
	CHECK_NUMBER(cgroup_first_missing(&tree, deep, &missing, &arena, &err), 0);
	CHECK_STRING(missing, root);
	CHECK_NUMBER(cgroup_create(&tree, &plan, deep, &fd, &made, &arena, &err), 0);
	CHECK_STRING(made, root);
	CHECK(exists(deep));
	CHECK_NUMBER(cgroup_create(&tree, &plan, deep, &other, &made, &arena, &err), 0);
	CHECK_STRING(made, NULL);
	fd_close(&other);
	CHECK_NUMBER(cgroup_create(&tree, &plan, below("a/c"), &other, &made, &arena, &err), 0);
	CHECK_STRING(made, below("a/c"));
	CHECK_NUMBER(mkdirat(fd, "inner", 0755), 0);
	CHECK_NUMBER(mkdirat(fd, "inner/most", 0755), 0);
	/* "a" stays, for "c" is in it. */
	CHECK_NUMBER(cgroup_remove(&tree, deep, root, &err), 0);
	CHECK(!exists(deep));
	CHECK(exists(below("a/c")));
	CHECK_NUMBER(cgroup_remove(&tree, deep, root, &err), 0);
	CHECK_NUMBER(cgroup_remove(&tree, below("a/c"), NULL, &err), 0);
	CHECK(exists(below("a")));
	CHECK_NUMBER(cgroup_remove(&tree, below("a/c"), root, &err), 0);
	CHECK(!exists(root));
	CHECK_NUMBER(cgroup_open(&tree, root, &other, &err), 1);
}

static void refuses_paths_that_lead_elsewhere(void)
{
	CLEANUP(fd_close) int fd = -1;
	const char *made;

	NEEDS_CGROUP();
	CHECK_NUMBER(cgroup_create(&tree, &plan, "/", &fd, &made, &arena, &err), -1);
	CHECK_NUMBER(cgroup_create(&tree, &plan, below("../x"), &fd, &made, &arena, &err), -1);
	CHECK_CONTAINS(err.text, "'..' is no name of a cgroup");
	CHECK(!exists(root));
	CHECK_NUMBER(cgroup_remove(&tree, "/", NULL, &err), -1);
}

static void refuses_one_that_is_in_use(void)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(fd_close) int again = -1;
	const char *made, *unused;
	pid_t pid;

	NEEDS_CGROUP();
	plan.origin = "linux.cgroupsPath";
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	pid = resident(fd);
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &again, &unused, &arena, &err), -1);
	CHECK_STRING(err.text, arena_printf(&arena,
					    "linux.cgroupsPath: cgroup '%s' is not empty: a "
					    "container needs one of "
					    "its own",
					    root));
	CHECK_NUMBER(cgroup_kill(fd, root, 5000, &err), 0);
	reap(pid, SIGKILL);
	CHECK_NUMBER(cgroup_freeze(fd, root, 5000, &err), 0);
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &again, &unused, &arena, &err), -1);
	CHECK_CONTAINS(err.text, "is frozen");
	CHECK_NUMBER(cgroup_create(&tree, &plan, below("x"), &again, &unused, &arena, &err), -1);
	CHECK_CONTAINS(err.text, "is frozen, or one above it is");
	CHECK(!exists(below("x")));
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
}

static void lists_and_signals_processes(void)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(fd_close) int inner = -1;
	const char *made, *unused, *path;
	pid_t first, second, *pids;
	size_t len;

	NEEDS_CGROUP();
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	CHECK_NUMBER(cgroup_pids(fd, &pids, &len, &arena, &err), 0);
	CHECK_NUMBER(len, 0);
	first = resident(fd);
	CHECK_NUMBER(cgroup_create(&tree, &plan, below("in"), &inner, &unused, &arena, &err), 0);
	second = resident(-1);
	CHECK_NUMBER(cgroup_enter(inner, second, below("in"), &err), 0);
	CHECK_NUMBER(cgroup_of(second, &path, &arena, &err), 0);
	CHECK_STRING(path, below("in"));
	CHECK_NUMBER(cgroup_pids(fd, &pids, &len, &arena, &err), 0);
	CHECK_NUMBER(len, 2);
	CHECK_NUMBER(pids[0], second);
	CHECK_NUMBER(pids[1], first);
	CHECK_NUMBER(cgroup_signal(fd, root, SIGTERM, &err), 0);
	reap(first, SIGTERM);
	reap(second, SIGTERM);
	CHECK_NUMBER(cgroup_signal(fd, root, SIGTERM, &err), 0);
	CHECK_NUMBER(cgroup_enter(inner, first, below("in"), &err), -1);
	CHECK_CONTAINS(err.text, "the process has ended: No such process");
	CHECK_NUMBER(cgroup_of(first, &path, &arena, &err), 1);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
}

static void signals_more_than_a_batch(void)
{
	CLEANUP(fd_close) int fd = -1;
	const char *made;
	pid_t pids[150];
	size_t i;

	NEEDS_CGROUP();
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	for (i = 0; i < COUNT(pids); i++)
		pids[i] = resident(fd);
	CHECK_NUMBER(cgroup_signal(fd, root, SIGUSR1, &err), 0);
	for (i = 0; i < COUNT(pids); i++)
		reap(pids[i], SIGUSR1);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
}

static void freezes_and_kills(void)
{
	CLEANUP(fd_close) int fd = -1;
	const char *made;
	bool frozen = true;
	pid_t pid;

	NEEDS_CGROUP();
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	pid = resident(fd);
	CHECK_NUMBER(cgroup_is_frozen(fd, &frozen, &err), 0);
	CHECK(!frozen);
	CHECK_NUMBER(cgroup_freeze(fd, root, 5000, &err), 0);
	CHECK_NUMBER(cgroup_is_frozen(fd, &frozen, &err), 0);
	CHECK(frozen);
	CHECK_NUMBER(cgroup_thaw(fd, root, 5000, &err), 0);
	CHECK_NUMBER(cgroup_is_frozen(fd, &frozen, &err), 0);
	CHECK(!frozen);
	CHECK_NUMBER(cgroup_freeze(fd, root, 5000, &err), 0);
	CHECK_NUMBER(cgroup_kill(fd, root, 5000, &err), 0);
	reap(pid, SIGKILL);
	CHECK_NUMBER(cgroup_kill(fd, root, 5000, &err), 0);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
	CHECK_NUMBER(cgroup_kill(fd, root, 5000, &err), 0);
	CHECK_NUMBER(cgroup_is_frozen(fd, &frozen, &err), 0);
	CHECK_NUMBER(cgroup_freeze(fd, root, 5000, &err), -1);
}

static void does_not_kill_the_caller(void)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(fd_close) int before = -1;
	const char *made, *own;

	NEEDS_CGROUP();
	CHECK_NUMBER(cgroup_of(0, &own, &arena, &err), 0);
	if (cgroup_open(&tree, own, &before, &err) != 0)
		SKIP("the caller's own cgroup is not beneath the mount");
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	CHECK_NUMBER(cgroup_enter(fd, getpid(), root, &err), 0);
	CHECK_NUMBER(cgroup_kill(fd, root, 1000, &err), -1);
	CHECK_CONTAINS(err.text, "the caller is in it");
	CHECK_NUMBER(cgroup_freeze(fd, root, 1000, &err), -1);
	CHECK_CONTAINS(err.text, "the caller is in it");
	CHECK_NUMBER(cgroup_enter(before, getpid(), own, &err), 0);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
}

static void waits_for_the_last_process(void)
{
	CLEANUP(fd_close) int fd = -1;
	const char *made;
	pid_t pid;
	int status;

	NEEDS_CGROUP();
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	pid = clone_into(fd);
	if (pid == 0) {
		clock_sleep(300);
		_exit(0);
	}
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
	CHECK_NUMBER(process_reap(pid, &status, &err), 0);
	CHECK(!exists(root));
}

static void says_what_is_in_the_way(void)
{
	CLEANUP(fd_close) int fd = -1;
	const char *made;
	pid_t pid;

	NEEDS_CGROUP();
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	pid = resident(fd);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), -1);
	CHECK_STRING(err.text, arena_printf(&arena,
					    "remove cgroup '%s': processes are in it: Device or "
					    "resource busy",
					    root));
	CHECK_NUMBER(cgroup_kill(fd, root, 5000, &err), 0);
	reap(pid, SIGKILL);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
}

/* ---------------------------------------------------------------------------------- limits */

static void applies(struct plan_limit limit, const char *shown)
{
	CLEANUP(fd_close) int fd = -1;
	char text[FILE_SIZE] = "";
	const char *made = NULL;

	plan.limits.at = &limit;
	plan.limits.len = 1;
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	CHECK_NUMBER(cgroup_apply(fd, &plan, root, &err), 0);
	CHECK_NUMBER(files_read(fd, limit.file, text), 0);
	CHECK_STRING(text, shown);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
}

static void fails_to_apply(struct plan_limit limit, const char *words)
{
	CLEANUP(fd_close) int fd = -1;
	const char *made = NULL;

	plan.limits.at = &limit;
	plan.limits.len = 1;
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	CHECK_NUMBER(cgroup_apply(fd, &plan, root, &err), -1);
	CHECK_CONTAINS(err.text, words);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
}

static void names_what_is_missing(void)
{
	struct plan_limit nothing[] = {
		{ "linux.resources.memory.limit", "nothing", "nothing.max", "max", true },
		{ "linux.resources.cpu.quota", "nothing", "nothing.max", "max 100000", true },
		{ "linux.resources.cpu.idle", "nothing", "nothing.idle", "0", true },
	};
	CLEANUP(fd_close) int fd = -1;
	const char *made;

	NEEDS_CGROUP();
	fails_to_apply((struct plan_limit){ "linux.resources.unified[\"nothing.max\"]", "nothing",
					    "nothing.max", "5", false },
		       "linux.resources.unified[\"nothing.max\"]: the nothing controller is not "
		       "available in cgroup '/hoy-unit.");
	fails_to_apply((struct plan_limit){ "linux.resources.unified[\"cgroup.none\"]", NULL,
					    "cgroup.none", "5", false },
		       "this kernel has no file 'cgroup.none' in cgroup '/hoy-unit.");
	fails_to_apply((struct plan_limit){ "linux.resources.unified[\"cgroup.max.depth\"]", NULL,
					    "cgroup.max.depth", "x", false },
		       "linux.resources.unified[\"cgroup.max.depth\"]: write 'x' to "
		       "'cgroup.max.depth' of cgroup '/hoy-unit.");
	fails_to_apply((struct plan_limit){ "linux.resources.unified[\"../x\"]", NULL, "../x", "x",
					    false },
		       "'../x' is no file of a cgroup");
	plan.limits.at = nothing;
	plan.limits.len = COUNT(nothing);
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	CHECK_NUMBER(cgroup_apply(fd, &plan, root, &err), 0);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
}

static void writes_limits(void)
{
	char controllers[FILE_SIZE] = "";

	NEEDS_CGROUP();
	applies((struct plan_limit){ "linux.resources.unified[\"cgroup.max.depth\"]", NULL,
				     "cgroup.max.depth", "3", false },
		"3");
	CHECK_NUMBER(files_read(tree.fd, "cgroup.controllers", controllers), 0);
	if (!files_has_word(controllers, "memory") || !files_has_word(controllers, "pids"))
		SKIP("the memory and pids controllers are not in the v2 hierarchy");
	applies((struct plan_limit){ "linux.resources.memory.limit", "memory", "memory.max",
				     "67108864", false },
		"67108864");
	applies((struct plan_limit){ "linux.resources.pids.limit", "pids", "pids.max", "7", false },
		"7");
	fails_to_apply((struct plan_limit){ "linux.resources.pids.limit", "pids", "pids.max",
					    "many", false },
		       "linux.resources.pids.limit: write 'many' to 'pids.max' of cgroup "
		       "'/hoy-unit.");
}

/* --------------------------------------------------------------------------------- devices */

static const struct bpf_insn allow[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 }, { .code = BPF_JMP | BPF_EXIT },
}, deny[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 }, { .code = BPF_JMP | BPF_EXIT },
}, broken[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 0, .src_reg = 7 }, { .code = BPF_JMP | BPF_EXIT },
};

/* What a process in the cgroup gets for opening /dev/null: 0 or an errno. */
static int open_inside(int fd)
{
	pid_t pid = clone_into(fd);
	int status = 0;

	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

		_exit(null < 0 ? errno : 0);
	}
	CHECK_NUMBER(process_reap(pid, &status, &err), 0);
	return WEXITSTATUS(status);
}

static unsigned int count_attached(int fd)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.query.target_fd = (unsigned int)fd;
	attributes.query.attach_type = BPF_CGROUP_DEVICE;
	CHECK_NUMBER(syscall(SYS_bpf, BPF_PROG_QUERY, &attributes, sizeof(attributes)), 0);
	return attributes.query.prog_cnt;
}

static void filters_devices(void)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(fd_close) int inner = -1;
	const char *made, *unused;

	NEEDS_CGROUP();
	CHECK_NUMBER(cgroup_create(&tree, &plan, root, &fd, &made, &arena, &err), 0);
	if (filter_attach_device(fd, deny, COUNT(deny), &err) < 0) {
		CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
		SKIP("this kernel has no device programs");
	}
	CHECK_NUMBER(open_inside(fd), EPERM);
	CHECK_NUMBER(filter_attach_device(fd, allow, COUNT(allow), &err), 0);
	CHECK_NUMBER(count_attached(fd), 1);
	CHECK_NUMBER(open_inside(fd), 0);
	plan.device_program.at = (struct bpf_insn *)broken;
	plan.device_program.len = COUNT(broken);
	plan.device_origin = "linux.resources.devices";
	CHECK_NUMBER(cgroup_apply(fd, &plan, root, &err), -1);
	CHECK_STRING(err.text, "linux.resources.devices: load a device filter of 2 instructions: "
			       "R7 !read_ok: "
			       "Permission denied");
	CHECK_NUMBER(count_attached(fd), 1);
	/* Above and below: both must allow. */
	plan.device_program.len = 0;
	CHECK_NUMBER(filter_attach_device(fd, deny, COUNT(deny), &err), 0);
	CHECK_NUMBER(cgroup_create(&tree, &plan, below("in"), &inner, &unused, &arena, &err), 0);
	CHECK_NUMBER(filter_attach_device(inner, allow, COUNT(allow), &err), 0);
	CHECK_NUMBER(open_inside(inner), EPERM);
	CHECK_NUMBER(cgroup_remove(&tree, root, made, &err), 0);
}

/* ---------------------------------------------------------------------------- where it is */

static void chooses_a_path(void)
{
	const char *path;

	NEEDS_CGROUP();
	CHECK_NUMBER(cgroup_choose_path(&tree, &plan, "web", false, &path, &arena, &err), 0);
	CHECK_STRING(path, root);
	plan.path = NULL;
	CHECK_NUMBER(cgroup_choose_path(&tree, &plan, "web", false, &path, &arena, &err), 0);
	CHECK_STRING(path, "/web");
	plan.manager = CGROUP_DISABLED;
	CHECK_NUMBER(cgroup_choose_path(&tree, &plan, "web", false, &path, &arena, &err), 0);
	CHECK_STRING(path, NULL);
}

static void elsewhere(void)
{
	struct cgroup_tree found;

	CHECK_NUMBER(umount2("/sys/fs/cgroup", MNT_DETACH), 0);
	while (umount2("/sys/fs/cgroup", MNT_DETACH) == 0)
		;
	if (access("/sys/fs/cgroup/unified", F_OK) == 0)
		return;
	CHECK_NUMBER(mount("cgroup2", "/mnt", "cgroup2", MS_RDONLY, NULL), 0);
	CHECK_NUMBER(cgroup_open_tree(&found, &err), 0);
	CHECK_STRING(found.mount, "/mnt");
	cgroup_close_tree(&found);
	cgroup_close_tree(&tree);
	CHECK_STRING(unavailable(), "no cgroup can be made here");
	CHECK_CONTAINS(err.text, "the cgroup2 mount is read-only: Read-only file system");
	cgroup_close_tree(&tree);
	CHECK_NUMBER(umount2("/mnt", MNT_DETACH), 0);
	if (umount2("/sys/fs/cgroup", MNT_DETACH) < 0 &&
	    access("/sys/fs/cgroup/cgroup.procs", F_OK) < 0)
		CHECK_NUMBER(cgroup_open_tree(&found, &err), 1);
}

static void finds_the_mount(void)
{
	NEEDS_CGROUP();
	scratch_run(0, elsewhere);
}

static void reads_words_and_values(void)
{
	CHECK(files_has_word("cpu io memory", "io"));
	CHECK(files_has_word("cpu", "cpu"));
	CHECK(files_has_word("cpuset cpu", "cpu"));
	CHECK(!files_has_word("cpuset", "cpu"));
	CHECK(!files_has_word("", "cpu"));
	CHECK_NUMBER(files_value("populated 1\nfrozen 0\n", "populated"), 1);
	CHECK_NUMBER(files_value("populated 1\nfrozen 0\n", "frozen"), 0);
	CHECK_NUMBER(files_value("populated 1\n", "pop"), -1);
}

int main(void)
{
	TEST(reads_words_and_values);
	TEST(makes_and_removes);
	TEST(refuses_paths_that_lead_elsewhere);
	TEST(refuses_one_that_is_in_use);
	TEST(lists_and_signals_processes);
	TEST(signals_more_than_a_batch);
	TEST(freezes_and_kills);
	TEST(does_not_kill_the_caller);
	TEST(waits_for_the_last_process);
	TEST(says_what_is_in_the_way);
	TEST(names_what_is_missing);
	TEST(writes_limits);
	TEST(filters_devices);
	TEST(chooses_a_path);
	TEST(finds_the_mount);
	arena_finish(&arena);
	cgroup_close_tree(&tree);
	return check_done();
}
