/*
 * config.json of runtime-spec 1.3.0, one row a property: config.md, config-linux.md. The order of
 * the rows is that of the text `hoy spec` writes. tests/lint/schema.py holds the tables against the
 * official JSON schema and lists where they differ on purpose: mostly, where that schema and the
 * specification's text disagree, the text is followed.
 */
#include "spec/schema.h"

#include "spec/words.h"

/*
 * The highest of the 32-bit numbers is "leave unchanged" to setresuid(2) and chown(2): to take it
 * as an ID would leave the process what it was, root.
 */
#define MAX_ID (UINT32_MAX - 1)
#define MAX_MAJOR 4095 /* 12 bits, 20 bits: the kernel's linux/kdev_t.h */
#define MAX_MINOR 1048575

/* ------------------------------------------------------------- root, mounts */

static const struct field root_fields[] = {
	STRING(struct spec_root, path, "path", REQUIRED,
	       "root filesystem: absolute, or relative to the bundle"),
	BOOL(struct spec_root, readonly, "readonly", OPTIONAL,
	     "the root filesystem is read-only inside the container"),
	END
};
DEFINE(root, struct spec_root, NO_ORIGIN);

static const struct field id_map_fields[] = {
	U64(struct spec_id_map, container_id, "containerID", REQUIRED, UINT32_MAX,
	    "first ID inside"),
	U64(struct spec_id_map, host_id, "hostID", REQUIRED, UINT32_MAX,
	    "first ID outside that it stands for"),
	U64(struct spec_id_map, size, "size", REQUIRED, UINT32_MAX, "how many IDs"),
	END
};
DEFINE(id_map, struct spec_id_map, NO_ORIGIN);

static const struct field mount_fields[] = {
	STRING(struct spec_mount, destination, "destination", REQUIRED, "where in the container"),
	STRING(struct spec_mount, type, "type", OPTIONAL,
	       "filesystem type; a dummy for bind mounts"),
	STRING(struct spec_mount, source, "source", OPTIONAL,
	       "device, or path on the host (relative: to the bundle) for bind mounts"),
	STRING_LIST(struct spec_mount, options, "options", OPTIONAL,
		    "mount options, as in mount(8)"),
	OBJECT_LIST(struct spec_mount, uid_mappings, "uidMappings", OPTIONAL, id_map,
		    "user IDs of an ID-mapped mount"),
	OBJECT_LIST(struct spec_mount, gid_mappings, "gidMappings", OPTIONAL, id_map,
		    "group IDs of an ID-mapped mount"),
	END
};
DEFINE(mount, struct spec_mount, ORIGIN);

/* ------------------------------------------------------------------ process */

static const struct field console_size_fields[] = {
	U32(struct spec_console_size, height, "height", REQUIRED, UINT32_MAX, "rows"),
	U32(struct spec_console_size, width, "width", REQUIRED, UINT32_MAX, "columns"),
	END
};
DEFINE(console_size, struct spec_console_size, NO_ORIGIN);

static const struct field user_fields[] = {
	U32(struct spec_user, uid, "uid", REQUIRED, MAX_ID, "user ID inside the container"),
	U32(struct spec_user, gid, "gid", REQUIRED, MAX_ID, "group ID inside the container"),
	U32(struct spec_user, umask, "umask", OPTIONAL, 0777,
	    "file mode creation mask; 18 (octal 022) when absent"),
	U32_LIST(struct spec_user, additional_gids, "additionalGids", OPTIONAL, MAX_ID,
		 "supplementary group IDs"),
	IGNORED("username", "of Windows"),
	END
};
DEFINE(user, struct spec_user, NO_ORIGIN);

static const struct field capabilities_fields[] = {
	STRING_LIST(struct spec_capabilities, bounding, "bounding", OPTIONAL,
		    "the most that any later execve can give"),
	STRING_LIST(struct spec_capabilities, effective, "effective", OPTIONAL,
		    "what the kernel checks"),
	STRING_LIST(struct spec_capabilities, inheritable, "inheritable", OPTIONAL,
		    "what files with inheritable capabilities can pass on"),
	STRING_LIST(struct spec_capabilities, permitted, "permitted", OPTIONAL,
		    "what the process may make effective"),
	STRING_LIST(struct spec_capabilities, ambient, "ambient", OPTIONAL,
		    "what stays over an execve of an ordinary user"),
	END
};
DEFINE(capabilities, struct spec_capabilities, NO_ORIGIN);

static const struct field rlimit_fields[] = {
	WORD(struct spec_rlimit, type, "type", REQUIRED, rlimit_words, "which limit"),
	U64(struct spec_rlimit, hard, "hard", REQUIRED, UINT64_MAX, "ceiling for the soft limit"),
	U64(struct spec_rlimit, soft, "soft", REQUIRED, UINT64_MAX, "limit the kernel enforces"),
	END
};
DEFINE(rlimit, struct spec_rlimit, ORIGIN);

static const struct field scheduler_fields[] = {
	WORD(struct spec_scheduler, policy, "policy", REQUIRED, scheduler_policy_words,
	     "scheduling policy"),
	I32(struct spec_scheduler, nice, "nice", OPTIONAL, -20, 19,
	    "nice value, for SCHED_OTHER and SCHED_BATCH"),
	I32(struct spec_scheduler, priority, "priority", OPTIONAL, INT32_MIN, INT32_MAX,
	    "static priority, for SCHED_FIFO and SCHED_RR"),
	WORD_LIST(struct spec_scheduler, flags, "flags", OPTIONAL, scheduler_flag_words,
		  "flags of sched_setattr(2)"),
	U64(struct spec_scheduler, runtime, "runtime", OPTIONAL, UINT64_MAX,
	    "nanoseconds, for SCHED_DEADLINE"),
	U64(struct spec_scheduler, deadline, "deadline", OPTIONAL, UINT64_MAX,
	    "nanoseconds, for SCHED_DEADLINE"),
	U64(struct spec_scheduler, period, "period", OPTIONAL, UINT64_MAX,
	    "nanoseconds, for SCHED_DEADLINE"),
	END
};
DEFINE(scheduler, struct spec_scheduler, NO_ORIGIN);

static const struct field io_priority_fields[] = {
	WORD(struct spec_io_priority, class, "class", REQUIRED, io_priority_class_words,
	     "I/O scheduling class"),
	I32(struct spec_io_priority, priority, "priority", REQUIRED, 0, 7,
	    "within the class; 0 is the highest"),
	END
};
DEFINE(io_priority, struct spec_io_priority, NO_ORIGIN);

static const struct field cpu_affinity_fields[] = {
	STRING(struct spec_cpu_affinity, initial, "initial", OPTIONAL,
	       "CPUs while the process is being set up"),
	STRING(struct spec_cpu_affinity, final, "final", OPTIONAL, "CPUs of the program"),
	END
};
DEFINE(cpu_affinity, struct spec_cpu_affinity, NO_ORIGIN);

static const struct field spec_process_fields[] = {
	BOOL(struct spec_process, terminal, "terminal", OPTIONAL,
	     "the process gets a terminal of its own"),
	OBJECT(struct spec_process, console_size, "consoleSize", OPTIONAL, console_size,
	       "size of that terminal"),
	OBJECT(struct spec_process, user, "user", OPTIONAL, user,
	       "who runs the program; root when absent"),
	STRING_LIST(struct spec_process, args, "args", OPTIONAL, "program and its arguments"),
	IGNORED("commandLine", "of Windows"),
	STRING_LIST(struct spec_process, env, "env", OPTIONAL, "environment, as NAME=value"),
	STRING(struct spec_process, cwd, "cwd", REQUIRED, "working directory, absolute"),
	OBJECT(struct spec_process, capabilities, "capabilities", OPTIONAL, capabilities,
	       "sets of capabilities(7)"),
	OBJECT_LIST(struct spec_process, rlimits, "rlimits", OPTIONAL, rlimit,
		    "resource limits, as in setrlimit(2)"),
	BOOL(struct spec_process, no_new_privileges, "noNewPrivileges", OPTIONAL,
	     "execve grants no new privileges"),
	STRING(struct spec_process, apparmor_profile, "apparmorProfile", OPTIONAL,
	       "AppArmor profile"),
	I64(struct spec_process, oom_score_adj, "oomScoreAdj", OPTIONAL, -1000, 1000,
	    "as in /proc/PID/oom_score_adj"),
	OBJECT(struct spec_process, scheduler, "scheduler", OPTIONAL, scheduler,
	       "scheduling, as in sched_setattr(2)"),
	STRING(struct spec_process, selinux_label, "selinuxLabel", OPTIONAL,
	       "SELinux label of the process"),
	OBJECT(struct spec_process, io_priority, "ioPriority", OPTIONAL, io_priority,
	       "I/O priority, as in ioprio_set(2)"),
	OBJECT(struct spec_process, exec_cpu_affinity, "execCPUAffinity", OPTIONAL, cpu_affinity,
	       "CPUs of processes that exec adds"),
	END
};
DEFINE_PUBLIC(spec_process, struct spec_process, NO_ORIGIN);

/* -------------------------------------------------------------------- hooks */

static const struct field hook_fields[] = {
	STRING(struct spec_hook, path, "path", REQUIRED, "program to run, absolute"),
	STRING_LIST(struct spec_hook, args, "args", OPTIONAL, "its arguments, its own name first"),
	STRING_LIST(struct spec_hook, env, "env", OPTIONAL, "its environment, as NAME=value"),
	I64(struct spec_hook, timeout, "timeout", OPTIONAL, INT64_MIN, INT64_MAX,
	    "seconds until it is killed"),
	END
};
DEFINE(hook, struct spec_hook, ORIGIN);

static const struct field hooks_fields[] = {
	OBJECT_LIST(struct spec_hooks, prestart, "prestart", OPTIONAL, hook,
		    "deprecated: create, in the runtime's namespaces, before createRuntime"),
	OBJECT_LIST(struct spec_hooks, create_runtime, "createRuntime", OPTIONAL, hook,
		    "create, in the runtime's namespaces, before the root changes"),
	OBJECT_LIST(struct spec_hooks, create_container, "createContainer", OPTIONAL, hook,
		    "create, in the container's namespaces, before the root changes"),
	OBJECT_LIST(struct spec_hooks, start_container, "startContainer", OPTIONAL, hook,
		    "start, inside the container, before the program"),
	OBJECT_LIST(struct spec_hooks, poststart, "poststart", OPTIONAL, hook,
		    "start, in the runtime's namespaces, after the program was started"),
	OBJECT_LIST(struct spec_hooks, poststop, "poststop", OPTIONAL, hook,
		    "delete, in the runtime's namespaces, when all is gone"),
	END
};
DEFINE(hooks, struct spec_hooks, NO_ORIGIN);

/* ------------------------------------------------------- namespaces, devices */

static const struct field namespace_fields[] = {
	WORD(struct spec_namespace, type, "type", REQUIRED, namespace_words, "kind of namespace"),
	STRING(struct spec_namespace, path, "path", OPTIONAL,
	       "one to join, absolute; a new one when absent"),
	END
};
DEFINE(namespace, struct spec_namespace, ORIGIN);

static const struct field time_offset_fields[] = {
	I64(struct spec_time_offset, secs, "secs", OPTIONAL, INT64_MIN, INT64_MAX, "seconds"),
	U32(struct spec_time_offset, nanosecs, "nanosecs", OPTIONAL, 999999999, "nanoseconds"),
	END
};
DEFINE(time_offset, struct spec_time_offset, ORIGIN);

static const struct field device_fields[] = {
	STRING(struct spec_device, type, "type", REQUIRED,
	       "c or u (character), b (block) or p (pipe)"),
	STRING(struct spec_device, path, "path", REQUIRED, "where in the container, absolute"),
	I64(struct spec_device, major, "major", OPTIONAL, 0, MAX_MAJOR,
	    "major number; required unless it is a pipe"),
	I64(struct spec_device, minor, "minor", OPTIONAL, 0, MAX_MINOR,
	    "minor number; required unless it is a pipe"),
	U32(struct spec_device, file_mode, "fileMode", OPTIONAL, UINT32_MAX,
	    "permissions, as a decimal number"),
	U32(struct spec_device, uid, "uid", OPTIONAL, MAX_ID, "owner inside the container"),
	U32(struct spec_device, gid, "gid", OPTIONAL, MAX_ID, "group inside the container"),
	END
};
DEFINE(device, struct spec_device, ORIGIN);

static const struct field net_device_fields[] = {
	STRING(struct spec_net_device, name, "name", OPTIONAL,
	       "its name inside; the same when absent"),
	END
};
DEFINE(net_device, struct spec_net_device, ORIGIN);

/* ---------------------------------------------------------------- resources */

static const struct field device_rule_fields[] = {
	BOOL(struct spec_device_rule, allow, "allow", REQUIRED, "allowed or denied"),
	STRING(struct spec_device_rule, type, "type", OPTIONAL,
	       "a (all, also when absent), c or b"),
	I64(struct spec_device_rule, major, "major", OPTIONAL, -1, UINT32_MAX,
	    "major number; all when absent or -1"),
	I64(struct spec_device_rule, minor, "minor", OPTIONAL, -1, UINT32_MAX,
	    "minor number; all when absent or -1"),
	STRING(struct spec_device_rule, access, "access", OPTIONAL,
	       "of r (read), w (write) and m (mknod)"),
	END
};
DEFINE(device_rule, struct spec_device_rule, ORIGIN);

static const struct field memory_fields[] = {
	I64(struct spec_memory, limit, "limit", OPTIONAL, -1, INT64_MAX,
	    "most memory, in bytes; -1 is unlimited"),
	I64(struct spec_memory, reservation, "reservation", OPTIONAL, -1, INT64_MAX,
	    "soft limit, in bytes"),
	I64(struct spec_memory, swap, "swap", OPTIONAL, -1, INT64_MAX,
	    "most memory and swap together, in bytes"),
	I64(struct spec_memory, kernel, "kernel", OPTIONAL, INT64_MIN, INT64_MAX,
	    "kernel memory; cgroup v1 only"),
	I64(struct spec_memory, kernel_tcp, "kernelTCP", OPTIONAL, INT64_MIN, INT64_MAX,
	    "TCP buffers; cgroup v1 only"),
	U64(struct spec_memory, swappiness, "swappiness", OPTIONAL, 100,
	    "how readily to swap; cgroup v1 only"),
	BOOL(struct spec_memory, disable_oom_killer, "disableOOMKiller", OPTIONAL,
	     "cgroup v1 only"),
	BOOL(struct spec_memory, use_hierarchy, "useHierarchy", OPTIONAL, "cgroup v2 always does"),
	BOOL(struct spec_memory, check_before_update, "checkBeforeUpdate", OPTIONAL,
	     "refuse a new limit that is lower than what is in use"),
	END
};
DEFINE(memory, struct spec_memory, NO_ORIGIN);

static const struct field cpu_fields[] = {
	U64(struct spec_cpu, shares, "shares", OPTIONAL, UINT64_MAX,
	    "relative weight, 2 to 262144"),
	I64(struct spec_cpu, quota, "quota", OPTIONAL, -1, INT64_MAX,
	    "microseconds to run in each period; -1 is unlimited"),
	U64(struct spec_cpu, burst, "burst", OPTIONAL, UINT64_MAX,
	    "microseconds that may be saved up"),
	U64(struct spec_cpu, period, "period", OPTIONAL, UINT64_MAX, "microseconds of a period"),
	I64(struct spec_cpu, realtime_runtime, "realtimeRuntime", OPTIONAL, INT64_MIN, INT64_MAX,
	    "cgroup v1 only"),
	U64(struct spec_cpu, realtime_period, "realtimePeriod", OPTIONAL, UINT64_MAX,
	    "cgroup v1 only"),
	STRING(struct spec_cpu, cpus, "cpus", OPTIONAL, "CPUs to run on, as \"0-3,7\""),
	STRING(struct spec_cpu, mems, "mems", OPTIONAL, "memory nodes to use, as \"0-1\""),
	I64(struct spec_cpu, idle, "idle", OPTIONAL, 0, 1, "1: run only when nothing else would"),
	END
};
DEFINE(cpu, struct spec_cpu, NO_ORIGIN);

static const struct field pids_fields[] = {
	I64(struct spec_pids, limit, "limit", OPTIONAL, -1, INT64_MAX,
	    "most tasks; -1 is unlimited"),
	END
};
DEFINE(pids, struct spec_pids, NO_ORIGIN);

static const struct field weight_device_fields[] = {
	I64(struct spec_weight_device, major, "major", REQUIRED, 0, MAX_MAJOR, "major number"),
	I64(struct spec_weight_device, minor, "minor", REQUIRED, 0, MAX_MINOR, "minor number"),
	U32(struct spec_weight_device, weight, "weight", OPTIONAL, UINT16_MAX,
	    "relative weight on this device"),
	U32(struct spec_weight_device, leaf_weight, "leafWeight", OPTIONAL, UINT16_MAX,
	    "cgroup v1 only"),
	END
};
DEFINE(weight_device, struct spec_weight_device, ORIGIN);

static const struct field throttle_device_fields[] = {
	I64(struct spec_throttle_device, major, "major", REQUIRED, 0, MAX_MAJOR, "major number"),
	I64(struct spec_throttle_device, minor, "minor", REQUIRED, 0, MAX_MINOR, "minor number"),
	U64(struct spec_throttle_device, rate, "rate", REQUIRED, UINT64_MAX,
	    "bytes or operations a second"),
	END
};
DEFINE(throttle_device, struct spec_throttle_device, ORIGIN);

static const struct field block_io_fields[] = {
	U32(struct spec_block_io, weight, "weight", OPTIONAL, UINT16_MAX, "relative weight"),
	U32(struct spec_block_io, leaf_weight, "leafWeight", OPTIONAL, UINT16_MAX,
	    "cgroup v1 only"),
	OBJECT_LIST(struct spec_block_io, weight_device, "weightDevice", OPTIONAL, weight_device,
		    "weights by device"),
	OBJECT_LIST(struct spec_block_io, throttle_read_bps_device, "throttleReadBpsDevice",
		    OPTIONAL, throttle_device, "most bytes read a second"),
	OBJECT_LIST(struct spec_block_io, throttle_write_bps_device, "throttleWriteBpsDevice",
		    OPTIONAL, throttle_device, "most bytes written a second"),
	OBJECT_LIST(struct spec_block_io, throttle_read_iops_device, "throttleReadIOPSDevice",
		    OPTIONAL, throttle_device, "most reads a second"),
	OBJECT_LIST(struct spec_block_io, throttle_write_iops_device, "throttleWriteIOPSDevice",
		    OPTIONAL, throttle_device, "most writes a second"),
	END
};
DEFINE(block_io, struct spec_block_io, NO_ORIGIN);

static const struct field hugepage_limit_fields[] = {
	STRING(struct spec_hugepage_limit, page_size, "pageSize", REQUIRED, "64KB, 2MB, 1GB ..."),
	U64(struct spec_hugepage_limit, limit, "limit", REQUIRED, UINT64_MAX,
	    "most bytes in pages of that size"),
	END
};
DEFINE(hugepage_limit, struct spec_hugepage_limit, ORIGIN);

static const struct field interface_priority_fields[] = {
	STRING(struct spec_interface_priority, name, "name", REQUIRED, "network interface"),
	U32(struct spec_interface_priority, priority, "priority", REQUIRED, UINT32_MAX,
	    "priority of what leaves by it"),
	END
};
DEFINE(interface_priority, struct spec_interface_priority, ORIGIN);

static const struct field network_fields[] = {
	U32(struct spec_network, class_id, "classID", OPTIONAL, UINT32_MAX,
	    "tag of all packets; cgroup v1 only"),
	OBJECT_LIST(struct spec_network, priorities, "priorities", OPTIONAL, interface_priority,
		    "cgroup v1 only"),
	END
};
DEFINE(network, struct spec_network, NO_ORIGIN);

static const struct field rdma_fields[] = {
	U32(struct spec_rdma, hca_handles, "hcaHandles", OPTIONAL, UINT32_MAX, "most handles"),
	U32(struct spec_rdma, hca_objects, "hcaObjects", OPTIONAL, UINT32_MAX, "most objects"),
	END
};
DEFINE(rdma, struct spec_rdma, ORIGIN);

static const struct field spec_resources_fields[] = {
	STRING_MAP(struct spec_resources, unified, "unified", OPTIONAL,
		   "cgroup v2 files and what to write into them"),
	OBJECT_LIST(struct spec_resources, devices, "devices", OPTIONAL, device_rule,
		    "device rules; the last match counts"),
	OBJECT(struct spec_resources, memory, "memory", OPTIONAL, memory, "memory controller"),
	OBJECT(struct spec_resources, cpu, "cpu", OPTIONAL, cpu, "cpu and cpuset controllers"),
	OBJECT(struct spec_resources, pids, "pids", OPTIONAL, pids, "pids controller"),
	OBJECT(struct spec_resources, block_io, "blockIO", OPTIONAL, block_io, "io controller"),
	OBJECT_LIST(struct spec_resources, hugepage_limits, "hugepageLimits", OPTIONAL,
		    hugepage_limit, "hugetlb controller"),
	OBJECT(struct spec_resources, network, "network", OPTIONAL, network,
	       "net_cls and net_prio controllers"),
	OBJECT_MAP(struct spec_resources, rdma, "rdma", OPTIONAL, rdma,
		   "rdma controller, by device"),
	END
};
DEFINE_PUBLIC(spec_resources, struct spec_resources, NO_ORIGIN);

/* ------------------------------------------------------------------ seccomp */

static const struct field seccomp_arg_fields[] = {
	U32(struct spec_seccomp_arg, index, "index", REQUIRED, 5, "which argument, from 0"),
	U64(struct spec_seccomp_arg, value, "value", REQUIRED, UINT64_MAX,
	    "what to compare it with"),
	U64(struct spec_seccomp_arg, value_two, "valueTwo", OPTIONAL, UINT64_MAX,
	    "SCMP_CMP_MASKED_EQ: what is left under the mask `value`"),
	WORD(struct spec_seccomp_arg, op, "op", REQUIRED, seccomp_op_words, "comparison"),
	END
};
DEFINE(seccomp_arg, struct spec_seccomp_arg, ORIGIN);

static const struct field seccomp_rule_fields[] = {
	STRING_LIST(struct spec_seccomp_rule, names, "names", REQUIRED, "system calls"),
	WORD(struct spec_seccomp_rule, action, "action", REQUIRED, seccomp_action_words,
	     "what happens to them"),
	U32(struct spec_seccomp_rule, errno_ret, "errnoRet", OPTIONAL, UINT32_MAX,
	    "errno for ERRNO and TRACE; EPERM when absent"),
	OBJECT_LIST(struct spec_seccomp_rule, args, "args", OPTIONAL, seccomp_arg,
		    "only when all of these hold"),
	END
};
DEFINE(seccomp_rule, struct spec_seccomp_rule, ORIGIN);

static const struct field seccomp_fields[] = {
	WORD(struct spec_seccomp, default_action, "defaultAction", REQUIRED, seccomp_action_words,
	     "what happens to all other system calls"),
	U32(struct spec_seccomp, default_errno_ret, "defaultErrnoRet", OPTIONAL, UINT32_MAX,
	    "errno for ERRNO and TRACE; EPERM when absent"),
	WORD_LIST(struct spec_seccomp, architectures, "architectures", OPTIONAL, seccomp_arch_words,
		  "architectures whose system calls are filtered besides the native one's"),
	WORD_LIST(struct spec_seccomp, flags, "flags", OPTIONAL, seccomp_flag_words,
		  "flags of seccomp(2)"),
	STRING(struct spec_seccomp, listener_path, "listenerPath", OPTIONAL,
	       "socket of the agent for SCMP_ACT_NOTIFY"),
	STRING(struct spec_seccomp, listener_metadata, "listenerMetadata", OPTIONAL,
	       "what to tell the agent"),
	OBJECT_LIST(struct spec_seccomp, syscalls, "syscalls", OPTIONAL, seccomp_rule, "rules"),
	END
};
DEFINE(seccomp, struct spec_seccomp, NO_ORIGIN);

/* -------------------------------------------------------------------- linux */

static const struct field intel_rdt_fields[] = {
	STRING(struct spec_intel_rdt, clos_id, "closID", OPTIONAL,
	       "class of service; the container's ID when absent"),
	STRING_LIST(struct spec_intel_rdt, schemata, "schemata", OPTIONAL,
		    "lines for the schemata file"),
	STRING(struct spec_intel_rdt, l3_cache_schema, "l3CacheSchema", OPTIONAL,
	       "L3 cache bit masks, as \"L3:0=f0\""),
	STRING(struct spec_intel_rdt, mem_bw_schema, "memBwSchema", OPTIONAL,
	       "memory bandwidth, as \"MB:0=20\""),
	BOOL(struct spec_intel_rdt, enable_monitoring, "enableMonitoring", OPTIONAL,
	     "count cache and bandwidth use"),
	END
};
DEFINE(intel_rdt, struct spec_intel_rdt, NO_ORIGIN);

static const struct field memory_policy_fields[] = {
	WORD(struct spec_memory_policy, mode, "mode", REQUIRED, memory_policy_mode_words,
	     "as in set_mempolicy(2)"),
	STRING(struct spec_memory_policy, nodes, "nodes", OPTIONAL, "memory nodes, as \"0-1\""),
	WORD_LIST(struct spec_memory_policy, flags, "flags", OPTIONAL, memory_policy_flag_words,
		  "as in set_mempolicy(2)"),
	END
};
DEFINE(memory_policy, struct spec_memory_policy, NO_ORIGIN);

static const struct field personality_fields[] = {
	WORD(struct spec_personality, domain, "domain", REQUIRED, personality_words,
	     "as in personality(2)"),
	STRING_LIST(struct spec_personality, flags, "flags", OPTIONAL,
		    "the specification defines none"),
	END
};
DEFINE(personality, struct spec_personality, NO_ORIGIN);

static const struct field linux_fields[] = {
	OBJECT_LIST(struct spec_linux, uid_mappings, "uidMappings", OPTIONAL, id_map,
		    "user IDs of a new user namespace"),
	OBJECT_LIST(struct spec_linux, gid_mappings, "gidMappings", OPTIONAL, id_map,
		    "group IDs of a new user namespace"),
	STRING_MAP(struct spec_linux, sysctl, "sysctl", OPTIONAL,
		   "kernel parameters of the container's namespaces"),
	OBJECT(struct spec_linux, resources, "resources", OPTIONAL, spec_resources,
	       "limits of the container's cgroup"),
	STRING(struct spec_linux, cgroups_path, "cgroupsPath", OPTIONAL, "where its cgroup lies"),
	OBJECT_LIST(struct spec_linux, namespaces, "namespaces", OPTIONAL, namespace,
		    "namespaces to make or to join; the caller's when not listed"),
	OBJECT_LIST(struct spec_linux, devices, "devices", OPTIONAL, device,
		    "device nodes besides the default ones"),
	OBJECT_MAP(struct spec_linux, net_devices, "netDevices", OPTIONAL, net_device,
		   "network devices to move into the container, by their name outside"),
	OBJECT(struct spec_linux, seccomp, "seccomp", OPTIONAL, seccomp, "system call filter"),
	WORD(struct spec_linux, rootfs_propagation, "rootfsPropagation", OPTIONAL,
	     rootfs_propagation_words, "mount propagation of the root"),
	STRING_LIST(struct spec_linux, masked_paths, "maskedPaths", OPTIONAL,
		    "paths that cannot be read, absolute"),
	STRING_LIST(struct spec_linux, readonly_paths, "readonlyPaths", OPTIONAL,
		    "paths that are read-only, absolute"),
	STRING(struct spec_linux, mount_label, "mountLabel", OPTIONAL,
	       "SELinux label of the mounts"),
	OBJECT(struct spec_linux, intel_rdt, "intelRdt", OPTIONAL, intel_rdt,
	       "Intel Resource Director Technology"),
	OBJECT(struct spec_linux, memory_policy, "memoryPolicy", OPTIONAL, memory_policy,
	       "NUMA memory policy"),
	OBJECT(struct spec_linux, personality, "personality", OPTIONAL, personality,
	       "execution domain"),
	OBJECT_MAP(struct spec_linux, time_offsets, "timeOffsets", OPTIONAL, time_offset,
		   "clocks of a new time namespace: \"monotonic\", \"boottime\""),
	END
};
DEFINE(linux, struct spec_linux, NO_ORIGIN);

/* ------------------------------------------------------------------- config */

static const struct field spec_config_fields[] = {
	STRING(struct spec, oci_version, "ociVersion", REQUIRED,
	       "version of the specification, as \"1.3.0\""),
	OBJECT(struct spec, process, "process", OPTIONAL, spec_process, "what to run"),
	OBJECT(struct spec, root, "root", OPTIONAL, root, "the root filesystem; required on Linux"),
	STRING(struct spec, hostname, "hostname", OPTIONAL, "host name inside the container"),
	STRING(struct spec, domainname, "domainname", OPTIONAL,
	       "NIS domain name inside the container"),
	OBJECT_LIST(struct spec, mounts, "mounts", OPTIONAL, mount, "what to mount, in this order"),
	OBJECT(struct spec, hooks, "hooks", OPTIONAL, hooks,
	       "programs to run at points of the container's life"),
	STRING_MAP(struct spec, annotations, "annotations", OPTIONAL, "free-form data"),
	OBJECT(struct spec, linux, "linux", OPTIONAL, linux, "what only Linux has"),
	IGNORED("freebsd", "of FreeBSD"),
	IGNORED("solaris", "of Solaris"),
	IGNORED("vm", "of virtual machines"),
	IGNORED("windows", "of Windows"),
	IGNORED("zos", "of z/OS"),
	END
};
DEFINE_PUBLIC(spec_config, struct spec, NO_ORIGIN);
