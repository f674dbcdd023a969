/* Which devices a container may open and make: linux.resources.devices, and what every one may. */
#include <string.h>

#include "plan/builder.h"
#include "plan/device_filter.h"

/*
 * What every container may do, behind its own rules: make any node, and use the default devices,
 * its terminals and the TUN device. More than the specification asks for, but what engines' configs
 * have relied on since Docker's first days (runc, specconv.AllowedDevices). Those of a path give
 * way to a listed device of that path, whose rule is then the config's to give.
 */
static const struct {
	const char *path;
	struct device_rule rule;
} always[] = {
	{ NULL, { true, BPF_DEVCG_DEV_CHAR, DEVICE_ANY, DEVICE_ANY, BPF_DEVCG_ACC_MKNOD } },
	{ NULL, { true, BPF_DEVCG_DEV_BLOCK, DEVICE_ANY, DEVICE_ANY, BPF_DEVCG_ACC_MKNOD } },
	{ "/dev/null", { true, BPF_DEVCG_DEV_CHAR, 1, 3, DEVICE_ALL_ACCESS } },
	{ "/dev/random", { true, BPF_DEVCG_DEV_CHAR, 1, 8, DEVICE_ALL_ACCESS } },
	{ "/dev/full", { true, BPF_DEVCG_DEV_CHAR, 1, 7, DEVICE_ALL_ACCESS } },
	{ "/dev/tty", { true, BPF_DEVCG_DEV_CHAR, 5, 0, DEVICE_ALL_ACCESS } },
	{ "/dev/zero", { true, BPF_DEVCG_DEV_CHAR, 1, 5, DEVICE_ALL_ACCESS } },
	{ "/dev/urandom", { true, BPF_DEVCG_DEV_CHAR, 1, 9, DEVICE_ALL_ACCESS } },
	{ NULL, { true, BPF_DEVCG_DEV_CHAR, 136, DEVICE_ANY, DEVICE_ALL_ACCESS } },
	{ NULL, { true, BPF_DEVCG_DEV_CHAR, 5, 2, DEVICE_ALL_ACCESS } },
	{ NULL, { true, BPF_DEVCG_DEV_CHAR, 10, 200, DEVICE_ALL_ACCESS } },
};

static int read_number(struct builder *b, const struct opt_i64 *from, const char *origin,
		       const char *name, int64_t *number)
{
	*number = from->set ? from->value : DEVICE_ANY;
	if (*number < DEVICE_ANY || *number > UINT32_MAX)
		return fail(b->err, ERROR_CONFIG, "%s.%s: no device has such a number", origin,
			    name);
	return 0;
}

static int read_rule(struct builder *b, const struct spec_device_rule *from,
		     struct device_rule *rule)
{
	const char *at;

	rule->allow = from->allow;
	rule->kind = DEVICE_ANY;
	if (from->type && strcmp(from->type, "c") == 0)
		rule->kind = BPF_DEVCG_DEV_CHAR;
	else if (from->type && strcmp(from->type, "b") == 0)
		rule->kind = BPF_DEVCG_DEV_BLOCK;
	else if (from->type && *from->type && strcmp(from->type, "a") != 0)
		return fail(b->err, ERROR_CONFIG, "%s.type: expected 'a', 'b' or 'c', found '%s'",
			    from->origin, from->type);
	if (read_number(b, &from->major, from->origin, "major", &rule->major) < 0 ||
	    read_number(b, &from->minor, from->origin, "minor", &rule->minor) < 0)
		return -1;
	if (!from->access || !*from->access)
		rule->access = DEVICE_ALL_ACCESS;
	for (at = from->access; at && *at; at++) {
		if (!strchr("rwm", *at))
			return fail(b->err, ERROR_CONFIG,
				    "%s.access: expected some of 'rwm', found '%s'", from->origin,
				    from->access);
		rule->access |= *at == 'r'   ? BPF_DEVCG_ACC_READ
				: *at == 'w' ? BPF_DEVCG_ACC_WRITE
					     : BPF_DEVCG_ACC_MKNOD;
	}
	return 0;
}

static bool is_listed(const struct builder *b, const char *path)
{
	size_t i;

	for (i = 0; i < b->linux->devices.len; i++)
		if (strcmp(b->linux->devices.at[i].path, path) == 0)
			return true;
	return false;
}

int build_device_filter(struct builder *b)
{
	const struct spec_resources *from = b->linux->resources;
	size_t i, len = 0, listed = from ? from->devices.len : 0;
	struct device_rule *rules =
		arena_array(b->arena, struct device_rule, listed + COUNT(always));

	b->plan->cgroup.device_origin = "linux.resources.devices";
	for (i = 0; i < listed; i++)
		if (read_rule(b, &from->devices.at[i], &rules[len++]) < 0)
			return -1;
	/*
	 * Only the first user namespace may load such a program, and without that nobody can open a
	 * device he was not given.
	 */
	if (b->plan->rootless)
		return 0;
	for (i = 0; i < COUNT(always); i++)
		if (!always[i].path || !is_listed(b, always[i].path))
			rules[len++] = always[i].rule;
	if (device_filter_compile(&b->plan->cgroup, rules, len, b->arena) != 0)
		return fail(b->err, ERROR_CONFIG,
			    "linux.resources.devices: more rules than the kernel can be given");
	if (listed && b->plan->cgroup.device_program.len)
		b->plan->cgroup.required = true;
	return 0;
}
