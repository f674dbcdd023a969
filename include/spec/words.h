/*
 * Every name that runtime-spec 1.3.0 knows, once. Decoding, `features`, the documentation and shell
 * completion read these.
 */
#pragma once

#include "base/words.h"

extern const struct words namespace_words;		/* CLONE_NEW* */
extern const struct words capability_words;		/* CAP_*: 0 … 40, "CAP_CHOWN" */
extern const struct words rlimit_words;			/* RLIMIT_* */
extern const struct words signal_words;			/* "SIGTERM"; signal_parse takes more */
extern const struct words scheduler_policy_words;
extern const struct words scheduler_flag_words;
extern const struct words io_priority_class_words;
extern const struct words seccomp_action_words;		/* SECCOMP_RET_* without data */
extern const struct words seccomp_op_words;		/* enum seccomp_op */
extern const struct words seccomp_arch_words;		/* SCMP_ARCH_* of libseccomp, see below */
extern const struct words seccomp_flag_words;		/* SECCOMP_FILTER_FLAG_* */
extern const struct words rootfs_propagation_words;	/* MS_*; with MS_REC: "rslave" */
extern const struct words memory_policy_mode_words;
extern const struct words memory_policy_flag_words;
extern const struct words personality_words;

/*
 * seccomp_arch_words: libseccomp's numbers are the kernel's AUDIT_ARCH_*, but for SCMP_ARCH_X32
 * (0x4000003e), which is no architecture to the kernel, and SCMP_ARCH_SH and SHEB, which the kernel
 * calls SHEL and SH.
 *
 * rootfs_propagation_words: the specification has "shared", "slave", "private" and "unbindable".
 * Docker writes "rslave", so the recursive forms are here too.
 */

/* The comparison operators, in our own numbers: only plan/seccomp.c knows libseccomp. */
enum seccomp_op { OP_NE, OP_LT, OP_LE, OP_EQ, OP_GE, OP_GT, OP_MASKED_EQ };

/*
 * One mount option of config.md: what it sets and what it clears. plan/mounts.c combines them,
 * `features` lists them.
 */
enum mount_option_kind {
	OPTION_FLAG,		/* per-mount flag: set/clear are MOUNT_ATTR_* */
	OPTION_RECURSIVE_FLAG,	/* the same for the mount and all beneath it (rro, rnosuid …) */
	OPTION_SUPERBLOCK,	/* filesystem flag: set/clear are MS_* (sync, lazytime, silent ...) */
	OPTION_PROPAGATION,	/* set is MS_SHARED …, with MS_REC where recursive */
	OPTION_BIND,		/* set is MS_BIND, with MS_REC for rbind */
	OPTION_REMOUNT,
	OPTION_COPY_UP,		/* tmpcopyup */
	OPTION_IDMAP,		/* idmap; ridmap has MS_REC in set */
	OPTION_NOTHING,		/* defaults, norelatime, rnorelatime */
};

struct mount_option {
	const char *name;
	enum mount_option_kind kind;
	uint64_t set;
	uint64_t clear;
};

/*
 * Ends with a NULL name. Options count in their order: each takes its `clear` from what those
 * before it have set, then adds its `set`. An option that is not here is the filesystem's
 * ("size=64k").
 */
extern const struct mount_option mount_options[];

const struct mount_option *mount_option_find(const char *name);

/* "SIGKILL", "KILL", "kill", "9", "SIGRTMIN+1" -> 1 to 64; -1 for what is none (as runc kill). */
int signal_parse(const char *text);
