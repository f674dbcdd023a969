/* The whole plan, in order. */
#include "plan/plan.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "kernel/identity.h"
#include "kernel/namespace.h"
#include "plan/builder.h"
#include "spec/sysctl.h"

void warn(struct builder *b, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	*list_add(b->arena, &b->plan->warnings) = arena_strdup(b->arena, text ? text : format);
	free(text);
}

/* -------------------------------------------------------------------- facts */

static bool setgroups_denied(void)
{
	CLEANUP(fd_close) int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
	char text[8] = "";

	/* Without user namespaces there is no such file, and nothing is denied. */
	return fd >= 0 && fd_read(fd, text, sizeof(text) - 1) > 0 && text_starts_with(text, "deny");
}

/* sd_listen_fds(3): meant for us only with our PID beside it. */
static unsigned int listen_fds(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint32_t count, number;

	if (!fds || !text_to_u32(fds, &count) || count > 1024)
		return 0;
	if (pid && *pid && (!text_to_u32(pid, &number) || number != (uint32_t)getpid()))
		return 0;
	return count;
}

const char *plan_notify_socket(void)
{
	const char *socket = getenv("NOTIFY_SOCKET");

	return socket && (*socket == '/' || *socket == '@') && socket[1] ? socket : NULL;
}

int plan_facts_read(struct plan_facts *facts, struct error *err)
{
	struct capability_sets sets;

	facts->euid = geteuid();
	facts->egid = getegid();
	facts->setgroups_denied = setgroups_denied();
	facts->listen_fds = listen_fds();
	facts->notify_socket = plan_notify_socket();
	if (namespace_in_user_namespace(&facts->in_user_namespace, err) < 0 ||
	    identity_last_capability(&facts->last_capability, err) < 0 ||
	    identity_get_capabilities(&sets, err) < 0)
		return -1;
	facts->caller_bounding = sets.bounding;
	return 0;
}

/* -------------------------------------------------------- paths and sysctls */

static bool has_path(const char *const *paths, size_t len, const char *path)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strcmp(paths[i], path) == 0)
			return true;
	return false;
}

/* The same path twice is fine (engines do it), and needs to be covered once. */
static int build_covers(struct builder *b)
{
	const struct spec_linux *linux = b->linux;
	const char *path;
	size_t i;

	for (i = 0; i < linux->masked_paths.len; i++) {
		path = path_clean(b->arena, linux->masked_paths.at[i]);
		if (strcmp(path, "/") == 0)
			return fail(b->err, ERROR_CONFIG, "linux.maskedPaths[%zu]: '/' cannot be masked", i);
		if (!has_path(b->plan->masked.at, b->plan->masked.len, path))
			*list_add(b->arena, &b->plan->masked) = path;
	}
	for (i = 0; i < linux->readonly_paths.len; i++) {
		path = path_clean(b->arena, linux->readonly_paths.at[i]);
		if (strcmp(path, "/") == 0)
			return fail(b->err, ERROR_CONFIG,
				    "linux.readonlyPaths[%zu]: '/' is what root.readonly is for", i);
		if (!has_path(b->plan->readonly.at, b->plan->readonly.len, path))
			*list_add(b->arena, &b->plan->readonly) = path;
	}
	return 0;
}

static int build_sysctls(struct builder *b)
{
	const struct map_string *from;
	struct plan_sysctl *sysctl;
	size_t i;

	for (i = 0; i < b->linux->sysctl.len; i++) {
		from = &b->linux->sysctl.at[i];
		sysctl = list_add(b->arena, &b->plan->sysctls);
		sysctl->origin = arena_printf(b->arena, "linux.sysctl[\"%s\"]", from->key);
		sysctl->file = sysctl_file(from->key, b->arena);
		sysctl->value = from->value;
		if (!sysctl->file)
			return fail(b->err, ERROR_CONFIG, "%s: no name of a kernel parameter",
				    sysctl->origin);
	}
	return 0;
}

/* -------------------------------------------------------------------- plans */

static void begin(struct builder *b)
{
	static const struct spec_linux none;
	struct plan *plan = b->plan;

	memset(plan, 0, sizeof(*plan));
	b->linux = b->spec->linux ? b->spec->linux : &none;
	plan->id = b->facts->id;
	plan->bundle = b->spec->bundle;
	plan->debug = b->facts->debug;
	plan->rootless = b->facts->euid != 0 || b->facts->in_user_namespace;
	plan->root.fd = -1;
	plan->start_fd = -1;
	plan->report_fd = -1;
}

int plan_build(struct plan *plan, const struct spec *spec, const struct plan_facts *facts,
	       struct arena *arena, struct error *err)
{
	struct builder b = { plan, spec, NULL, facts, arena, err };

	begin(&b);
	plan->hostname = spec->hostname && *spec->hostname ? spec->hostname : NULL;
	plan->notify_socket = facts->notify_socket;
	plan->domainname = spec->domainname && *spec->domainname ? spec->domainname : NULL;
	if (build_namespaces(&b) < 0 || build_ids(&b) < 0 || build_cgroup(&b) < 0 ||
	    build_root(&b) < 0 || build_mounts(&b) < 0 || build_devices(&b) < 0 ||
	    build_process(&b, spec->process, "process") < 0 || build_sysctls(&b) < 0 ||
	    build_seccomp(&b) < 0 || build_covers(&b) < 0)
		return -1;
	build_late_readonly(&b);
	build_hooks(&plan->hooks, spec, plan->id, &plan->process, arena);
	return 0;
}

int plan_build_exec(struct plan *plan, const struct spec *spec, const struct spec_process *process,
		    const struct plan_facts *facts, struct arena *arena, struct error *err)
{
	struct builder b = { plan, spec, NULL, facts, arena, err };
	size_t i;

	begin(&b);
	plan->is_exec = true;
	plan->cgroup.manager = facts->cgroup_manager;
	for (i = 0; i < b.linux->namespaces.len; i++)
		plan->namespaces.user |= b.linux->namespaces.at[i].type == CLONE_NEWUSER;
	if (build_ids(&b) < 0)
		return -1;
	/* Who denied setgroups when the namespace was made, denied it for good. */
	plan->ids.deny_setgroups = plan->namespaces.user && facts->euid != 0;
	return build_process(&b, process, "process") < 0 || build_seccomp(&b) < 0 ? -1 : 0;
}

int plan_build_hooks(struct plan_hooks *hooks, const struct spec *spec, const char *id,
		     struct arena *arena, struct error *err)
{
	(void)err;
	memset(hooks, 0, sizeof(*hooks));
	build_hooks(hooks, spec, id, NULL, arena);
	return 0;
}
