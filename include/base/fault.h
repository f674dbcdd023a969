/*
 * Faults for tests, in a build with -DTEST_FAULTS only; elsewhere nothing of this is in the
 * program.
 *
 * HOY_TEST_ENOSYS is a comma list of system calls ("openat2,close_range,clone3") that are to behave
 * as on a kernel without them, so that every fallback can be exercised on a new kernel.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

/*
 * True, with errno ENOSYS, when `call` is on that list: the wrapper then returns -1 in place of
 * calling.
 */
static inline bool fault_enosys(const char *call)
{
#ifdef TEST_FAULTS
	const char *list = getenv("HOY_TEST_ENOSYS");
	size_t len = strlen(call);

	while (list && *list) {
		if (strncmp(list, call, len) == 0 && (list[len] == ',' || list[len] == '\0')) {
			errno = ENOSYS;
			return true;
		}
		list = strchr(list, ',');
		list = list ? list + 1 : NULL;
	}
#else
	(void)call;
#endif
	return false;
}

/*
 * A point where a test can make hoy fail or die: "mounts" in HOY_TEST_FAIL fails there, in
 * HOY_TEST_KILL the process is killed there, as by SIGKILL from outside. Steps of the child have
 * their own names, those of the host begin with "host-".
 */
static inline int fault_step(const char *name, struct error *err)
{
#ifdef TEST_FAULTS
	const char *wanted = getenv("HOY_TEST_FAIL");

	if (wanted && strcmp(wanted, name) == 0)
		return fail(err, ERROR_SYSTEM, "fail in step '%s' because a test asked for it", name);
	wanted = getenv("HOY_TEST_KILL");
	if (wanted && strcmp(wanted, name) == 0) {
		raise(SIGKILL);
		/* The first process of a PID namespace cannot kill itself (pid_namespaces(7)). */
		_exit(128 + SIGKILL);
	}
#else
	(void)name;
	(void)err;
#endif
	return 0;
}
