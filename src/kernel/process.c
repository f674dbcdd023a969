#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fault.h"
#include "kernel/explain.h"
#include "kernel/namespace.h"
#include "kernel/process.h"

/* --------------------------------------------------------------------- clone */

static pid_t new_clone(uint64_t flags, int cgroup_fd, int *pidfd)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };

	if (fault_enosys("clone3"))
		return -1;
	/* The parent's parent is told with the parent's own signal; naming one is EINVAL. */
	if (flags & CLONE_PARENT)
		args.exit_signal = 0;
	if (pidfd) {
		args.flags |= CLONE_PIDFD;
		args.pidfd = (uint64_t)(uintptr_t)pidfd;
	}
	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static pid_t old_clone(uint64_t flags, int cgroup_fd, int *pidfd)
{
	unsigned long all = (unsigned long)flags | SIGCHLD | (pidfd ? CLONE_PIDFD : 0);

	/* CLONE_NEWTIME lies where clone(2) has the signal, CLONE_INTO_CGROUP beyond 32 bits. */
	if (cgroup_fd >= 0 || (flags & CLONE_NEWTIME)) {
		errno = ENOSYS;
		return -1;
	}
#if defined(__s390__)
	return (pid_t)syscall(SYS_clone, NULL, all, pidfd, NULL, 0);
#else
	return (pid_t)syscall(SYS_clone, all, NULL, pidfd, NULL, 0);
#endif
}

static const char *why_no_clone(uint64_t flags, int cgroup_fd)
{
	switch (errno) {
	case EPERM:
		if (flags & CLONE_NEWUSER)
			return "user namespaces are not permitted here (a sysctl, a security "
			       "module, a seccomp profile or a chroot forbids them)";
		return flags ? "needs CAP_SYS_ADMIN" : NULL;
	case ENOSPC:
	case EUSERS:
		return "a limit is reached (/proc/sys/user/max_*_namespaces, or 32 levels)";
	case EAGAIN:
		return "a limit on processes is reached (RLIMIT_NPROC, pids.max or kernel.pid_max)";
	case ENOMEM:
		return "no memory, or the first process of the PID namespace has ended";
	case EINVAL:
		return flags ? "the kernel is built without one of these namespaces" : NULL;
	case EACCES:
		if (cgroup_fd >= 0)
			return "the caller may not write to cgroup.procs of the cgroup, or of the "
			       "nearest ancestor that it has in common with the caller's own";
		return NULL;
	case EBUSY:
		return cgroup_fd >= 0 ? "the cgroup has controllers enabled for its children"
				      : NULL;
	case EOPNOTSUPP:
		return cgroup_fd >= 0 ? "the cgroup is threaded, or below a threaded one" : NULL;
	case ENODEV:
		return cgroup_fd >= 0 ? "the cgroup has been removed" : NULL;
	default:
		return NULL;
	}
}

pid_t process_clone(uint64_t flags, int cgroup_fd, int *pidfd, struct error *err)
{
	const char *before = "", *why;
	char names[160] = "";
	size_t len = 0;
	pid_t pid;
	int bit;

	pid = new_clone(flags, cgroup_fd, pidfd);
	/* EPERM: a seccomp profile that does not know it. Without rights clone(2) says the same. */
	if (pid < 0 &&
	    (errno == ENOSYS || (errno == EPERM && cgroup_fd < 0 && !(flags & CLONE_NEWTIME))))
		pid = old_clone(flags, cgroup_fd, pidfd);
	if (pid >= 0)
		return pid;
	why = why_no_clone(flags, cgroup_fd);
	for (bit = 0; bit < 32; bit++) {
		const char *name = flags & (1ULL << bit) ? namespace_name((int)(1U << bit)) : NULL;

		if (!name || len >= sizeof(names))
			continue;
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", before, name);
		before = ", ";
	}
	return fail_explained(err, why, "clone a process%s%s%s%s",
			      len ? " with new namespaces (" : "", names, len ? ")" : "",
			      cgroup_fd >= 0 ? " into a cgroup" : "");
}

/* ------------------------------------------------------------- the caller itself */

int process_set_dumpable(bool dumpable, struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, dumpable ? 1UL : 0UL, 0, 0, 0) < 0)
		return fail_errno(err, "turn %s", dumpable ? "dumpable" : "non-dumpable");
	return 0;
}

int process_set_parent_death_signal(int signal, struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0) < 0)
		return fail_errno(err, "set the parent death signal to %d", signal);
	return 0;
}

int process_reset_signals(struct error *err)
{
	/* Zeroed it is SIG_DFL in the kernel's own layout, whatever the processor. */
	static const unsigned long standard[16];
	sigset_t none;
	int number;

	/* By syscall(2), since libc hides the two signals that it keeps for threads. */
	for (number = 1; number < _NSIG; number++) {
		if (number == SIGKILL || number == SIGSTOP)
			continue;
		if (syscall(SYS_rt_sigaction, number, standard, NULL, _NSIG / 8) < 0)
			return fail_errno(err, "reset signal %d", number);
	}
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return fail_errno(err, "unblock all signals");
	return 0;
}
