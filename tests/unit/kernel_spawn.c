/* The fallbacks are only in a build with fault switches, so the files under test are compiled in
 * here. */
#ifndef TEST_FAULTS
#define TEST_FAULTS 1
#endif
#include "kernel/process.c"
#include "kernel/spawn.c"

#include <dirent.h>
#include <stdlib.h>

#include "check.h"

static struct error err;

static int shell_with(const char *script, const char *input, int64_t timeout)
{
	const char *const args[] = { "hook", "-c", script, NULL }, *const env[] = { "A=b", NULL };
	const struct spawn spawn = { .path = "/bin/sh", .args = args, .env = env, .input = input,
				     .timeout = timeout };

	return spawn_run(&spawn, &err);
}

static int shell(const char *script)
{
	return shell_with(script, NULL, 0);
}

static void tells_how_it_ended(void)
{
	CHECK_NUMBER(shell("exit 0"), 0);
	CHECK_NUMBER(shell("exit 3"), -1);
	CHECK_STRING(err.text, "run '/bin/sh': exit status 3");
	CHECK_NUMBER(shell("echo one; echo two >&2; exit 4"), -1);
	CHECK_STRING(err.text, "run '/bin/sh': exit status 4, output: one two");
	CHECK_NUMBER(shell("kill -9 $$"), -1);
	CHECK_STRING(err.text, "run '/bin/sh': killed by signal 9 (Killed)");
	CHECK_NUMBER(shell("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; exit 1"),
		     -1);
	CHECK_CONTAINS(err.text, "exit status 1, output: line 29");
	CHECK_CONTAINS(err.text, " line 2998 line 2999");
}

static void tells_why_it_did_not_run(void)
{
	const char *const args[] = { "x", NULL };
	struct spawn spawn = { .path = "/nonexistent", .args = args };

	CHECK_NUMBER(spawn_run(&spawn, &err), -1);
	CHECK_STRING(err.text, "run '/nonexistent': execute: No such file or directory");
	CHECK_NUMBER(err.number, ENOENT);
	spawn.path = "/etc/passwd";
	CHECK_NUMBER(spawn_run(&spawn, &err), -1);
	CHECK_STRING(err.text, "run '/etc/passwd': execute: Permission denied");
}

static void gives_it_what_was_said(void)
{
	char *large = malloc(300001);

	CHECK_NUMBER(shell("[ \"$A\" = b ] && [ \"$0\" = hook ] || [ $# = 0 ]"), 0);
	CHECK_NUMBER(shell_with("[ \"$(cat)\" = hello ]", "hello", 0), 0);
	CHECK_NUMBER(shell("[ -z \"$(cat)\" ]"), 0);
	memset(large, 'x', 300000);
	large[300000] = '\0';
	CHECK_NUMBER(shell_with("[ \"$(wc -c)\" = 300000 ]", large, 0), 0);
	/* Nobody reads: no SIGPIPE. */
	CHECK_NUMBER(shell_with("exit 0", large, 0), 0);
	CHECK_NUMBER(shell_with("exec <&-; sleep .05", large, 0), 0);
	free(large);
}

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void leaves_nothing_open(void)
{
	int before = count_descriptors(), extra = dup2(STDIN_FILENO, 9), status;

	CHECK_NUMBER(shell("[ -e /proc/$$/fd/2 ] && [ ! -e /proc/$$/fd/9 ] && [ ! -e /proc/$$/fd/3 "
			   "]"),
		     0);
	close(extra);
	CHECK_NUMBER(shell("exit 1"), -1);
	CHECK_NUMBER(count_descriptors(), before);
	CHECK_NUMBER(waitpid(-1, &status, WNOHANG), -1);
	CHECK_NUMBER(errno, ECHILD);
}

static void gives_standard_signals(void)
{
	sigset_t all;

	/* SIGPIPE and SIGCHLD ignored, all blocked, as some engine may leave it. */
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	CHECK_NUMBER(shell("while read k v; do case $k in SigBlk:|SigIgn:) [ $v = 0000000000000000 "
			   "] || exit 5;; esac; "
			   "done < /proc/self/status"),
		     0);
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	CHECK(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
	CHECK(signal(SIGPIPE, SIG_DFL) == SIG_IGN);
}

static void ends_it_when_the_time_is_over(void)
{
	int64_t start = clock_milliseconds();

	CHECK_NUMBER(shell_with("echo begun; sleep 100 & sleep 100", NULL, 1), -1);
	CHECK_STRING(err.text, "run '/bin/sh': killed, since it was not done after 1 seconds");
	CHECK(clock_milliseconds() - start < 5000);
	CHECK_NUMBER(shell_with("exit 0", NULL, INT64_MAX), 0);
	/* A daemon that keeps the output open holds nobody up. */
	start = clock_milliseconds();
	CHECK_NUMBER(shell_with("sleep 3 & echo said; exit 6", NULL, 0), -1);
	CHECK_STRING(err.text, "run '/bin/sh': exit status 6, output: said");
	CHECK(clock_milliseconds() - start < 2000);
}

static void works_without_the_new_calls(void)
{
	setenv("HOY_TEST_ENOSYS", "clone3,pidfd_open", 1);
	tells_how_it_ended();
	gives_it_what_was_said();
	unsetenv("HOY_TEST_ENOSYS");
}

static void works_with_closed_standard_descriptors(void)
{
	int saved = fcntl(0, F_DUPFD_CLOEXEC, 10);

	close(0);
	CHECK_NUMBER(shell_with("[ \"$(cat)\" = hello ]", "hello", 0), 0);
	CHECK_NUMBER(shell("echo x; exit 2"), -1);
	CHECK_STRING(err.text, "run '/bin/sh': exit status 2, output: x");
	dup2(saved, 0);
	close(saved);
}

int main(void)
{
	TEST(tells_how_it_ended);
	TEST(tells_why_it_did_not_run);
	TEST(gives_it_what_was_said);
	TEST(leaves_nothing_open);
	TEST(gives_standard_signals);
	TEST(ends_it_when_the_time_is_over);
	TEST(works_without_the_new_calls);
	TEST(works_with_closed_standard_descriptors);
	return check_done();
}
