/* The fallbacks are only in a build with fault switches, so the file under test is compiled in
 * here. */
#ifndef TEST_FAULTS
#define TEST_FAULTS 1
#endif
#include "kernel/process.c"
#include "kernel/pidfd.c"

#include <stdlib.h>

#include "kernel/namespace.h"
#include "scratch.h"

static struct error err;

static void clone_once(uint64_t flags, bool want_pidfd)
{
	CLEANUP(fd_close) int pidfd = -1;
	int status = -1;
	pid_t pid = process_clone(flags, -1, want_pidfd ? &pidfd : NULL, &err);

	if (pid == 0)
		_exit(7);
	CHECK(pid > 0);
	if (want_pidfd) {
		CHECK(fcntl(pidfd, F_GETFD) & FD_CLOEXEC);
		CHECK_NUMBER(process_wait_gone(pidfd, 5000, &err), 0);
		CHECK_NUMBER(process_open_if_same(pid, 0, &err), -2);
	}
	CHECK_NUMBER(process_reap(pid, &status, &err), 0);
	CHECK_NUMBER(WEXITSTATUS(status), 7);
	CHECK_NUMBER(process_open(pid, &err), -2);
}

static void clones(void)
{
	clone_once(0, true);
	clone_once(0, false);
	setenv("HOY_TEST_ENOSYS", "clone3", 1);
	clone_once(0, true);
	clone_once(0, false);
	CHECK_NUMBER(process_clone(0, 0, NULL, &err), -1);
	CHECK_NUMBER(err.number, ENOSYS);
	CHECK_NUMBER(process_clone(CLONE_NEWTIME, -1, NULL, &err), -1);
	CHECK_NUMBER(err.number, ENOSYS);
	unsetenv("HOY_TEST_ENOSYS");
	CHECK_NUMBER(process_clone(0, 0, NULL, &err), -1);
	CHECK_CONTAINS(err.text, "clone a process into a cgroup: ");
}

static void as_nobody(void)
{
	/* A chroot forbids user namespaces to everybody. */
	CHECK_NUMBER(chroot("/mnt"), 0);
	CHECK_NUMBER(process_clone(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, -1, NULL, &err), -1);
	CHECK_CONTAINS(err.text, "clone a process with new namespaces (");
	CHECK_CONTAINS(err.text, "user namespaces are not permitted here");
	CHECK_CONTAINS(err.text, ": Operation not permitted");
}

static void words_what_was_wanted(void)
{
	scratch_run(0, as_nobody);
}

static void tells_one_process_from_another(void)
{
	CLEANUP(fd_close) int pidfd = -1;
	uint64_t started = 0, other = 0;
	char state = 0;

	CHECK_NUMBER(process_stat(getpid(), &started, &state, &err), 0);
	CHECK_NUMBER(state, 'R');
	CHECK(started > 0);
	pidfd = process_open_if_same(getpid(), started, &err);
	CHECK(pidfd >= 0);
	CHECK_NUMBER(process_open_if_same(getpid(), started + 1, &err), -2);
	CHECK_NUMBER(process_open_if_same(0, started, &err), -2);
	CHECK_NUMBER(process_stat(1 << 30, &other, &state, &err), 1);
	CHECK_NUMBER(process_wait_gone(pidfd, 20, &err), 1);
	CHECK_NUMBER(process_signal(pidfd, 0, &err), 0);
}

static void signals_by_descriptor(void)
{
	CLEANUP(fd_close) int pidfd = -1;
	int status = 0;
	pid_t pid = process_clone(0, -1, &pidfd, &err);

	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK_NUMBER(process_signal(pidfd, SIGKILL, &err), 0);
	CHECK_NUMBER(process_reap(pid, &status, &err), 0);
	CHECK_NUMBER(WTERMSIG(status), SIGKILL);
	CHECK_NUMBER(process_signal(pidfd, SIGTERM, &err), 1);
	CHECK_NUMBER(process_reap(pid, &status, &err), -1);
	CHECK_NUMBER(err.number, ECHILD);
}

static void signals_what_it_opens(void)
{
	CLEANUP(fd_close) int pidfd = -1;
	int status = 0;
	pid_t pid = process_clone(0, -1, NULL, &err);

	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK(!process_has_executed(pid));
	CHECK(process_has_executed(getpid()));
	pidfd = process_open(pid, &err);
	CHECK_NUMBER(process_wait_gone(pidfd, 20, &err), 1);
	CHECK_NUMBER(process_signal(pidfd, SIGTERM, &err), 0);
	CHECK_NUMBER(process_wait_gone(pidfd, 5000, &err), 0);
	CHECK_NUMBER(process_reap(pid, &status, &err), 0);
	CHECK_NUMBER(WTERMSIG(status), SIGTERM);
	CHECK_NUMBER(process_signal(pidfd, SIGTERM, &err), 1);
	CHECK_NUMBER(process_wait_gone(pidfd, -1, &err), 0);
}

static void works_without_pidfd_calls(void)
{
	setenv("HOY_TEST_ENOSYS", "pidfd_open,pidfd_send_signal", 1);
	tells_one_process_from_another();
	signals_by_descriptor();
	signals_what_it_opens();
	unsetenv("HOY_TEST_ENOSYS");
}

static void resets_signals(void)
{
	sigset_t all;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	CHECK_NUMBER(process_reset_signals(&err), 0);
	CHECK(signal(SIGPIPE, SIG_DFL) == SIG_DFL);
	CHECK(signal(SIGTERM, SIG_DFL) == SIG_DFL);
	sigprocmask(SIG_SETMASK, NULL, &all);
	CHECK(!sigismember(&all, SIGTERM));
}

static void changes_itself(void)
{
	CHECK_NUMBER(process_set_dumpable(false, &err), 0);
	CHECK_NUMBER(prctl(PR_GET_DUMPABLE), 0);
	CHECK_NUMBER(process_set_dumpable(true, &err), 0);
	CHECK_NUMBER(prctl(PR_GET_DUMPABLE), 1);
	CHECK_NUMBER(process_set_parent_death_signal(0, &err), 0);
	CHECK_NUMBER(process_set_parent_death_signal(1000, &err), -1);
}

/* --------------------------------------------------------------------- namespaces */

static void in_namespaces(void)
{
	CLEANUP(fd_close) int uts = namespace_open_own(CLONE_NEWUTS, false, &err);
	CLEANUP(fd_close) int net = -1;
	bool same = false, inside = true;

	CHECK_NUMBER(namespace_is_own(uts, CLONE_NEWUTS, &same, &err), 0);
	CHECK(same);
	CHECK_NUMBER(namespace_unshare(CLONE_NEWUTS, &err), 0);
	CHECK_NUMBER(namespace_is_own(uts, CLONE_NEWUTS, &same, &err), 0);
	CHECK(!same);
	CHECK_NUMBER(namespace_join(uts, CLONE_NEWUTS, &err), 0);
	CHECK_NUMBER(namespace_is_own(uts, CLONE_NEWUTS, &same, &err), 0);
	CHECK(same);
	net = namespace_open("/proc/self/ns/net", CLONE_NEWNET, &err);
	CHECK(net >= 0);
	CHECK_NUMBER(namespace_open("/proc/self/ns/net", CLONE_NEWPID, &err), -1);
	CHECK_STRING(err.text, "open pid namespace '/proc/self/ns/net': it is a network namespace");
	CHECK_NUMBER(namespace_open("/etc/passwd", CLONE_NEWPID, &err), -1);
	CHECK_STRING(err.text, "open pid namespace '/etc/passwd': it is not a namespace");
	CHECK_NUMBER(namespace_open("/none", CLONE_NEWUSER, &err), -1);
	CHECK_STRING(err.text, "open user namespace '/none': No such file or directory");
	CHECK_NUMBER(namespace_join(0, CLONE_NEWNET, &err), -1);
	CHECK_CONTAINS(err.text, "join network namespace: ");
	CHECK_NUMBER(namespace_in_user_namespace(&inside, &err), 0);
	CHECK(!inside);
}

static void maps_ids(void)
{
	int ready[2], status = 0;
	bool inside = false;
	pid_t pid;

	CHECK_NUMBER(pipe(ready), 0);
	pid = process_clone(CLONE_NEWUSER, -1, NULL, &err);
	if (pid == 0) {
		char byte;

		if (read(ready[0], &byte, 1) != 1 || namespace_in_user_namespace(&inside, &err) < 0)
			_exit(1);
		_exit(inside && getuid() == 0 && getgid() == 0 ? 0 : 2);
	}
	CHECK_NUMBER(namespace_write_uid_map(pid, "0 0 70000\n", &err), 0);
	CHECK_NUMBER(namespace_deny_setgroups(pid, &err), 0);
	CHECK_NUMBER(namespace_write_gid_map(pid, "0 0 1\n", &err), 0);
	CHECK_NUMBER(namespace_write_gid_map(pid, "0 0 1\n", &err), -1);
	CHECK_CONTAINS(err.text, "a map is written only once: Operation not permitted");
	CHECK_NUMBER(namespace_deny_setgroups(pid, &err), -1);
	CHECK_NUMBER(namespace_write_uid_map(1 << 30, "0 0 1\n", &err), -1);
	CHECK_NUMBER(err.number, ENOENT);
	CHECK_NUMBER(write(ready[1], "x", 1), 1);
	CHECK_NUMBER(process_reap(pid, &status, &err), 0);
	CHECK_NUMBER(status, 0);
	close(ready[0]);
	close(ready[1]);
}

static void joins_and_makes_namespaces(void) { scratch_run(0, in_namespaces); }
static void writes_id_maps(void) { scratch_run(0, maps_ids); }

int main(void)
{
	TEST(clones);
	TEST(words_what_was_wanted);
	TEST(tells_one_process_from_another);
	TEST(signals_by_descriptor);
	TEST(signals_what_it_opens);
	TEST(works_without_pidfd_calls);
	TEST(resets_signals);
	TEST(changes_itself);
	TEST(joins_and_makes_namespaces);
	TEST(writes_id_maps);
	return check_done();
}
