/*
 * What is understood but not done: refused by name, one row a property. Whoever builds one deletes
 * its row.
 *
 * A row's test says whether the value asks for anything: engines write empty objects, zeros and the
 * kernel's own defaults all the time, and those are fine.
 */
#include <linux/seccomp.h>
#include <sys/personality.h>

#include "spec/checker.h"
#include "spec/words.h"

#define NOT_YET "not supported by this version of hoy"
#define V1_ONLY "cgroup v2 has nothing like it, and hoy uses no other"

static bool is_set(const char *text)
{
	return text && *text;
}

/* ------------------------------------------------------------------ process */

static bool asks_apparmor(const struct spec_process *process)
{
	return is_set(process->apparmor_profile);
}

static bool asks_selinux(const struct spec_process *process)
{
	return is_set(process->selinux_label);
}

static bool asks_scheduler(const struct spec_process *process)
{
	return process->scheduler;
}

static bool asks_io_priority(const struct spec_process *process)
{
	return process->io_priority;
}

static bool asks_affinity(const struct spec_process *process)
{
	const struct spec_cpu_affinity *affinity = process->exec_cpu_affinity;

	return affinity && (is_set(affinity->initial) || is_set(affinity->final));
}

static const struct {
	const char *property;
	bool (*asks)(const struct spec_process *);
	const char *answer;
} process_rows[] = {
	{ "apparmorProfile", asks_apparmor, NOT_YET },
	{ "selinuxLabel", asks_selinux, NOT_YET },
	{ "scheduler", asks_scheduler, NOT_YET },
	{ "ioPriority", asks_io_priority, NOT_YET },
	{ "execCPUAffinity", asks_affinity, NOT_YET },
};

/* ---------------------------------------------------------------- resources */

static bool asks_swappiness(const struct spec_resources *resources)
{
	return resources->memory && resources->memory->swappiness.set;
}

static bool asks_kernel_memory(const struct spec_resources *resources)
{
	return resources->memory && resources->memory->kernel.value > 0;
}

static bool asks_kernel_tcp(const struct spec_resources *resources)
{
	return resources->memory && resources->memory->kernel_tcp.value > 0;
}

static bool asks_no_oom_killer(const struct spec_resources *resources)
{
	return resources->memory && resources->memory->disable_oom_killer.value;
}

/* true is how cgroup v2 always works. */
static bool asks_no_hierarchy(const struct spec_resources *resources)
{
	const struct spec_memory *memory = resources->memory;

	return memory && memory->use_hierarchy.set && !memory->use_hierarchy.value;
}

static bool asks_realtime_runtime(const struct spec_resources *resources)
{
	return resources->cpu && resources->cpu->realtime_runtime.value;
}

static bool asks_realtime_period(const struct spec_resources *resources)
{
	return resources->cpu && resources->cpu->realtime_period.value;
}

static bool asks_leaf_weight(const struct spec_resources *resources)
{
	return resources->block_io && resources->block_io->leaf_weight.value;
}

static bool asks_weight(const struct spec_resources *resources)
{
	return resources->block_io && resources->block_io->weight.value;
}

static bool asks_weight_device(const struct spec_resources *resources)
{
	return resources->block_io && resources->block_io->weight_device.len;
}

static bool asks_read_bps(const struct spec_resources *resources)
{
	return resources->block_io && resources->block_io->throttle_read_bps_device.len;
}

static bool asks_write_bps(const struct spec_resources *resources)
{
	return resources->block_io && resources->block_io->throttle_write_bps_device.len;
}

static bool asks_read_iops(const struct spec_resources *resources)
{
	return resources->block_io && resources->block_io->throttle_read_iops_device.len;
}

static bool asks_write_iops(const struct spec_resources *resources)
{
	return resources->block_io && resources->block_io->throttle_write_iops_device.len;
}

static bool asks_hugepages(const struct spec_resources *resources)
{
	return resources->hugepage_limits.len;
}

static bool asks_rdma(const struct spec_resources *resources)
{
	return resources->rdma.len;
}

static bool asks_class_id(const struct spec_resources *resources)
{
	return resources->network && resources->network->class_id.value;
}

static bool asks_priorities(const struct spec_resources *resources)
{
	return resources->network && resources->network->priorities.len;
}

static const struct {
	const char *property;
	bool (*asks)(const struct spec_resources *);
	const char *answer;
} resource_rows[] = {
	{ "memory.kernel", asks_kernel_memory, V1_ONLY },
	{ "memory.kernelTCP", asks_kernel_tcp, V1_ONLY },
	{ "memory.swappiness", asks_swappiness, V1_ONLY },
	{ "memory.disableOOMKiller", asks_no_oom_killer, V1_ONLY },
	{ "memory.useHierarchy", asks_no_hierarchy, V1_ONLY },
	{ "cpu.realtimeRuntime", asks_realtime_runtime, V1_ONLY },
	{ "cpu.realtimePeriod", asks_realtime_period, V1_ONLY },
	{ "blockIO.weight", asks_weight, NOT_YET },
	{ "blockIO.leafWeight", asks_leaf_weight, V1_ONLY },
	{ "blockIO.weightDevice", asks_weight_device, NOT_YET },
	{ "blockIO.throttleReadBpsDevice", asks_read_bps, NOT_YET },
	{ "blockIO.throttleWriteBpsDevice", asks_write_bps, NOT_YET },
	{ "blockIO.throttleReadIOPSDevice", asks_read_iops, NOT_YET },
	{ "blockIO.throttleWriteIOPSDevice", asks_write_iops, NOT_YET },
	{ "hugepageLimits", asks_hugepages, NOT_YET },
	{ "network.classID", asks_class_id, V1_ONLY },
	{ "network.priorities", asks_priorities, V1_ONLY },
	{ "rdma", asks_rdma, NOT_YET },
};

/* -------------------------------------------------------------------- linux */

static bool asks_net_devices(const struct spec_linux *linux)
{
	return linux->net_devices.len;
}

/* An empty object asks too: for a class of service of the container's own (config-linux.md). */
static bool asks_intel_rdt(const struct spec_linux *linux)
{
	return linux->intel_rdt;
}

static bool asks_memory_policy(const struct spec_linux *linux)
{
	return linux->memory_policy;
}

static bool asks_mount_label(const struct spec_linux *linux)
{
	return is_set(linux->mount_label);
}

static bool asks_personality(const struct spec_linux *linux)
{
	return linux->personality && linux->personality->domain != PER_LINUX;
}

static bool asks_time_offsets(const struct spec_linux *linux)
{
	const struct spec_time_offset *offset;
	size_t i;

	for (i = 0; i < linux->time_offsets.len; i++) {
		offset = &linux->time_offsets.at[i];
		if (offset->secs.value || offset->nanosecs.value)
			return true;
	}
	return false;
}

static bool asks_notify(const struct spec_linux *linux)
{
	return linux->seccomp && linux->seccomp->default_action == SECCOMP_RET_USER_NOTIF;
}

static const struct {
	const char *property;
	bool (*asks)(const struct spec_linux *);
	const char *answer;
} linux_rows[] = {
	{ "netDevices", asks_net_devices, NOT_YET },
	{ "intelRdt", asks_intel_rdt, NOT_YET },
	{ "memoryPolicy", asks_memory_policy, NOT_YET },
	{ "mountLabel", asks_mount_label, NOT_YET },
	{ "personality", asks_personality, NOT_YET },
	{ "timeOffsets", asks_time_offsets, NOT_YET },
	{ "seccomp.defaultAction", asks_notify, "SCMP_ACT_NOTIFY is " NOT_YET },
};

/* ------------------------------------------------- within elements of a list */

static bool asks_uid_mappings(const struct spec_mount *mount)
{
	return mount->uid_mappings.len;
}

static bool asks_gid_mappings(const struct spec_mount *mount)
{
	return mount->gid_mappings.len;
}

static const struct {
	const char *property;
	bool (*asks)(const struct spec_mount *);
	const char *answer;
} mount_rows[] = {
	{ "uidMappings", asks_uid_mappings, NOT_YET },
	{ "gidMappings", asks_gid_mappings, NOT_YET },
};

static const struct {
	enum mount_option_kind kind;
	const char *answer;
} mount_option_rows[] = {
	{ OPTION_IDMAP, NOT_YET },
};

static const struct {
	uint64_t action;
	const char *answer;
} seccomp_action_rows[] = {
	{ SECCOMP_RET_USER_NOTIF, NOT_YET },
};

/* --------------------------------------------------------------------- walk */

void check_unsupported_process(struct checker *check, const struct spec_process *process,
			       const char *path)
{
	size_t i;

	for (i = 0; i < COUNT(process_rows); i++)
		if (process_rows[i].asks(process))
			check_error(check, check_path(check, path, process_rows[i].property), "%s",
				    process_rows[i].answer);
}

void check_unsupported_resources(struct checker *check, const struct spec_resources *resources,
				 const char *path)
{
	size_t i;

	for (i = 0; i < COUNT(resource_rows); i++)
		if (resource_rows[i].asks(resources))
			check_error(check, check_path(check, path, resource_rows[i].property), "%s",
				    resource_rows[i].answer);
}

static void check_option(struct checker *check, const struct spec_mount *mount, size_t index)
{
	const struct mount_option *option = mount_option_find(mount->options.at[index]);
	size_t i;

	for (i = 0; option && i < COUNT(mount_option_rows); i++)
		if (option->kind == mount_option_rows[i].kind)
			check_error(check,
				    check_path_element(check, mount->origin, "options", index),
				    "\"%s\" is %s", option->name, mount_option_rows[i].answer);
}

static void check_mount(struct checker *check, const struct spec_mount *mount)
{
	size_t i;

	for (i = 0; i < COUNT(mount_rows); i++)
		if (mount_rows[i].asks(mount))
			check_error(check, check_path(check, mount->origin, mount_rows[i].property),
				    "%s", mount_rows[i].answer);
	for (i = 0; i < mount->options.len; i++)
		check_option(check, mount, i);
}

static void check_rule(struct checker *check, const struct spec_seccomp_rule *rule)
{
	size_t i;

	for (i = 0; i < COUNT(seccomp_action_rows); i++)
		if (rule->action == seccomp_action_rows[i].action)
			check_error(check, check_path(check, rule->origin, "action"), "%s is %s",
				    words_name(&seccomp_action_words, rule->action),
				    seccomp_action_rows[i].answer);
}

void check_unsupported(struct checker *check, const struct spec *spec)
{
	const struct spec_linux *linux = spec->linux;
	size_t i;

	for (i = 0; i < spec->mounts.len; i++)
		check_mount(check, &spec->mounts.at[i]);
	if (!linux)
		return;
	for (i = 0; i < COUNT(linux_rows); i++)
		if (linux_rows[i].asks(linux))
			check_error(check, check_path(check, "linux", linux_rows[i].property), "%s",
				    linux_rows[i].answer);
	for (i = 0; linux->seccomp && i < linux->seccomp->syscalls.len; i++)
		check_rule(check, &linux->seccomp->syscalls.at[i]);
}
