#include "spec/sysctl.h"

#include <linux/sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"

static bool has_bad_part(const char *file)
{
	size_t len;

	for (;; file += len + 1) {
		len = strcspn(file, "/");
		if (len == 0 || (len == 1 && file[0] == '.') ||
		    (len == 2 && file[0] == '.' && file[1] == '.'))
			return true;
		if (!file[len])
			return false;
	}
}

const char *sysctl_file(const char *name, struct arena *arena)
{
	char *file = arena_strdup(arena, name), *at;
	const char *first = strpbrk(name, "./");

	if (first && *first == '.') {
		for (at = file; *at; at++) {
			if (*at == '.')
				*at = '/';
			else if (*at == '/')
				*at = '.';
		}
	}
	return has_bad_part(file) ? NULL : file;
}

uint64_t sysctl_namespace(const char *file)
{
	/*
	 * ipc_namespaces(7); those that only checkpoint and restore uses are left out, as in runc.
	 */
	static const char *const ipc[] = {
		"kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem",
		"kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced",
	};
	size_t i;

	for (i = 0; i < COUNT(ipc); i++)
		if (strcmp(file, ipc[i]) == 0)
			return CLONE_NEWIPC;
	if (text_starts_with(file, "fs/mqueue/"))
		return CLONE_NEWIPC;
	if (text_starts_with(file, "net/"))
		return CLONE_NEWNET;
	if (text_starts_with(file, "user/"))
		return CLONE_NEWUSER;
	if (strcmp(file, "kernel/hostname") == 0 || strcmp(file, "kernel/domainname") == 0)
		return CLONE_NEWUTS;
	return 0;
}
