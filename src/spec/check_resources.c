/* The rules of linux.resources, and of a resources.json. */
#include <stdint.h>
#include <string.h>

#include "spec/checker.h"

/*
 * Of cpu.max: kernel/sched/core.c, min_cfs_quota_period and max_cfs_quota_period, in microseconds.
 */
#define MIN_PERIOD 1000
#define MAX_PERIOD 1000000

static void check_device_rule(struct checker *check, const struct spec_device_rule *rule)
{
	if (rule->type && *rule->type && (strlen(rule->type) != 1 || !strchr("acb", *rule->type)))
		check_error(check, check_path(check, rule->origin, "type"),
			    "expected \"a\", \"c\" or \"b\", found %s",
			    check_shown(check, rule->type));
	if (rule->access && rule->access[strspn(rule->access, "rwm")])
		check_error(check, check_path(check, rule->origin, "access"),
			    "expected letters of \"rwm\", found %s",
			    check_shown(check, rule->access));
}

/*
 * cgroup v2 limits swap alone, so what was asked for must be a sum that has the memory limit in it.
 * 0 is "not set" to all engines.
 */
static void check_memory(struct checker *check, const struct spec_memory *memory, const char *path)
{
	const int64_t swap = memory->swap.value, limit = memory->limit.value;

	path = check_path(check, path, "swap");
	if (swap <= 0)
		return;
	if (limit <= 0)
		check_error(check, path,
			    "needs a memory limit: it is that of memory and swap together");
	else if (swap < limit)
		check_error(check, path, "%jd is below the memory limit of %jd, which it contains",
			    (intmax_t)swap, (intmax_t)limit);
}

static void check_number_list(struct checker *check, const char *list, const char *path,
			      const char *what)
{
	if (list && *list && !check_is_number_list(list))
		check_error(check, path, "expected a list of %s like \"0-3,7\", found %s", what,
			    check_shown(check, list));
}

static void check_cpu(struct checker *check, const struct spec_cpu *cpu, const char *path)
{
	if (cpu->period.value && (cpu->period.value < MIN_PERIOD || cpu->period.value > MAX_PERIOD))
		check_error(check, check_path(check, path, "period"),
			    "%ju is not between %d and %d", (uintmax_t)cpu->period.value,
			    MIN_PERIOD, MAX_PERIOD);
	if (cpu->quota.value > 0 && cpu->quota.value < MIN_PERIOD)
		check_error(check, check_path(check, path, "quota"),
			    "%jd is below the kernel's least, %d", (intmax_t)cpu->quota.value,
			    MIN_PERIOD);
	if (cpu->quota.value > 0 && cpu->burst.value > (uint64_t)cpu->quota.value)
		check_error(check, check_path(check, path, "burst"),
			    "%ju is above the quota of %jd", (uintmax_t)cpu->burst.value,
			    (intmax_t)cpu->quota.value);
	check_number_list(check, cpu->cpus, check_path(check, path, "cpus"), "CPUs");
	check_number_list(check, cpu->mems, check_path(check, path, "mems"), "memory nodes");
}

static void check_block_io(struct checker *check, const struct spec_block_io *io)
{
	size_t i;

	for (i = 0; i < io->weight_device.len; i++) {
		const struct spec_weight_device *device = &io->weight_device.at[i];

		if (!device->weight.set && !device->leaf_weight.set)
			check_error(check, device->origin,
				    "neither \"weight\" nor \"leafWeight\" is there");
	}
}

/* It becomes part of a file name: hugetlb.2MB.max. */
static void check_hugepage_limit(struct checker *check, const struct spec_hugepage_limit *limit)
{
	const char *size = limit->page_size;
	size_t digits;

	if (!size)
		return;
	digits = strspn(size, "0123456789");
	if (digits == 0 || size[0] == '0' || !size[digits] || !strchr("KMG", size[digits]) ||
	    strcmp(size + digits + 1, "B") != 0)
		check_error(check, check_path(check, limit->origin, "pageSize"),
			    "expected a size like \"2MB\" (KB, MB or GB), found %s",
			    check_shown(check, size));
}

static void check_rdma(struct checker *check, const struct spec_rdma *rdma)
{
	if (!check_is_file_name(rdma->key) || strpbrk(rdma->key, " \t\n="))
		check_error(check, rdma->origin, "no name of a device");
	if (!rdma->hca_handles.set && !rdma->hca_objects.set)
		check_error(check, rdma->origin,
			    "neither \"hcaHandles\" nor \"hcaObjects\" is there");
}

/*
 * Whatever the kernel may have: the specification wants it written. But it must be a file of that
 * folder, and those have dots.
 */
static void check_unified(struct checker *check, const char *file, const char *path)
{
	if (!check_is_file_name(file) || file[0] == '.' || !strchr(file, '.'))
		check_error(check, check_path_key(check, path, "unified", file),
			    "expected the name of a cgroup file, like \"memory.high\"");
}

void check_resources(struct checker *check, const struct spec_resources *resources,
		     const char *path)
{
	size_t i;

	for (i = 0; i < resources->devices.len; i++)
		check_device_rule(check, &resources->devices.at[i]);
	if (resources->memory)
		check_memory(check, resources->memory, check_path(check, path, "memory"));
	if (resources->cpu)
		check_cpu(check, resources->cpu, check_path(check, path, "cpu"));
	if (resources->block_io)
		check_block_io(check, resources->block_io);
	for (i = 0; i < resources->hugepage_limits.len; i++)
		check_hugepage_limit(check, &resources->hugepage_limits.at[i]);
	for (i = 0; i < resources->rdma.len; i++)
		check_rdma(check, &resources->rdma.at[i]);
	for (i = 0; i < resources->unified.len; i++)
		check_unified(check, resources->unified.at[i].key, path);
	check_unsupported_resources(check, resources, path);
}
