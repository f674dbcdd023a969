/*
 * What the child will do, decided before it exists.
 *
 * The plan is plain data in the arena of the command. Names have died in it: flags are the kernel's
 * numbers, capabilities are bit sets, seccomp and the device rules are programs, limits are files
 * and values. `origin` is the JSON path in config.json that an item comes from; a failure is
 * reported with it. Building a plan changes nothing on the system.
 *
 * The child gets it through the copied address space. Members called `fd` are the one thing filled
 * in afterwards, by the host before the clone (host/sources.c); they are -1 until then.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"

/* --------------------------------------------------------------- namespaces */

/* A namespace to join by path. Sorted: user first, mount last. */
struct plan_join {
	const char *origin;		/* "linux.namespaces[2]" */
	int type;			/* CLONE_NEW* */
	const char *path;
	int fd;
};

struct plan_namespaces {
	/* CLONE_NEW* to make, CLONE_NEWUSER, CLONE_NEWCGROUP and CLONE_NEWTIME among them. */
	uint64_t create;
	LIST(struct plan_join) join;
	bool user;			/* the container runs in a user namespace, made or joined */
};

/* What to write for a new user namespace. */
struct plan_ids {
	/* The text of /proc/PID/uid_map; NULL: no new user namespace. */
	const char *uid_map;
	const char *gid_map;
	/* Written by an ordinary user: gid_map needs "deny" in setgroups first. */
	bool deny_setgroups;
	/* More than the caller's own ID, and the caller is not privileged: newuidmap, newgidmap. */
	bool use_helpers;
	/*
	 * What 0 inside is outside; for owners of files made on the host side. -1, which chown(2)
	 * leaves alone: a user namespace is joined and the config has no mappings.
	 */
	uid_t root_uid;
	gid_t root_gid;
};

/* ------------------------------------------------------------------- cgroup */

/* One file to write. In order: a lower limit never fails because a higher one stands. */
struct plan_limit {
	const char *origin;		/* "linux.resources.memory.limit" */
	const char *controller;		/* "memory"; NULL: a core file */
	const char *file;		/* "memory.max" */
	const char *value;
	/*
	 * Asks for what holds anyhow ("max", no swap): a missing file or controller is no error
	 * then.
	 */
	bool optional;
};

enum plan_cgroup_manager { CGROUP_CGROUPFS, CGROUP_DISABLED };

struct plan_cgroup {
	enum plan_cgroup_manager manager;
	/*
	 * Beneath the cgroup2 mount, "/a/b"; NULL: chosen by the host as "<hoy's own cgroup>/<id>".
	 */
	const char *path;
	/* "linux.cgroupsPath", or NULL where the path is hoy's own choice. */
	const char *origin;
	LIST(struct plan_limit) limits;
	LIST(struct bpf_insn) device_program;	/* empty: no device filter */
	const char *device_origin;	/* "linux.resources.devices" */
	/*
	 * Limits (not `optional`) or device rules were asked for: no cgroup is then an error, not a
	 * shrug.
	 */
	bool required;
};

/* --------------------------------------------------------- root and mounts */

struct plan_root {
	const char *path;		/* absolute, on the host */
	bool readonly;
	/*
	 * For "/" of the new mount namespace before anything is mounted: MS_REC | MS_SLAVE unless
	 * rootfsPropagation says otherwise.
	 */
	unsigned long outer_propagation;
	/* Of the container's "/" at the end (rootfsPropagation); 0: leave. */
	unsigned long propagation;
	bool no_pivot;			/* --no-pivot: MS_MOVE and chroot */
	/* A detached clone of the tree at path, or -1: the child makes it. */
	int fd;
};

enum plan_mount_kind {
	MOUNT_NEW,			/* a new filesystem of `type` */
	MOUNT_BIND,			/* `source` of the host, seen at target */
	MOUNT_REMOUNT,			/* change the flags of what is mounted at target */
	/*
	 * cgroup2 with the container's cgroup as its root; where the kernel refuses, that cgroup
	 * bound.
	 */
	MOUNT_CGROUP,
};

struct plan_mount {
	const char *origin;		/* "mounts[3]" */
	enum plan_mount_kind kind;
	const char *type;		/* of the filesystem; MOUNT_NEW only */
	/* MOUNT_BIND: absolute path on the host. MOUNT_NEW: the device or any word. */
	const char *source;
	const char *target;		/* absolute and clean, in the container */
	bool recursive;			/* rbind */
	/*
	 * MOUNT_ATTR_* of this mount; clear holds only what was asked to be cleared (and
	 * MOUNT_ATTR__ATIME with an atime word).
	 */
	uint64_t set, clear;
	/* The same for it and every mount beneath (rro, rnosuid …). */
	uint64_t set_below, clear_below;
	/*
	 * MS_RDONLY, MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME, MS_MANDLOCK, MS_I_VERSION, MS_SILENT
	 * of a new filesystem.
	 */
	unsigned long superblock;
	/* MS_* with or without MS_REC, one after the other, last. */
	LIST(unsigned long) propagation;
	/* The filesystem's own options, one an element: "size=64k". */
	LIST(const char *) data;
	bool copy_up;			/* tmpcopyup */
	/*
	 * MOUNT_ATTR_RDONLY is due only in the step "cover": something is still to be made inside
	 * it.
	 */
	bool late_readonly;
	/*
	 * Sysfs in a user namespace without a network namespace of its own: bind the host's,
	 * read-only.
	 */
	bool fallback_bind;
	/* Proc, sysfs: the target must be no symbolic link (CVE-2019-19921, CVE-2023-27561). */
	bool real_directory;
	/*
	 * One of the few files of /proc that may be covered; anything else on a procfs is refused
	 * (CVE-2019-16884).
	 */
	bool inside_proc;
	bool source_is_proc;		/* a bind onto /proc: its source must be a procfs */
	/*
	 * MOUNT_BIND: a detached clone of the source with its flags set, or -1: the child opens it.
	 */
	int fd;
	bool source_is_directory;	/* filled in with fd */
};

/* ----------------------------------------------------------------- /dev */

struct plan_device {
	const char *origin;		/* "linux.devices[0]", or NULL for a default one */
	const char *path;		/* absolute and clean, in the container */
	mode_t mode;			/* with S_IFCHR, S_IFBLK or S_IFIFO */
	unsigned int major, minor;
	uid_t uid;			/* inside the container */
	gid_t gid;
	/* Nodes cannot be made in a user namespace: bind the host's `source`. */
	bool bind;
	const char *source;		/* the host's node of that name ("/dev/null"), for bind */
	int fd;				/* a detached clone of the host's node, or -1 */
};

struct plan_link {
	const char *path;		/* "/dev/fd" */
	const char *to;			/* "/proc/self/fd" */
	bool replace;			/* /dev/ptmx: whatever stands there goes first */
};

/* -------------------------------------------------------------------- hooks */

enum plan_hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_KINDS
};

struct plan_hook {
	const char *origin;		/* "hooks.createRuntime[0]" */
	const char *path;
	/* NULL-terminated, args[0] is the path where none were given. */
	const char *const *args;
	const char *const *env;		/* NULL-terminated */
	int64_t timeout;		/* seconds; 0: none */
};

struct plan_hooks {
	LIST(struct plan_hook) of[HOOK_KINDS];
	const char *folder;		/* the bundle: what runs on the host's side of the pivot runs there */
	/*
	 * The state on a hook's stdin is before_status + status + before_pid + PID + after_pid,
	 * compact JSON.
	 */
	const char *before_status;	/* {"ociVersion":"1.3.0","id":"web","status":" */
	const char *before_pid;		/* ","pid": */
	const char *after_pid;		/* ,"bundle":"/b","annotations":{...}} */
};

/* ------------------------------------------------------------------ process */

struct plan_rlimit {
	const char *origin;
	int resource;
	uint64_t soft, hard;
};

struct plan_capabilities {
	uint64_t bounding, effective, permitted, inheritable, ambient;	/* bit N is capability N */
};

struct plan_process {
	const char *origin;		/* "process"; "" for exec's command line */
	const char *const *args;	/* NULL-terminated */
	/* NULL-terminated; without HOME where the config gives none: see find_home. */
	const char *const *env;
	size_t env_len;			/* there is room for one more entry behind env[env_len] */
	bool find_home;			/* HOME is taken from the container's /etc/passwd, by uid */
	/* PATH of env, for args[0] without a slash; NULL: the usual default. */
	const char *search;
	const char *cwd;
	uid_t uid;
	gid_t gid;
	LIST(gid_t) groups;		/* exactly these */
	bool set_groups;		/* false where setgroups is denied and none are asked for */
	mode_t umask;
	struct plan_capabilities capabilities;
	LIST(struct plan_rlimit) rlimits;
	/* Filled in by the host: it has the right to raise them, the child may not. */
	bool rlimits_by_host;
	bool no_new_privileges;
	bool set_oom_score_adj;
	int oom_score_adj;
	bool terminal;
	unsigned short rows, columns;	/* 0: leave */
	unsigned int preserve_fds;	/* descriptors from 3 on that the program keeps */
	bool new_keyring;
};

/* One classic BPF program for seccomp(2); no instructions: no filter. */
struct plan_seccomp {
	LIST(struct sock_filter) program;
	unsigned int flags;		/* SECCOMP_FILTER_FLAG_* */
};

struct plan_sysctl {
	const char *origin;		/* linux.sysctl["net.ipv4.ip_forward"] */
	const char *file;		/* beneath /proc/sys: "net/ipv4/ip_forward" */
	const char *value;
};

/* --------------------------------------------------------------------- plan */

struct plan {
	const char *id;
	const char *bundle;
	struct plan_namespaces namespaces;
	struct plan_ids ids;
	struct plan_cgroup cgroup;
	struct plan_root root;
	LIST(struct plan_mount) mounts;
	LIST(struct plan_device) devices;
	LIST(struct plan_link) links;
	struct plan_hooks hooks;
	const char *hostname;
	const char *domainname;
	LIST(struct plan_sysctl) sysctls;
	LIST(const char *) masked;
	LIST(const char *) readonly;
	struct plan_process process;
	struct plan_seccomp seccomp;
	/* What could not be had and is no error: the host logs them. */
	LIST(const char *) warnings;
	/* Made by an ordinary user, or in a user namespace that is not the first. */
	bool rootless;
	/*
	 * A second process in a container that runs: only namespaces.join, cgroup, process and
	 * seccomp count.
	 */
	bool is_exec;
	bool debug;			/* the child sends debug lines */
	/*
	 * Where the host tells that the program is ready; NULL: nowhere. The last of `mounts` is
	 * then the folder of the program's own socket, and the host fills in its source.
	 */
	const char *notify_socket;
	/* Filled in by the host: it moves the child into its cgroup, which waits for that. */
	bool wait_placed;
	/* Create: the child blocks in read() here until start; -1: it goes on at once. */
	int start_fd;
	/* Create: the child's only writer for what fails after start; -1: the link. */
	int report_fd;
};
