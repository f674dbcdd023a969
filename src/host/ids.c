#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "host/parts.h"
#include "kernel/namespace.h"
#include "kernel/spawn.h"

/* newuidmap PID INSIDE OUTSIDE COUNT ... : the map's words, one after the other, as arguments. */
static int run_helper(const char *helper, const char *property, const char *map, pid_t pid,
		      struct error *err)
{
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	CLEANUP(text_finish) struct text words = {0};
	CLEANUP(text_finish) struct text path = {0};
	const char *args[3 + 3 * 340]; /* the kernel takes 340 lines (user_namespaces(7)) */
	struct spawn spawn = {.args = args, .env = env};
	char number[16], *word, *rest = NULL;
	size_t n = 0;

	snprintf(number, sizeof(number), "%d", (int)pid);
	args[n++] = helper;
	args[n++] = number;
	text_add(&words, map);
	for (word = strtok_r(words.at, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
		if (n + 1 == COUNT(args))
			return fail(err, ERROR_CONFIG, "%s: more than 340 mappings", property);
		args[n++] = word;
	}
	args[n] = NULL;
	text_printf(&path, "/usr/bin/%s", helper);
	spawn.path = text_get(&path);
	if (spawn_run(&spawn, err) < 0)
		return wrap(err,
			    "%s: an ordinary user needs %s and entries in /etc/subuid and "
			    "/etc/subgid for this",
			    property, helper);
	return 0;
}

int ids_write(const struct plan_ids *ids, pid_t pid, struct error *err)
{
	if (ids->use_helpers) {
		if (run_helper("newuidmap", "linux.uidMappings", ids->uid_map, pid, err) < 0)
			return -1;
		return run_helper("newgidmap", "linux.gidMappings", ids->gid_map, pid, err);
	}
	if (ids->deny_setgroups && namespace_deny_setgroups(pid, err) < 0)
		return -1;
	if (namespace_write_uid_map(pid, ids->uid_map, err) < 0)
		return wrap(err, "linux.uidMappings");
	if (namespace_write_gid_map(pid, ids->gid_map, err) < 0)
		return wrap(err, "linux.gidMappings");
	return 0;
}
