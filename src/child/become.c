#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "child/steps.h"
#include "kernel/filter.h"
#include "kernel/identity.h"
#include "kernel/process.h"

/* passwd(5) lines longer than that are nobody's. */
#define PASSWD_LIMIT (1 << 20)

/*
 * Descriptors 0 to 2 belong to the program's user: a server that is not root opens /dev/stderr
 * again. What cannot be given away (another namespace's file, a read-only filesystem) stays as it
 * is, and the null device is everybody's.
 */
static int give_stdio(uid_t uid, struct error *err)
{
	struct stat status;
	int fd;

	for (fd = 0; fd <= 2; fd++) {
		if (fstat(fd, &status) < 0)
			return fail_errno(err, "look at descriptor %d", fd);
		if (status.st_uid == uid ||
		    (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)))
			continue;
		/* The group stays: a terminal's is tty's. */
		if (fchown(fd, uid, status.st_gid) < 0 && errno != EINVAL && errno != EPERM &&
		    errno != EROFS && errno != ENOSYS)
			return fail_errno(err, "give descriptor %d to user %u", fd, uid);
	}
	return 0;
}

/* A working folder that leads out of the container has no path in it (CVE-2024-21626). */
static int check_cwd(const char *cwd, struct error *err)
{
	char path[PATH_MAX];

	if (!getcwd(path, sizeof(path)) || path[0] != '/')
		return fail(err, ERROR_CONFIG, "process.cwd: '%s' is not inside the container",
			    cwd);
	return 0;
}

/*
 * The home of `uid` in an /etc/passwd's text, which is changed. Numbers are numbers here, never
 * names (CVE-2016-3697).
 */
static const char *home_of(char *text, uid_t uid)
{
	char *line, *field, *rest, *line_rest = NULL;
	uint32_t number;
	int column;

	for (line = strtok_r(text, "\n", &line_rest); line;
	     line = strtok_r(NULL, "\n", &line_rest)) {
		rest = line;
		for (column = 0; (field = strsep(&rest, ":")) && column < 5; column++)
			if (column == 2 && (!text_to_u32(field, &number) || number != uid))
				break;
		if (field && column == 5 && field[0])
			return field;
	}
	return NULL;
}

/*
 * HOME from the container's own /etc/passwd, "/" where that says nothing. Read by hand: NSS would
 * load the container's code.
 */
static int find_home(struct child *child, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(text_finish) struct text line = {0};
	const char *home = NULL;
	struct stat status;
	char *text = NULL;
	size_t len;

	/* O_NONBLOCK: a FIFO in its place must not stop us. */
	fd = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    fd_read_whole(fd, PASSWD_LIMIT, &text, &len, "/etc/passwd", err) == 0)
		home = home_of(text, child->plan->process.uid);
	text_printf(&line, "HOME=%s", home ? home : "/");
	free(text);
	child->home = strdup(text_get(&line));
	return child->home ? 0 : fail_errno(err, "remember HOME");
}

static int change_user(const struct plan_process *process, struct error *err)
{
	const struct capability_sets sets = {
	    .bounding = process->capabilities.bounding,
	    .effective = process->capabilities.effective,
	    .permitted = process->capabilities.permitted,
	    .inheritable = process->capabilities.inheritable,
	    .ambient = process->capabilities.ambient,
	};

	if (identity_drop_bounding(sets.bounding, err) < 0)
		return wrap(err, "process.capabilities.bounding");
	if (process->set_groups &&
	    identity_set_groups(process->groups.at, process->groups.len, err) < 0)
		return wrap(err, "process.user.additionalGids");
	if (identity_become(process->uid, process->gid, &sets, err) < 0)
		return wrap(err, "process.user");
	return 0;
}

int become(struct child *child, struct error *err)
{
	const struct plan_process *process = &child->plan->process;

	umask(process->umask);
	if (give_stdio(process->uid, err) < 0)
		return -1;
	if (process->find_home && find_home(child, err) < 0)
		return -1;
	/*
	 * As root and, if that fails, as the user: one may be barred from a 0700 home, the other
	 * from an NFS folder.
	 */
	child->in_cwd = chdir(process->cwd) == 0;
	if (change_user(process, err) < 0)
		return -1;
	if (!child->in_cwd && chdir(process->cwd) < 0)
		return fail_errno(err, "process.cwd: change to '%s'", process->cwd);
	if (check_cwd(process->cwd, err) < 0)
		return -1;
	if (process->no_new_privileges && identity_no_new_privileges(err) < 0)
		return -1;
	/*
	 * The host may go now: from here on the end of the link tells us, and a created container
	 * outlives `create`.
	 */
	return process_set_parent_death_signal(0, err);
}

static int load_filter(const struct plan *plan, struct error *err)
{
	if (!plan->seccomp.program.len)
		return 0;
	if (filter_load_seccomp(plan->seccomp.program.at, plan->seccomp.program.len,
				plan->seccomp.flags, err) < 0)
		return wrap(err, "linux.seccomp");
	return 0;
}

int filter_early(struct child *child, struct error *err)
{
	return child->plan->process.no_new_privileges ? 0 : load_filter(child->plan, err);
}

int filter_late(struct child *child, struct error *err)
{
	return child->plan->process.no_new_privileges ? load_filter(child->plan, err) : 0;
}
