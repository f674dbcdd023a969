/*
 * What config.json says, as typed data.
 *
 * One struct an object of runtime-spec 1.3.0, one member a property, in the specification's order and with its names
 * in snake_case. Nothing is decided here: what was absent stays absent, words of the specification are already numbers
 * (tables in spec/words.h), strings are as they were written. All memory belongs to the arena given to spec_load().
 *
 * `origin` is the JSON path of a list's element ("mounts[3]"): whatever fails because of it later can name it.
 * A pointer to a struct is NULL when the object was absent; so is a string.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "json/optional.h"

struct spec_root {
	const char *path;
	bool readonly;
};

/* uidMappings and gidMappings, of the container and of a mount. */
struct spec_id_map {
	uint64_t container_id;
	uint64_t host_id;
	uint64_t size;
};

struct spec_mount {
	const char *origin;
	const char *destination;
	const char *source;
	const char *type;
	LIST(const char *) options;	/* plan/mounts.c gives them meaning */
	LIST(struct spec_id_map) uid_mappings;
	LIST(struct spec_id_map) gid_mappings;
};

/* ------------------------------------------------------------------ process */

struct spec_console_size {
	uint32_t height;
	uint32_t width;
};

struct spec_user {
	uint32_t uid;
	uint32_t gid;
	struct opt_u32 umask;
	LIST(uint32_t) additional_gids;
};

/* Names, since one that this kernel does not know is a warning, not an error (config.md, capabilities). */
struct spec_capabilities {
	LIST(const char *) bounding;
	LIST(const char *) effective;
	LIST(const char *) inheritable;
	LIST(const char *) permitted;
	LIST(const char *) ambient;
};

struct spec_rlimit {
	const char *origin;
	uint64_t type;			/* RLIMIT_*, by rlimit_words */
	uint64_t soft;
	uint64_t hard;
};

struct spec_scheduler {
	uint64_t policy;		/* SCHED_*, by scheduler_policy_words */
	struct opt_i32 nice;
	struct opt_i32 priority;
	LIST(uint64_t) flags;		/* SCHED_FLAG_* */
	struct opt_u64 runtime;
	struct opt_u64 deadline;
	struct opt_u64 period;
};

struct spec_io_priority {
	uint64_t class;			/* IOPRIO_CLASS_* */
	struct opt_i32 priority;
};

struct spec_cpu_affinity {
	const char *initial;
	const char *final;
};

/* Also the whole of a process.json, as `exec --process` reads it. */
struct spec_process {
	struct opt_bool terminal;
	struct spec_console_size *console_size;
	const char *cwd;
	LIST(const char *) env;
	LIST(const char *) args;
	LIST(struct spec_rlimit) rlimits;
	const char *apparmor_profile;
	struct spec_capabilities *capabilities;
	struct opt_bool no_new_privileges;
	struct opt_i64 oom_score_adj;
	struct spec_scheduler *scheduler;
	const char *selinux_label;
	struct spec_io_priority *io_priority;
	struct spec_cpu_affinity *exec_cpu_affinity;
	struct spec_user user;
};

/* -------------------------------------------------------------------- hooks */

struct spec_hook {
	const char *origin;
	const char *path;
	LIST(const char *) args;
	LIST(const char *) env;
	struct opt_i64 timeout;		/* seconds */
};

struct spec_hooks {
	LIST(struct spec_hook) prestart;
	LIST(struct spec_hook) create_runtime;
	LIST(struct spec_hook) create_container;
	LIST(struct spec_hook) start_container;
	LIST(struct spec_hook) poststart;
	LIST(struct spec_hook) poststop;
};

/* -------------------------------------------------------------------- linux */

struct spec_namespace {
	const char *origin;
	uint64_t type;			/* CLONE_NEW*, by namespace_words */
	const char *path;
};

struct spec_device {
	const char *origin;
	const char *type;		/* "c", "b", "u", "p" */
	const char *path;
	struct opt_i64 major;
	struct opt_i64 minor;
	struct opt_u32 file_mode;
	struct opt_u32 uid;
	struct opt_u32 gid;
};

struct spec_net_device {
	const char *key;		/* name in the runtime's namespace */
	const char *origin;
	const char *name;		/* name in the container's; NULL: the same */
};

struct spec_time_offset {
	const char *key;		/* "monotonic", "boottime" */
	const char *origin;
	struct opt_i64 secs;
	struct opt_u32 nanosecs;
};

struct spec_device_rule {
	const char *origin;
	bool allow;
	const char *type;		/* "a", "c", "b"; NULL means "a" */
	struct opt_i64 major;
	struct opt_i64 minor;
	const char *access;		/* of "rwm" */
};

struct spec_memory {
	struct opt_i64 limit;
	struct opt_i64 reservation;
	struct opt_i64 swap;
	struct opt_i64 kernel;
	struct opt_i64 kernel_tcp;
	struct opt_u64 swappiness;
	struct opt_bool disable_oom_killer;
	struct opt_bool use_hierarchy;
	struct opt_bool check_before_update;
};

struct spec_cpu {
	struct opt_u64 shares;
	struct opt_i64 quota;
	struct opt_u64 burst;
	struct opt_u64 period;
	struct opt_i64 realtime_runtime;
	struct opt_u64 realtime_period;
	const char *cpus;
	const char *mems;
	struct opt_i64 idle;
};

struct spec_pids {
	struct opt_i64 limit;
};

struct spec_weight_device {
	const char *origin;
	struct opt_i64 major;
	struct opt_i64 minor;
	struct opt_u32 weight;
	struct opt_u32 leaf_weight;
};

struct spec_throttle_device {
	const char *origin;
	struct opt_i64 major;
	struct opt_i64 minor;
	struct opt_u64 rate;
};

struct spec_block_io {
	struct opt_u32 weight;
	struct opt_u32 leaf_weight;
	LIST(struct spec_weight_device) weight_device;
	LIST(struct spec_throttle_device) throttle_read_bps_device;
	LIST(struct spec_throttle_device) throttle_write_bps_device;
	LIST(struct spec_throttle_device) throttle_read_iops_device;
	LIST(struct spec_throttle_device) throttle_write_iops_device;
};

struct spec_hugepage_limit {
	const char *origin;
	const char *page_size;
	uint64_t limit;
};

struct spec_interface_priority {
	const char *origin;
	const char *name;
	uint32_t priority;
};

struct spec_network {
	struct opt_u32 class_id;
	LIST(struct spec_interface_priority) priorities;
};

struct spec_rdma {
	const char *key;		/* the device */
	const char *origin;
	struct opt_u32 hca_handles;
	struct opt_u32 hca_objects;
};

/* Also the whole of a resources.json, as `update --resources` reads it. */
struct spec_resources {
	LIST(struct spec_device_rule) devices;
	struct spec_memory *memory;
	struct spec_cpu *cpu;
	struct spec_pids *pids;
	struct spec_block_io *block_io;
	LIST(struct spec_hugepage_limit) hugepage_limits;
	struct spec_network *network;
	LIST(struct spec_rdma) rdma;
	LIST(struct map_string) unified;
};

struct spec_seccomp_arg {
	const char *origin;
	uint32_t index;
	uint64_t value;
	uint64_t value_two;
	uint64_t op;			/* enum scmp_compare, by seccomp_op_words */
};

struct spec_seccomp_rule {
	const char *origin;
	LIST(const char *) names;
	uint64_t action;		/* by seccomp_action_words */
	struct opt_u32 errno_ret;
	LIST(struct spec_seccomp_arg) args;
};

struct spec_seccomp {
	uint64_t default_action;	/* by seccomp_action_words */
	struct opt_u32 default_errno_ret;
	LIST(uint64_t) flags;		/* SECCOMP_FILTER_FLAG_* */
	const char *listener_path;
	const char *listener_metadata;
	LIST(uint64_t) architectures;	/* SCMP_ARCH_* */
	LIST(struct spec_seccomp_rule) syscalls;
};

struct spec_intel_rdt {
	const char *clos_id;
	LIST(const char *) schemata;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	struct opt_bool enable_monitoring;
};

struct spec_memory_policy {
	uint64_t mode;			/* MPOL_*, by memory_policy_mode_words */
	const char *nodes;
	LIST(uint64_t) flags;		/* MPOL_F_* */
};

struct spec_personality {
	uint64_t domain;		/* PER_LINUX, PER_LINUX32 */
	LIST(const char *) flags;
};

struct spec_linux {
	LIST(struct spec_namespace) namespaces;
	LIST(struct spec_id_map) uid_mappings;
	LIST(struct spec_id_map) gid_mappings;
	LIST(struct spec_time_offset) time_offsets;
	LIST(struct spec_device) devices;
	LIST(struct spec_net_device) net_devices;
	const char *cgroups_path;
	struct spec_resources *resources;
	struct spec_intel_rdt *intel_rdt;
	struct spec_memory_policy *memory_policy;
	LIST(struct map_string) sysctl;
	struct spec_seccomp *seccomp;
	struct opt_u64 rootfs_propagation;	/* MS_SHARED, MS_SLAVE ..., with or without MS_REC */
	LIST(const char *) masked_paths;
	LIST(const char *) readonly_paths;
	const char *mount_label;
	struct spec_personality *personality;
};

struct spec {
	const char *oci_version;
	struct spec_root *root;
	LIST(struct spec_mount) mounts;
	struct spec_process *process;
	const char *hostname;
	const char *domainname;
	struct spec_hooks *hooks;
	struct spec_linux *linux;
	LIST(struct map_string) annotations;

	/* Not of config.json: where it came from. */
	const char *bundle;		/* absolute, symbolic links resolved */
	const char *file;		/* as complaints name it */
	const char *text;		/* the whole file, kept in the state directory for exec and delete */
	size_t text_len;
};
