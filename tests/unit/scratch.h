/* For unit tests that change what only root may change: they do it in a process and in namespaces of their own. */
#pragma once

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/*
 * Run `body` in a new process with new namespaces (CLONE_NEW*), everything private. Its failed checks are ours.
 * False, with the reason in check_skipped, where this machine does not let us.
 */
static inline bool scratch_run(int namespaces, void (*body)(void))
{
	enum { PASSED, FAILED, REFUSED };
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		check_skipped = "needs root";
		return false;
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (unshare(namespaces | CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
			_exit(REFUSED);
		body();
		fflush(stdout);
		_exit(check_failed ? FAILED : PASSED);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		printf("# the process of this test did not end by itself\n");
		check_failed = true;
		return true;
	}
	if (WEXITSTATUS(status) == REFUSED)
		check_skipped = "root here may not make a mount namespace";
	else if (WEXITSTATUS(status) != PASSED)
		check_failed = true;
	return WEXITSTATUS(status) != REFUSED;
}
