/* Namespaces: open by path, join, unshare, ID maps. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* "pid", "network" … of a CLONE_NEW* flag: for messages. */
const char *namespace_name(int type);

/*
 * Open the namespace file at `path` and make sure that it is a namespace and of that kind (ioctl
 * NS_GET_NSTYPE): a wrong one is an error before anything is made.
 */
MUST_CHECK int namespace_open(const char *path, int type, struct error *err);

/*
 * /proc/self/ns/X of the calling process (for "pid" and "time" the *_for_children one with
 * `for_children`).
 */
MUST_CHECK int namespace_open_own(int type, bool for_children, struct error *err);

/*
 * True when the two descriptors are the same namespace, or `fd` is the caller's own of that type.
 */
MUST_CHECK int namespace_is_own(int fd, int type, bool *same, struct error *err);

/*
 * setns(2) to a namespace file (type = one flag), or to several of a process (pidfd, type =
 * several flags).
 */
MUST_CHECK int namespace_join(int fd, int type, struct error *err);

/* unshare(2). */
MUST_CHECK int namespace_unshare(int flags, struct error *err);

/*
 * Write /proc/PID/uid_map, gid_map, setgroups ("deny") of a child: one write each, as the kernel
 * demands (user_namespaces(7)).
 */
MUST_CHECK int namespace_write_uid_map(pid_t pid, const char *map, struct error *err);
MUST_CHECK int namespace_write_gid_map(pid_t pid, const char *map, struct error *err);
MUST_CHECK int namespace_deny_setgroups(pid_t pid, struct error *err);

/*
 * True when the caller is in a user namespace that is not the first one (its uid_map is not the
 * identity over all IDs).
 */
MUST_CHECK int namespace_in_user_namespace(bool *inside, struct error *err);

/*
 * The kinds (CLONE_NEW* together) in which the process `pid` is in another namespace than the
 * caller. The PID may have been used again since it was learnt: the caller holds a pidfd and looks
 * whether that process still lives afterwards.
 */
MUST_CHECK int namespace_differing(pid_t pid, int *types, struct error *err);

/*
 * The namespace of kind `type` that the process `pid` is in. The same caution as above about a PID
 * that is used again.
 */
MUST_CHECK int namespace_open_of(pid_t pid, int type, struct error *err);
