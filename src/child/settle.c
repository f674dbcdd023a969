#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "child/steps.h"
#include "kernel/label.h"
#include "kernel/limits.h"
#include "kernel/mount.h"
#include "kernel/network.h"

static int write_sysctls(struct child *child, struct error *err)
{
	const struct plan_sysctl *sysctl;
	CLEANUP(text_finish) struct text file = {0};
	size_t i;

	if (!child->plan->sysctls.len)
		return 0;
	/*
	 * Never through the container's own /proc, where something else may be mounted
	 * (CVE-2025-52881).
	 */
	child->proc = mount_private_proc(false, err);
	if (child->proc < 0)
		return -1;
	for (i = 0; i < child->plan->sysctls.len; i++) {
		sysctl = &child->plan->sysctls.at[i];
		file.len = 0;
		text_printf(&file, "sys/%s", sysctl->file);
		if (mount_proc_write(child->proc, text_get(&file), sysctl->value, err) < 0)
			return wrap(err, "%s", sysctl->origin);
	}
	return 0;
}

int settle(struct child *child, struct error *err)
{
	const struct plan *plan = child->plan;

	if (plan->hostname && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
		return fail_errno(err, "hostname: set the host name to '%s'", plan->hostname);
	if (plan->domainname && setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
		return fail_errno(err, "domainname: set the domain name to '%s'", plan->domainname);
	if (plan->namespaces.create & CLONE_NEWNET && network_loopback_up(err) < 0)
		return -1;
	return write_sysctls(child, err);
}

/*
 * A missing working folder is made, as runc does; a root that is read-only already says so later,
 * in chdir.
 */
int make_cwd(struct child *child, struct error *err)
{
	const char *cwd = child->plan->process.cwd;
	CLEANUP(fd_close) int fd = path_try_open_in(child->root, cwd, O_PATH | O_DIRECTORY, err);

	if (fd == -1)
		return wrap(err, "process.cwd");
	if (fd >= 0)
		return 0;
	fd = path_make_in(child->root, cwd, PATH_DIRECTORY, NULL, err);
	return fd < 0 ? wrap(err, "process.cwd") : 0;
}

int set_limits(struct child *child, struct error *err)
{
	const struct plan_process *process = &child->plan->process;
	const struct plan_rlimit *rlimit;
	size_t i;

	if (process->rlimits_by_host)
		return 0;
	for (i = 0; i < process->rlimits.len; i++) {
		rlimit = &process->rlimits.at[i];
		if (limits_set_rlimit(0, rlimit->resource, rlimit->soft, rlimit->hard, err) < 0)
			return wrap(err, "%s", rlimit->origin);
	}
	return 0;
}

int new_keyring(struct child *child, struct error *err)
{
	CLEANUP(text_finish) struct text name = {0};

	if (!child->plan->process.new_keyring)
		return 0;
	text_printf(&name, "_ses.%s", child->plan->id);
	return label_new_session_keyring(text_get(&name), err) < 0 ? -1 : 0;
}
