/* Users, groups, capability sets. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Bit N is capability N. */
struct capability_sets {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* The highest capability that the running kernel knows (/proc/sys/kernel/cap_last_cap). */
MUST_CHECK int identity_last_capability(int *last, struct error *err);

/* The caller's sets. */
MUST_CHECK int identity_get_capabilities(struct capability_sets *sets, struct error *err);

/* setgroups(2) to exactly these. EPERM explains /proc/self/setgroups. */
MUST_CHECK int identity_set_groups(const gid_t *groups, size_t len, struct error *err);

/* setresgid, then setresuid. EINVAL explains: not mapped in this user namespace. */
MUST_CHECK int identity_set_ids(uid_t uid, gid_t gid, struct error *err);

/*
 * In the order that keeps each step possible: drop the bounding set (needs CAP_SETPCAP), keep
 * capabilities over the change of user (PR_SET_KEEPCAPS), setresgid/setresuid,
 * effective/permitted/inheritable, ambient. capabilities(7). Split in two, since chdir and the
 * rest come in between:
 */
MUST_CHECK int identity_drop_bounding(uint64_t keep, struct error *err);
MUST_CHECK int identity_become(uid_t uid, gid_t gid, const struct capability_sets *sets,
			       struct error *err);

/* PR_SET_NO_NEW_PRIVS. */
MUST_CHECK int identity_no_new_privileges(struct error *err);
