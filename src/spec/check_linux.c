/* The rules of config-linux.md. */
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "spec/checker.h"
#include "spec/sysctl.h"
#include "spec/words.h"

/* UID_GID_MAP_MAX_EXTENTS of the kernel. */
#define MAX_ID_MAPS 340

/*
 * MAX_ERRNO: with SECCOMP_RET_ERRNO the kernel takes a larger one for this. SECCOMP_RET_TRACE hands
 * on 16 bits.
 */
#define MAX_ERRNO 4095

/* IFNAMSIZ without the NUL. */
#define MAX_INTERFACE_NAME 15

/* --------------------------------------------------- namespaces and ID maps */

static void check_namespaces(struct checker *check, const struct spec_linux *linux)
{
	uint64_t seen = 0;
	size_t i;

	for (i = 0; i < linux->namespaces.len; i++) {
		const struct spec_namespace *namespace = &linux->namespaces.at[i];

		if (check_is_broken(check, namespace->origin))
			continue;
		if (seen & namespace->type)
			check_error(check, check_path(check, namespace->origin, "type"),
				    "\"%s\" is there already",
				    words_name(&namespace_words, namespace->type));
		seen |= namespace->type;
		if (namespace->path && *namespace->path && namespace->path[0] != '/')
			check_error(check, check_path(check, namespace->origin, "path"),
				    "expected an absolute path, found %s",
				    check_shown(check, namespace->path));
	}
}

static bool overlap(uint64_t a, uint64_t b, const struct spec_id_map *first,
		    const struct spec_id_map *second)
{
	return a < b + second->size && b < a + first->size;
}

/*
 * user_namespaces(7): the kernel refuses the same, with EINVAL and no word about which entry it
 * means.
 */
static void check_id_map(struct checker *check, const struct spec_id_map *at, size_t len,
			 const char *property)
{
	const char *path = check_path(check, "linux", property), *entry;
	const uint64_t ids = UINT64_C(1) << 32;
	size_t i, j;

	if (check_is_broken(check, path))
		return;
	if (len > MAX_ID_MAPS) {
		check_error(check, path, "%zu entries are more than the kernel takes (%d)", len,
			    MAX_ID_MAPS);
		return;
	}
	for (i = 0; i < len; i++) {
		entry = check_path_element(check, "linux", property, i);
		if (at[i].size == 0)
			check_error(check, check_path(check, entry, "size"), "0 IDs map nothing");
		if (at[i].container_id + at[i].size > ids || at[i].host_id + at[i].size > ids)
			check_error(check, check_path(check, entry, "size"),
				    "%ju IDs reach beyond the last one, %u", (uintmax_t)at[i].size,
				    UINT32_MAX);
		for (j = 0; j < i; j++) {
			if (overlap(at[i].container_id, at[j].container_id, &at[i], &at[j]))
				check_error(check, check_path(check, entry, "containerID"),
					    "overlaps with %s[%zu]", path, j);
			if (overlap(at[i].host_id, at[j].host_id, &at[i], &at[j]))
				check_error(check, check_path(check, entry, "hostID"),
					    "overlaps with %s[%zu]", path, j);
		}
	}
}

/* With a user namespace that is joined, mappings say what is there already: engines write both. */
static void check_id_maps(struct checker *check, const struct spec_linux *linux)
{
	const bool is_new = check->namespaces & ~check->joined & CLONE_NEWUSER;

	check_id_map(check, linux->uid_mappings.at, linux->uid_mappings.len, "uidMappings");
	check_id_map(check, linux->gid_mappings.at, linux->gid_mappings.len, "gidMappings");
	if (check_is_broken(check, "linux.namespaces"))
		return;
	if (linux->uid_mappings.len && !(check->namespaces & CLONE_NEWUSER))
		check_error(check, "linux.uidMappings", "needs \"user\" among linux.namespaces");
	if (linux->gid_mappings.len && !(check->namespaces & CLONE_NEWUSER))
		check_error(check, "linux.gidMappings", "needs \"user\" among linux.namespaces");
	if (is_new && !linux->uid_mappings.len)
		check_error(check, "linux.uidMappings",
			    "missing (a new user namespace has no user without)");
	if (is_new && !linux->gid_mappings.len)
		check_error(check, "linux.gidMappings",
			    "missing (a new user namespace has no group without)");
}

static void check_time_offsets(struct checker *check, const struct spec_linux *linux)
{
	size_t i;

	for (i = 0; i < linux->time_offsets.len; i++) {
		const struct spec_time_offset *offset = &linux->time_offsets.at[i];

		if (strcmp(offset->key, "monotonic") != 0 && strcmp(offset->key, "boottime") != 0)
			check_error(check, offset->origin,
				    "no such clock (expected \"monotonic\" or \"boottime\")");
	}
	if (linux->time_offsets.len && !(check->namespaces & ~check->joined & CLONE_NEWTIME) &&
	    !check_is_broken(check, "linux.namespaces"))
		check_error(check, "linux.timeOffsets",
			    "needs a new \"time\" namespace (linux.namespaces)");
}

/* ------------------------------------------------------------------ devices */

static void check_device(struct checker *check, const struct spec_device *device)
{
	const char *type = device->type;

	if (type && (strlen(type) != 1 || !strchr("cbup", *type)))
		check_error(check, check_path(check, device->origin, "type"),
			    "expected \"c\", \"b\", \"u\" or \"p\", found %s",
			    check_shown(check, type));
	if (device->path && device->path[0] != '/')
		check_error(check, check_path(check, device->origin, "path"),
			    "expected an absolute path, found %s",
			    check_shown(check, device->path));
	if (!type || *type == 'p')
		return;
	if (!device->major.set)
		check_error(check, check_path(check, device->origin, "major"),
			    "missing (only a pipe does without)");
	if (!device->minor.set)
		check_error(check, check_path(check, device->origin, "minor"),
			    "missing (only a pipe does without)");
}

/* What the kernel's dev_valid_name() takes; a '%' is left to number the device by. */
static bool is_interface_name(const char *name)
{
	return check_is_file_name(name) && strlen(name) <= MAX_INTERFACE_NAME &&
	       !strpbrk(name, ": \t\n\v\f\r");
}

static void check_net_device(struct checker *check, const struct spec_net_device *device)
{
	if (!is_interface_name(device->key))
		check_error(check, device->origin, "no name of a network device");
	if (device->name && *device->name && !is_interface_name(device->name))
		check_error(check, check_path(check, device->origin, "name"),
			    "no name of a network device: %s", check_shown(check, device->name));
}

/* ------------------------------------------------------------------- sysctl */

/*
 * A parameter that no namespace of the container owns would be changed for the whole machine. A
 * name that is hidden behind two spellings is looked at in the form in which it will be written.
 */
static void check_sysctl(struct checker *check, const struct spec *spec, const char *name)
{
	const char *path = check_path_key(check, "linux", "sysctl", name);
	const char *file = sysctl_file(name, check->complaints->arena);
	uint64_t owner;

	if (!file) {
		check_error(check, path, "no name of a kernel parameter");
		return;
	}
	owner = sysctl_namespace(file);
	if (!owner)
		check_error(check, path,
			    "belongs to no namespace: it would be changed on the host");
	else if (strcmp(file, "kernel/hostname") == 0)
		check_error(check, path,
			    "conflicts with the property \"hostname\", which is meant for that");
	else if (strcmp(file, "kernel/domainname") == 0 && spec->domainname && *spec->domainname)
		check_error(check, path, "conflicts with the property \"domainname\"");
	else if (!(check->namespaces & owner) && !check_is_broken(check, "linux.namespaces"))
		check_error(check, path,
			    "needs \"%s\" among linux.namespaces: it would be changed on the host",
			    words_name(&namespace_words, owner));
}

/* ------------------------------------------------------------------ seccomp */

static void check_errno(struct checker *check, uint64_t action, const struct opt_u32 *number,
			const char *path)
{
	const uint32_t most = action == SECCOMP_RET_ERRNO ? MAX_ERRNO : SECCOMP_RET_DATA;

	if (!number->set)
		return;
	if (action != SECCOMP_RET_ERRNO && action != SECCOMP_RET_TRACE)
		check_error(check, path,
			    "%s has no errno (only SCMP_ACT_ERRNO and SCMP_ACT_TRACE do)",
			    words_name(&seccomp_action_words, action));
	else if (number->value > most)
		check_error(check, path, "%u is not between 0 and %u", number->value, most);
}

static void check_seccomp(struct checker *check, const struct spec_seccomp *seccomp)
{
	size_t i, j;

	if (!check_is_broken(check, "linux.seccomp.defaultAction"))
		check_errno(check, seccomp->default_action, &seccomp->default_errno_ret,
			    "linux.seccomp.defaultErrnoRet");
	for (i = 0; i < seccomp->flags.len; i++)
		/* It is about who receives notifications; the kernel refuses it without (seccomp(2)). */
		if (seccomp->flags.at[i] == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
			check_error(check, "linux.seccomp.flags",
				    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is for SCMP_ACT_NOTIFY, which is "
				    "not supported by this version of hoy");
	if (seccomp->listener_metadata && *seccomp->listener_metadata &&
	    (!seccomp->listener_path || !*seccomp->listener_path))
		check_error(check, "linux.seccomp.listenerMetadata",
			    "needs linux.seccomp.listenerPath");
	for (i = 0; i < seccomp->syscalls.len; i++) {
		const struct spec_seccomp_rule *rule = &seccomp->syscalls.at[i];

		if (!check_is_broken(check, check_path(check, rule->origin, "action")))
			check_errno(check, rule->action, &rule->errno_ret,
				    check_path(check, rule->origin, "errnoRet"));
		if (rule->names.at && !rule->names.len)
			check_error(check, check_path(check, rule->origin, "names"),
				    "empty (at least one system call is needed)");
		for (j = 0; j < rule->names.len; j++)
			if (!*rule->names.at[j])
				check_error(check,
					    check_path_element(check, rule->origin, "names", j),
					    "empty (a system call)");
	}
}

/* --------------------------------------------------------------------- rest */

static void check_absolute(struct checker *check, const char *const *paths, size_t len,
			   const char *property)
{
	size_t i;

	if (check_is_broken(check, check_path(check, "linux", property)))
		return;
	for (i = 0; i < len; i++)
		if (paths[i][0] != '/')
			check_error(check, check_path_element(check, "linux", property, i),
				    "expected an absolute path, found %s",
				    check_shown(check, paths[i]));
}

/* closID becomes a directory of resctrl. */
static void check_intel_rdt(struct checker *check, const struct spec_intel_rdt *rdt)
{
	if (rdt->clos_id && *rdt->clos_id && !check_is_file_name(rdt->clos_id))
		check_error(check, "linux.intelRdt.closID", "expected a name without '/', found %s",
			    check_shown(check, rdt->clos_id));
	if (rdt->mem_bw_schema && *rdt->mem_bw_schema &&
	    (!text_starts_with(rdt->mem_bw_schema, "MB:") || strchr(rdt->mem_bw_schema, '\n')))
		check_error(check, "linux.intelRdt.memBwSchema",
			    "expected one line that begins with \"MB:\", found %s",
			    check_shown(check, rdt->mem_bw_schema));
}

void check_linux(struct checker *check, const struct spec *spec)
{
	const struct spec_linux *linux = spec->linux;
	size_t i;

	check_namespaces(check, linux);
	check_id_maps(check, linux);
	check_time_offsets(check, linux);
	for (i = 0; i < linux->devices.len; i++)
		check_device(check, &linux->devices.at[i]);
	for (i = 0; i < linux->net_devices.len; i++)
		check_net_device(check, &linux->net_devices.at[i]);
	for (i = 0; i < linux->sysctl.len; i++)
		check_sysctl(check, spec, linux->sysctl.at[i].key);
	if (linux->resources)
		check_resources(check, linux->resources, "linux.resources");
	if (linux->seccomp)
		check_seccomp(check, linux->seccomp);
	if (linux->intel_rdt)
		check_intel_rdt(check, linux->intel_rdt);
	if (linux->memory_policy && linux->memory_policy->nodes && *linux->memory_policy->nodes &&
	    !check_is_number_list(linux->memory_policy->nodes))
		check_error(check, "linux.memoryPolicy.nodes",
			    "expected a list of nodes like \"0-3,7\", found %s",
			    check_shown(check, linux->memory_policy->nodes));
	if (linux->personality && linux->personality->flags.len)
		check_error(check, "linux.personality.flags", "the specification knows no flags");
	check_absolute(check, linux->masked_paths.at, linux->masked_paths.len, "maskedPaths");
	check_absolute(check, linux->readonly_paths.at, linux->readonly_paths.len, "readonlyPaths");
}
