#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "kernel/explain.h"
#include "kernel/limits.h"

/* "unlimited" or the number, for messages. */
static const char *spell(uint64_t value, char *text, size_t size)
{
	if (value == RLIM_INFINITY)
		return "unlimited";
	snprintf(text, size, "%" PRIu64, value);
	return text;
}

static const char *name_limit(int resource)
{
	static const char *const names[] = {
		[RLIMIT_AS] = "RLIMIT_AS",
		[RLIMIT_CORE] = "RLIMIT_CORE",
		[RLIMIT_CPU] = "RLIMIT_CPU",
		[RLIMIT_DATA] = "RLIMIT_DATA",
		[RLIMIT_FSIZE] = "RLIMIT_FSIZE",
		[RLIMIT_LOCKS] = "RLIMIT_LOCKS",
		[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
		[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
		[RLIMIT_NICE] = "RLIMIT_NICE",
		[RLIMIT_NOFILE] = "RLIMIT_NOFILE",
		[RLIMIT_NPROC] = "RLIMIT_NPROC",
		[RLIMIT_RSS] = "RLIMIT_RSS",
		[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
		[RLIMIT_RTTIME] = "RLIMIT_RTTIME",
		[RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
		[RLIMIT_STACK] = "RLIMIT_STACK",
	};

	if (resource < 0 || (size_t)resource >= COUNT(names) || !names[resource])
		return "an unknown limit";
	return names[resource];
}

int limits_set_rlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard, struct error *err)
{
	const struct rlimit64 limit = { .rlim_cur = soft, .rlim_max = hard };
	char soft_text[24], hard_text[24];
	const char *why = NULL;

	if (prlimit64(pid, (__rlimit_resource_t)resource, &limit, NULL) == 0)
		return 0;
	if (errno == EPERM && resource == RLIMIT_NOFILE)
		why = "raising the hard limit needs CAP_SYS_RESOURCE, and fs.nr_open is the highest";
	else if (errno == EPERM)
		why = "raising the hard limit needs CAP_SYS_RESOURCE";
	else if (errno == EINVAL && soft > hard)
		why = "the soft limit is above the hard one";
	return fail_explained(err, why, "set %s to soft %s, hard %s", name_limit(resource),
			      spell(soft, soft_text, sizeof(soft_text)),
			      spell(hard, hard_text, sizeof(hard_text)));
}

int limits_set_oom_score_adj(pid_t pid, int value, struct error *err)
{
	char path[64] = "/proc/self/oom_score_adj", text[16];
	CLEANUP(fd_close) int fd = -1;
	const char *why = NULL;

	if (pid != 0)
		snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	snprintf(text, sizeof(text), "%d", value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "open '%s'", path);
	if (fd_write_all(fd, text, strlen(text)) >= 0)
		return 0;
	if (errno == EACCES || errno == EPERM)
		why = "lowering it needs CAP_SYS_RESOURCE";
	else if (errno == EINVAL)
		why = "it must be between -1000 and 1000";
	return fail_explained(err, why, "write '%s' to '%s'", text, path);
}
