#include "spec/default.h"

#include <linux/sched.h>
#include <sys/resource.h>

#include "json/encode.h"
#include "spec/schema.h"

/* The lists below are what runc's `spec` has written for years, and what people edit. */

#define SET_STRINGS(arena, list, ...)                                 \
	do {                                                          \
		static const char *const strings[] = { __VA_ARGS__ }; \
		size_t next;                                          \
                                                                      \
		for (next = 0; next < COUNT(strings); next++)         \
			*list_add(arena, list) = strings[next];       \
	} while (0)

static void set_capabilities(struct spec_process *process, struct arena *arena)
{
	struct spec_capabilities *sets = arena_new(arena, struct spec_capabilities);

	SET_STRINGS(arena, &sets->bounding, "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
	SET_STRINGS(arena, &sets->effective, "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
	SET_STRINGS(arena, &sets->permitted, "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
	process->capabilities = sets;
}

static struct spec_process *default_process(struct arena *arena)
{
	struct spec_process *process = arena_new(arena, struct spec_process);
	struct spec_rlimit *files;

	process->terminal = (struct opt_bool){ true, true };
	SET_STRINGS(arena, &process->args, "sh");
	SET_STRINGS(arena, &process->env,
		    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		    "TERM=xterm");
	process->cwd = "/";
	set_capabilities(process, arena);
	files = list_add(arena, &process->rlimits);
	files->type = RLIMIT_NOFILE;
	files->soft = files->hard = 1024;
	process->no_new_privileges = (struct opt_bool){ true, true };
	return process;
}

static struct spec_mount *add_mount(struct spec *spec, struct arena *arena, const char *destination,
				    const char *type, const char *source)
{
	struct spec_mount *mount = list_add(arena, &spec->mounts);

	mount->destination = destination;
	mount->type = type;
	mount->source = source;
	return mount;
}

static void add_mounts(struct spec *spec, bool rootless, struct arena *arena)
{
	struct spec_mount *mount;

	add_mount(spec, arena, "/proc", "proc", "proc");
	mount = add_mount(spec, arena, "/dev", "tmpfs", "tmpfs");
	SET_STRINGS(arena, &mount->options, "nosuid", "strictatime", "mode=755", "size=65536k");
	mount = add_mount(spec, arena, "/dev/pts", "devpts", "devpts");
	SET_STRINGS(arena, &mount->options, "nosuid", "noexec", "newinstance", "ptmxmode=0666",
		    "mode=0620");
	/*
	 * The group "tty" of most distributions. A user namespace of one ID has no group 5, and
	 * devpts would refuse.
	 */
	if (!rootless)
		SET_STRINGS(arena, &mount->options, "gid=5");
	mount = add_mount(spec, arena, "/dev/shm", "tmpfs", "shm");
	SET_STRINGS(arena, &mount->options, "nosuid", "noexec", "nodev", "mode=1777",
		    "size=65536k");
	mount = add_mount(spec, arena, "/dev/mqueue", "mqueue", "mqueue");
	SET_STRINGS(arena, &mount->options, "nosuid", "noexec", "nodev");
	if (rootless) {
		/*
		 * A new sysfs belongs to the network namespace, which an ordinary user's container
		 * shares with the host.
		 */
		mount = add_mount(spec, arena, "/sys", "none", "/sys");
		SET_STRINGS(arena, &mount->options, "rbind", "nosuid", "noexec", "nodev", "rro");
	} else {
		mount = add_mount(spec, arena, "/sys", "sysfs", "sysfs");
		SET_STRINGS(arena, &mount->options, "nosuid", "noexec", "nodev", "ro");
	}
	mount = add_mount(spec, arena, "/sys/fs/cgroup", "cgroup", "cgroup");
	SET_STRINGS(arena, &mount->options, "nosuid", "noexec", "nodev", "relatime", "ro");
}

static void add_namespaces(struct spec_linux *linux, bool rootless, struct arena *arena)
{
	list_add(arena, &linux->namespaces)->type = CLONE_NEWPID;
	if (!rootless)
		list_add(arena, &linux->namespaces)->type = CLONE_NEWNET;
	list_add(arena, &linux->namespaces)->type = CLONE_NEWIPC;
	list_add(arena, &linux->namespaces)->type = CLONE_NEWUTS;
	list_add(arena, &linux->namespaces)->type = CLONE_NEWNS;
	list_add(arena, &linux->namespaces)->type = CLONE_NEWCGROUP;
	if (rootless)
		list_add(arena, &linux->namespaces)->type = CLONE_NEWUSER;
}

static struct spec_resources *default_resources(struct arena *arena)
{
	struct spec_resources *resources = arena_new(arena, struct spec_resources);
	struct spec_device_rule *rule = list_add(arena, &resources->devices);

	rule->allow = false;
	rule->access = "rwm";
	return resources;
}

void spec_default(struct spec *spec, bool rootless, uid_t uid, gid_t gid, struct arena *arena)
{
	struct spec_linux *linux = arena_new(arena, struct spec_linux);

	*spec = (struct spec){ .oci_version = "1.3.0" };
	spec->process = default_process(arena);
	spec->root = arena_new(arena, struct spec_root);
	spec->root->path = "rootfs";
	spec->root->readonly = true;
	spec->hostname = "hoy";
	add_mounts(spec, rootless, arena);
	spec->linux = linux;
	add_namespaces(linux, rootless, arena);
	if (rootless) {
		*list_add(arena, &linux->uid_mappings) = (struct spec_id_map){ 0, uid, 1 };
		*list_add(arena, &linux->gid_mappings) = (struct spec_id_map){ 0, gid, 1 };
	} else {
		linux->resources = default_resources(arena);
	}
	SET_STRINGS(arena, &linux->masked_paths, "/proc/acpi", "/proc/asound", "/proc/kcore",
		    "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
		    "/proc/sched_debug", "/sys/firmware", "/proc/scsi");
	SET_STRINGS(arena, &linux->readonly_paths, "/proc/bus", "/proc/fs", "/proc/irq",
		    "/proc/sys", "/proc/sysrq-trigger");
}

const char *spec_encode(const struct spec *spec, struct arena *arena)
{
	return json_encode_text(arena, &spec_config_table, spec, JSON_INDENTED);
}
