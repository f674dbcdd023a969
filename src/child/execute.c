#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "child/steps.h"
#include "kernel/process.h"
#include "link/link.h"

/* execvp(3)'s, where the environment has no PATH. */
#define DEFAULT_SEARCH "/bin:/usr/bin"

/*
 * Close what the program is not to have, long before its execve: the child that waits for `start`
 * can be looked into by others of the container. Kept: stdio, what --preserve-fds passes, the link,
 * the two FIFOs, all of these but the first two kinds close-on-exec.
 */
int close_descriptors(struct child *child, struct error *err)
{
	const struct plan *plan = child->plan;
	int keep[] = {child->link, plan->start_fd, plan->report_fd};

	fd_close(&child->root);
	fd_close(&child->proc);
	return fd_close_from(3 + plan->process.preserve_fds, keep, COUNT(keep), err);
}

/* 0: it is one that we may execute; else an errno. */
static int try_program(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return errno;
	if (S_ISDIR(status.st_mode))
		return EISDIR;
	if (!S_ISREG(status.st_mode) || !(status.st_mode & 0111))
		return EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 && errno == EACCES ? EACCES : 0;
}

static int search_program(struct child *child, const char *name, const char *search,
			  struct error *err)
{
	int seen = ENOENT, result;
	size_t len;

	for (;; search += len + 1) {
		len = strcspn(search, ":");
		snprintf(child->program, sizeof(child->program), "%.*s%s%s", (int)len, search,
			 len ? "/" : "./", name);
		result = try_program(child->program);
		if (!result)
			return 0;
		if (result == EACCES)
			seen = EACCES;
		if (!search[len])
			break;
	}
	/* The words are runc's: engines make exit codes 126 and 127 of them. */
	if (seen == EACCES)
		return fail(err, ERROR_CONFIG, "exec: \"%s\": permission denied", name);
	return fail(err, ERROR_CONFIG, "exec: \"%s\": executable file not found in $PATH", name);
}

int find_program(struct child *child, struct error *err)
{
	const struct plan_process *process = &child->plan->process;
	const char *name = process->args[0];
	int result;

	if (!strchr(name, '/'))
		return search_program(child, name,
				      process->search ? process->search : DEFAULT_SEARCH, err);
	if ((size_t)snprintf(child->program, sizeof(child->program), "%s", name) >=
	    sizeof(child->program))
		result = ENAMETOOLONG;
	else
		result = try_program(name);
	if (!result)
		return 0;
	errno = result;
	/* Go's words for errors begin small, and engines match them without regard to case. */
	if (result == EACCES)
		return fail(err, ERROR_CONFIG, "exec: \"%s\": permission denied", name);
	if (result == ENOENT)
		return fail(err, ERROR_CONFIG, "exec: \"%s\": stat %s: no such file or directory",
			    name, name);
	if (result == EISDIR)
		return fail(err, ERROR_CONFIG, "exec: \"%s\": is a directory", name);
	return fail_errno(err, "exec: \"%s\"", name);
}

int report_created(struct child *child, struct error *err)
{
	if (link_send(child->link, LINK_CREATED, err) < 0)
		return -1;
	return link_expect(child->link, LINK_SAVED, err);
}

int wait_for_start(struct child *child, struct error *err)
{
	char byte;
	ssize_t got;

	if (child->plan->start_fd < 0)
		return 0;
	fd_close(&child->link);
	do
		got = read(child->plan->start_fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	/* Never an end of file: this very descriptor can write as well. */
	return got == 1 ? 0 : fail_errno(err, "wait for start");
}

/*
 * Tell whoever waits that only execve is left; the end of file behind it, when close-on-exec does
 * its work, is success.
 */
static int announce(struct child *child, struct error *err)
{
	const char executing = LINK_REPORT_EXECUTING;

	if (child->link >= 0)
		return link_send(child->link, LINK_EXECUTING, err);
	if (write(child->plan->report_fd, &executing, 1) < 0)
		return fail_errno(err, "report to start");
	return 0;
}

int execute(struct child *child, struct error *err)
{
	const struct plan_process *process = &child->plan->process;

	if (child->home) {
		/* The plan left room for one more; this is our own copy of it. */
		const char **env = (const char **)(uintptr_t)process->env;

		env[process->env_len] = child->home;
		env[process->env_len + 1] = NULL;
	}
	if (announce(child, err) < 0)
		return -1;
	execve(child->program, (char *const *)(uintptr_t)process->args,
	       (char *const *)(uintptr_t)process->env);
	if (errno == ENOENT)
		return fail(err, ERROR_CONFIG,
			    "exec: \"%s\": its interpreter is missing: no such file or directory",
			    process->args[0]);
	if (errno == EACCES)
		return fail(err, ERROR_CONFIG, "exec: \"%s\": permission denied", process->args[0]);
	return fail_errno(err, "exec: \"%s\"", process->args[0]);
}
