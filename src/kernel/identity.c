#include <errno.h>
#include <grp.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/attributes.h"
#include "kernel/explain.h"
#include "kernel/identity.h"

/* The sets go to and from the kernel as two halves of 32 bits: capget(2). */
struct kernel_sets {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct half[_LINUX_CAPABILITY_U32S_3];
};

#define KERNEL_SETS { .head = { .version = _LINUX_CAPABILITY_VERSION_3 } }

static uint64_t join(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

/* libcap asked the kernel when the program started. */
static int last_capability(void)
{
	return (int)cap_max_bits() - 1;
}

int identity_last_capability(int *last, struct error *err)
{
	*last = last_capability();
	if (*last < 0)
		return fail(err, ERROR_SYSTEM, "find the last capability: the kernel knows none");
	return 0;
}

int identity_get_capabilities(struct capability_sets *sets, struct error *err)
{
	struct kernel_sets kernel = KERNEL_SETS;
	int i;

	if (capget(&kernel.head, kernel.half) < 0)
		return fail_errno(err, "read the caller's capabilities");
	*sets = (struct capability_sets){
		.effective = join(kernel.half[0].effective, kernel.half[1].effective),
		.permitted = join(kernel.half[0].permitted, kernel.half[1].permitted),
		.inheritable = join(kernel.half[0].inheritable, kernel.half[1].inheritable),
	};
	for (i = 0; i <= last_capability(); i++) {
		if (prctl(PR_CAPBSET_READ, (unsigned long)i, 0, 0, 0) == 1)
			sets->bounding |= 1ULL << i;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, (unsigned long)i, 0, 0) == 1)
			sets->ambient |= 1ULL << i;
	}
	return 0;
}

int identity_set_groups(const gid_t *groups, size_t len, struct error *err)
{
	const char *why = NULL;

	if (setgroups(len, groups) == 0)
		return 0;
	if (errno == EPERM)
		why = "needs CAP_SETGID, and a user namespace whose /proc/self/setgroups is not "
		      "'deny'";
	else if (errno == EINVAL)
		why = "one of them is not mapped in this user namespace";
	return fail_explained(err, why, "set %zu supplementary groups", len);
}

int identity_set_ids(uid_t uid, gid_t gid, struct error *err)
{
	if (setresgid(gid, gid, gid) < 0)
		return fail_explained(err, errno == EINVAL ? "not mapped in this user namespace" :
				      errno == EPERM ? "needs CAP_SETGID" : NULL,
				      "become group %u", (unsigned int)gid);
	if (setresuid(uid, uid, uid) < 0)
		return fail_explained(err, errno == EINVAL ? "not mapped in this user namespace" :
				      errno == EPERM ? "needs CAP_SETUID" :
				      errno == EAGAIN ? "RLIMIT_NPROC is reached" : NULL,
				      "become user %u", (unsigned int)uid);
	return 0;
}

int identity_drop_bounding(uint64_t keep, struct error *err)
{
	int i;

	for (i = 0; i <= last_capability(); i++) {
		/* Only what is really there, so that nothing to drop needs no right to drop. */
		if (keep & (1ULL << i) || prctl(PR_CAPBSET_READ, (unsigned long)i, 0, 0, 0) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, (unsigned long)i, 0, 0, 0) < 0)
			return fail_explained(err, errno == EPERM ? "needs CAP_SETPCAP" : NULL,
					      "drop capability %d from the bounding set", i);
	}
	return 0;
}

static int raise_ambient(uint64_t wanted, struct error *err)
{
	static const char why[] = "it must be permitted and inheritable too";
	int i;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return fail_errno(err, "clear the ambient capabilities");
	for (i = 0; i < 64; i++) {
		if (!(wanted & (1ULL << i)))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)i, 0, 0) < 0)
			return fail_explained(err, why, "raise ambient capability %d", i);
	}
	return 0;
}

int identity_become(uid_t uid, gid_t gid, const struct capability_sets *sets, struct error *err)
{
	struct kernel_sets kernel = KERNEL_SETS;
	int i;

	/* Leaving user 0 would empty the permitted set before it is cut to what was asked for. */
	if (prctl(PR_SET_KEEPCAPS, 1UL, 0, 0, 0) < 0)
		return fail_errno(err, "keep capabilities over the change of user");
	if (identity_set_ids(uid, gid, err) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		kernel.half[i].effective = (uint32_t)(sets->effective >> (32 * i));
		kernel.half[i].permitted = (uint32_t)(sets->permitted >> (32 * i));
		kernel.half[i].inheritable = (uint32_t)(sets->inheritable >> (32 * i));
	}
	if (capset(&kernel.head, kernel.half) < 0)
		return fail_explained(err, "more than the caller has, or inheritable ones outside "
				      "the bounding set", "set the capabilities");
	if (raise_ambient(sets->ambient, err) < 0)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, 0UL, 0, 0, 0) < 0)
		return fail_errno(err, "stop keeping capabilities");
	return 0;
}

int identity_no_new_privileges(struct error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0, 0, 0) < 0)
		return fail_errno(err, "set no_new_privs");
	return 0;
}
