/*
 * Mounts, by descriptor only: made detached (fsopen, open_tree), given their flags
 * (mount_setattr), moved onto descriptors (move_mount). No function here takes a path inside a
 * container. Failures name all operands ("mount tmpfs on '/dev' (nosuid,size=64k)") and explain
 * errnos that mislead, as mount(2) and mount_setattr(2) tell.
 *
 * Where the new calls answer ENOSYS, mount(2) onto a verified /proc/self/fd/N is used.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * A detached clone of what is at `path` below directory `dirfd` (AT_FDCWD: the caller's own tree,
 * only for sources that config.json names; "" with a descriptor: what it shows). Follows symbolic
 * links of the host's tree. EPERM is returned in err->number when the caller lacks CAP_SYS_ADMIN.
 */
MUST_CHECK int mount_clone_tree(int dirfd, const char *path, bool recursive, struct error *err);

/*
 * One filesystem to be made. Every string is for fsconfig; data elements are "key=value" or "key".
 */
struct mount_new {
	const char *type;
	const char *source;
	uint64_t attributes;		/* MOUNT_ATTR_* for fsmount */
	unsigned long superblock;	/* MS_RDONLY, MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME,
					   MS_MANDLOCK, MS_I_VERSION, MS_SILENT */
	const char *const *data;
	size_t data_len;
};

/*
 * A new filesystem, detached. Returns its descriptor. -2 (err untouched) when it cannot be made
 * detached: fsopen is missing, or an option is too long for fsconfig (255 bytes); then use
 * mount_new_at. The kernel's own words (read from the fs descriptor) are in the error.
 */
MUST_CHECK int mount_new_detached(const struct mount_new *mount, const char *target,
				  struct error *err);

/*
 * The same with mount(2), straight onto `target_fd` through /proc/self/fd. `target` is for words
 * only. As mount(2) has only one flag for it, MOUNT_ATTR_RDONLY makes the filesystem itself
 * read-only too.
 */
MUST_CHECK int mount_new_at(const struct mount_new *mount, int target_fd, const char *target,
			    struct error *err);

/* move_mount(2): attach a detached mount (or move an attached one) onto `target_fd`. */
MUST_CHECK int mount_move(int mount_fd, int target_fd, const char *target, struct error *err);

/*
 * mount_setattr(2) on the mount that `fd` is the root of; `below` (or MS_REC in `propagation`)
 * includes every mount beneath. `propagation` is MS_SHARED … or 0. Works on detached mounts too,
 * except where mount_setattr is missing. EPERM means a locked flag (mount_namespaces(7)): the
 * error says which flags stand.
 * Asked for nothing, it does nothing.
 */
MUST_CHECK int mount_set_attributes(int fd, bool below, uint64_t set, uint64_t clear,
				    unsigned long propagation, const char *target,
				    struct error *err);

/*
 * Change a filesystem's own options, as MS_REMOUNT does (fspick, FSCONFIG_CMD_RECONFIGURE), by way of
 * the mount that `fd` is the root of. Of `mount` only superblock and data count.
 */
MUST_CHECK int mount_reconfigure(int fd, const struct mount_new *mount, const char *target,
				 struct error *err);

/* Whether `fd` is the root of a mount (statx: STATX_ATTR_MOUNT_ROOT). */
MUST_CHECK int mount_is_root(int fd, const char *target, bool *is_root, struct error *err);

/* Propagation of "/" of the caller's mount namespace, as mount(2) takes it (MS_REC | MS_SLAVE). */
MUST_CHECK int mount_set_root_propagation(unsigned long propagation, struct error *err);

/*
 * Bind with mount(2), for kernels or seccomp profiles without open_tree: source_fd onto target_fd
 * by way of /proc/self/fd.
 */
MUST_CHECK int mount_bind_at(int source_fd, int target_fd, bool recursive, const char *target,
			     struct error *err);

/*
 * pivot_root(".", ".") into the mount that `root_fd` is the root of, then the old root is detached
 * (recursively slave first, so that nothing is unmounted on the host), then chdir "/". The mount
 * must be attached.
 */
MUST_CHECK int mount_pivot(int root_fd, struct error *err);

/*
 * Without pivot_root (an initramfs cannot): the mount lies on "/" already, so a chroot into it is
 * enough. What of the host could still be reached under /proc and /sys is unmounted first.
 */
MUST_CHECK int mount_chroot(int root_fd, struct error *err);

/* umount2(MNT_DETACH) of what `fd` is the root of. */
MUST_CHECK int mount_detach(int fd, const char *target, struct error *err);

/* Filesystem magic numbers of a descriptor (fstatfs): is it procfs, sysfs, cgroup2 … */
MUST_CHECK int mount_filesystem(int fd, const char *name, long *magic, struct error *err);

/*
 * A private handle to procfs: fsopen("proc") with subset=pid where `pid_only`, never attached
 * anywhere, so that nothing can be mounted over it (CVE-2025-52881). Where that is refused (nested
 * containers), /proc is opened and verified to be the root of a procfs (magic, inode 1).
 */
MUST_CHECK int mount_private_proc(bool pid_only, struct error *err);

/*
 * Write `value` to `file` beneath a private proc handle, verified: openat2 with RESOLVE_NO_XDEV |
 * RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH; fstatfs where that is missing.
 */
MUST_CHECK int mount_proc_write(int proc_fd, const char *file, const char *value,
				struct error *err);
