#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "cgroup/files.h"
#include "cgroup/processes.h"
#include "kernel/explain.h"

static const char *why_not(void)
{
	switch (errno) {
	case ENOENT:
		return "it has gone, or is the root of the hierarchy, which has no such file";
	case ENODEV:
		return "it has gone";
	case EACCES:
	case EPERM:
		return "it belongs to another user";
	default:
		return NULL;
	}
}

int cgroup_freeze(int fd, const char *path, int milliseconds, struct error *err)
{
	int result = processes_include_caller(fd, path, err);

	if (result < 0)
		return -1;
	if (result > 0)
		return fail(err, ERROR_STATE, "freeze cgroup '%s': the caller is in it", path);
	if (files_write(fd, "cgroup.freeze", "1") < 0)
		return fail_explained(err, why_not(), "freeze cgroup '%s'", path);
	result = files_wait_event(fd, "frozen", 1, milliseconds);
	if (result == 0)
		return 0;
	if (result < 0)
		fail_explained(err, why_not(), "freeze cgroup '%s'", path);
	else
		fail(err, ERROR_SYSTEM,
		     "freeze cgroup '%s': not frozen after %d ms, so it was thawed again", path,
		     milliseconds);
	(void)files_write(fd, "cgroup.freeze", "0");
	return -1;
}

int cgroup_thaw(int fd, const char *path, int milliseconds, struct error *err)
{
	int result;

	if (files_write(fd, "cgroup.freeze", "0") < 0)
		return fail_explained(err, why_not(), "thaw cgroup '%s'", path);
	result = files_wait_event(fd, "frozen", 0, milliseconds);
	if (result < 0)
		return fail_explained(err, why_not(), "thaw cgroup '%s'", path);
	if (result > 0)
		return fail(err, ERROR_SYSTEM,
			    "thaw cgroup '%s': still frozen after %d ms, is one above it frozen?",
			    path, milliseconds);
	return 0;
}

int cgroup_is_frozen(int fd, bool *frozen, struct error *err)
{
	char text[FILE_SIZE];

	*frozen = false;
	if (files_read(fd, "cgroup.freeze", text) == 0)
		*frozen = strcmp(text, "1") == 0;
	else if (errno != ENOENT && errno != ENODEV)
		return fail_errno(err, "read cgroup.freeze");
	return 0;
}

/* Who has gone needs no killing. */
static int kill_all(int fd)
{
	if (files_write(fd, "cgroup.kill", "1") == 0 || errno == ENODEV)
		return 0;
	if (errno != ENOENT)
		return -1;
	/* Gone, or a kernel without that file? */
	if (faccessat(fd, "cgroup.procs", F_OK, 0) < 0)
		return 0;
	errno = ENOENT;
	return -1;
}

int cgroup_kill(int fd, const char *path, int milliseconds, struct error *err)
{
	const char *why = NULL;
	int result = processes_include_caller(fd, path, err);

	if (result < 0)
		return -1;
	if (result > 0)
		return fail(err, ERROR_STATE, "kill all in cgroup '%s': the caller is in it", path);
	if (kill_all(fd) < 0) {
		if (errno == ENOENT)
			why = "cgroup.kill is missing: the kernel is older than 5.14, or it is the "
			      "root of the hierarchy";
		else if (errno == EOPNOTSUPP)
			why = "it is threaded";
		return fail_explained(err, why ? why : why_not(), "kill all in cgroup '%s'", path);
	}
	result = files_wait_event(fd, "populated", 0, milliseconds);
	if (result < 0 && (errno == ENODEV || errno == ENOENT))
		return 0;
	if (result < 0)
		return fail_errno(err, "wait until cgroup '%s' is empty", path);
	return result;
}
