/*
 * What this build can do, as runtime-spec's features.md wants it: what it knows and carries out,
 * never what this kernel or host allows. Callers read both outputs (CRI-O), so nothing may be said
 * on standard error.
 */
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "cmd/common.h"
#include "plan/seccomp.h"
#include "spec/words.h"

/* In the order in which they run. */
static const char *const hooks[] = {
	"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
};

static void write_strings(struct json_writer *writer, const char *key, const char *const *strings,
			  size_t len)
{
	size_t i;

	json_write_begin(writer, key, JSON_ARRAY);
	for (i = 0; i < len; i++)
		json_write_string(writer, NULL, strings[i]);
	json_write_end(writer);
}

/* All names of a list, or those that `is_built` takes. */
static void write_words(struct json_writer *writer, const char *key, const struct words *words,
			bool (*is_built)(uint64_t value))
{
	const struct word *word;

	json_write_begin(writer, key, JSON_ARRAY);
	for (word = words->at; word->name; word++) {
		if (!is_built || is_built(word->value))
			json_write_string(writer, NULL, word->name);
	}
	json_write_end(writer);
}

static void write_enabled(struct json_writer *writer, const char *key, bool enabled)
{
	json_write_begin(writer, key, JSON_OBJECT);
	json_write_bool(writer, "enabled", enabled);
	json_write_end(writer);
}

static void write_mount_options(struct json_writer *writer)
{
	const struct mount_option *option;

	json_write_begin(writer, "mountOptions", JSON_ARRAY);
	for (option = mount_options; option->name; option++) {
		if (option->kind != OPTION_IDMAP)
			json_write_string(writer, NULL, option->name);
	}
	json_write_end(writer);
}

/* Handing over the listener of a filter is not built yet. */
static bool action_is_built(uint64_t action)
{
	return action != SECCOMP_RET_USER_NOTIF;
}

/* It is about that listener. The others are older than the oldest kernel that hoy runs on. */
static bool flag_is_built(uint64_t flag)
{
	return flag == SECCOMP_FILTER_FLAG_TSYNC || flag == SECCOMP_FILTER_FLAG_LOG ||
	       flag == SECCOMP_FILTER_FLAG_SPEC_ALLOW;
}

static void write_seccomp(struct json_writer *writer)
{
	json_write_begin(writer, "seccomp", JSON_OBJECT);
	json_write_bool(writer, "enabled", true);
	write_words(writer, "actions", &seccomp_action_words, action_is_built);
	write_words(writer, "operators", &seccomp_op_words, NULL);
	write_words(writer, "archs", &seccomp_arch_words, plan_seccomp_has_architecture);
	write_words(writer, "knownFlags", &seccomp_flag_words, NULL);
	write_words(writer, "supportedFlags", &seccomp_flag_words, flag_is_built);
	json_write_end(writer);
}

static void write_linux(struct json_writer *writer)
{
	json_write_begin(writer, "linux", JSON_OBJECT);
	write_words(writer, "namespaces", &namespace_words, NULL);
	write_words(writer, "capabilities", &capability_words, NULL);
	json_write_begin(writer, "cgroup", JSON_OBJECT);
	json_write_bool(writer, "v1", false);
	json_write_bool(writer, "v2", true);
	json_write_bool(writer, "systemd", false);
	json_write_bool(writer, "systemdUser", false);
	json_write_bool(writer, "rdma", false);
	json_write_end(writer);
	write_seccomp(writer);
	write_enabled(writer, "apparmor", false);
	write_enabled(writer, "selinux", false);
	write_enabled(writer, "intelRdt", false);
	json_write_begin(writer, "mountExtensions", JSON_OBJECT);
	write_enabled(writer, "idmap", false);
	json_write_end(writer);
	write_enabled(writer, "netDevices", false);
	json_write_end(writer);
}

static void write_annotations(struct json_writer *writer, struct arena *arena)
{
	json_write_begin(writer, "annotations", JSON_OBJECT);
	json_write_string(writer, "io.github.seccomp.libseccomp.version",
			  plan_seccomp_version(arena));
	/* runc's own key: Docker and containerd look for it whatever the runtime. */
	json_write_string(writer, "org.opencontainers.runc.checkpoint.enabled", "false");
	json_write_end(writer);
}

int cmd_features(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(json_writer_destroy) struct json_writer *writer = json_writer_create(JSON_INDENTED);

	(void)options;
	(void)status;
	(void)err;
	json_write_begin(writer, NULL, JSON_OBJECT);
	json_write_string(writer, "ociVersionMin", "1.0.0");
	json_write_string(writer, "ociVersionMax", SPEC_VERSION);
	write_strings(writer, "hooks", hooks, COUNT(hooks));
	write_mount_options(writer);
	write_linux(writer);
	write_annotations(writer, arena);
	/* No annotation of config.json changes what hoy does. */
	write_strings(writer, "potentiallyUnsafeConfigAnnotations", NULL, 0);
	json_write_end(writer);
	fputs(json_written(writer), stdout);
	return 0;
}
