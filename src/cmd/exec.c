#include <string.h>

#include "base/text.h"
#include "cmd/common.h"
#include "spec/load.h"
#include "spec/words.h"

/* ------------------------------------------------------- options -> process */

/* A user or group ID: (uid_t)-1 is none, it means "leave as it is" to setresuid(2). */
static bool parse_id(const char *text, uint32_t *id)
{
	return text_to_u32(text, id) && *id != UINT32_MAX;
}

/*
 * UID or UID:GID, numbers only: a name would be looked up in the container's files (CVE-2016-3697),
 * and a form that is half understood runs as root (CVE-2026-30892). Without a GID the group stays,
 * as with runc.
 */
static int set_user(struct spec_user *user, const char *text, struct arena *arena,
		    struct error *err)
{
	const char *colon = strchr(text, ':');
	const char *first = colon ? arena_strndup(arena, text, (size_t)(colon - text)) : text;
	uint32_t uid, gid = user->gid;

	if (!parse_id(first, &uid) || (colon && !parse_id(colon + 1, &gid)))
		return fail(err, ERROR_USAGE, "--user: '%s' is not UID or UID:GID, in numbers",
			    text);
	user->uid = uid;
	user->gid = gid;
	return 0;
}

static int add_groups(struct spec_user *user, const struct options *options, struct arena *arena,
		      struct error *err)
{
	uint32_t gid;
	size_t i;

	for (i = 0; i < options->additional_gids.len; i++) {
		if (!parse_id(options->additional_gids.at[i], &gid))
			return fail(err, ERROR_USAGE, "--additional-gids: '%s' is not a group ID",
				    options->additional_gids.at[i]);
		*list_add(arena, &user->additional_gids) = gid;
	}
	return 0;
}

static int add_environment(struct spec_process *process, const struct options *options,
			   struct arena *arena, struct error *err)
{
	const char *entry, *equals;
	size_t i;

	for (i = 0; i < options->env.len; i++) {
		entry = options->env.at[i];
		equals = strchr(entry, '=');
		if (!equals || equals == entry)
			return fail(err, ERROR_USAGE, "--env: '%s' is not NAME=VALUE", entry);
		*list_add(arena, &process->env) = entry;
	}
	return 0;
}

/*
 * Bounding, effective and permitted; never inheritable or ambient, with which a program that is not
 * root could keep them (CVE-2022-29162).
 */
static int add_capabilities(struct spec_process *process, const struct options *options,
			    struct arena *arena, struct error *err)
{
	struct spec_capabilities *sets = arena_new(arena, struct spec_capabilities);
	size_t i;

	if (options->cap.len == 0)
		return 0;
	if (process->capabilities)
		*sets = *process->capabilities;
	for (i = 0; i < options->cap.len; i++) {
		const char *name = options->cap.at[i], *meant;

		if (!words_find(&capability_words, name)) {
			meant = words_suggest(&capability_words, name);
			if (meant)
				return fail(err, ERROR_USAGE,
					    "--cap: unknown capability '%s' (did you mean '%s'?)",
					    name, meant);
			return fail(err, ERROR_USAGE, "--cap: unknown capability '%s'", name);
		}
		*list_add(arena, &sets->bounding) = name;
		*list_add(arena, &sets->effective) = name;
		*list_add(arena, &sets->permitted) = name;
	}
	process->capabilities = sets;
	return 0;
}

/*
 * What config.json's process is changed to by the command line; also a process.json's, where an
 * option is given.
 */
static int apply_options(struct spec_process *process, const struct options *options,
			 struct arena *arena, struct error *err)
{
	if (options->cwd) {
		if (*options->cwd != '/')
			return fail(err, ERROR_USAGE, "--cwd: '%s' is not an absolute path",
				    options->cwd);
		process->cwd = options->cwd;
	}
	if (options->user && set_user(&process->user, options->user, arena, err) < 0)
		return -1;
	if (options->tty.set || !options->process)
		process->terminal = (struct opt_bool){ .set = true, .value = options->tty.value };
	if (options->no_new_privs.set)
		process->no_new_privileges = options->no_new_privs;
	if (add_groups(&process->user, options, arena, err) < 0 ||
	    add_environment(process, options, arena, err) < 0 ||
	    add_capabilities(process, options, arena, err) < 0)
		return -1;
	return 0;
}

static int check_command(const struct options *options, struct error *err)
{
	bool command = options->operands.len > 1;

	if (options->process && command)
		return fail(err, ERROR_USAGE,
			    "exec: --process and a command ('%s') exclude each other",
			    options->operands.at[1]);
	if (!options->process && !command)
		return fail(err, ERROR_USAGE,
			    "exec: process args cannot be empty: give a command or --process");
	return 0;
}

static int choose_process(struct spec_process *process, const struct spec *spec,
			  const struct options *options, struct arena *arena, struct error *err)
{
	size_t i;

	if (options->process) {
		if (spec_load_process(process, options->process, arena, err) < 0)
			return -1;
	} else {
		if (spec->process)
			*process = *spec->process;
		else
			process->cwd = "/";
		process->args.at = NULL;
		process->args.len = 0;
		for (i = 1; i < options->operands.len; i++)
			*list_add(arena, &process->args) = options->operands.at[i];
	}
	return apply_options(process, options, arena, err);
}

/* ------------------------------------------------------------------- cgroup */

/*
 * runc's form is [CONTROLLERS:]PATH, whose first part is for cgroup v1. The host resolves PATH
 * below the container's cgroup.
 */
static int check_cgroup(const char *path, struct error *err)
{
	const char *part;
	size_t len;

	if (!path)
		return 0;
	len = strspn(path, "abcdefghijklmnopqrstuvwxyz_,=");
	if (len > 0 && path[len] == ':')
		return fail(err, ERROR_USAGE,
			    "--cgroup: '%s' names a controller; with cgroup v2 give the path alone",
			    path);
	for (part = path; *part; part += len) {
		part += strspn(part, "/");
		len = strcspn(part, "/");
		if (len == 2 && strncmp(part, "..", 2) == 0)
			return fail(err, ERROR_USAGE,
				    "--cgroup: '%s' leads out of the container's cgroup", path);
	}
	return 0;
}

/* --------------------------------------------------------------------- exec */

/* The config as create read it: the bundle's may have changed since (runtime.md). */
static int load_config(struct store *store, const struct options *options, struct spec *spec,
		       struct arena *arena, struct error *err)
{
	CLEANUP(store_entry_close) struct store_entry entry = { .fd = -1, .lock = -1 };
	enum host_status status;
	struct record record;
	const char *text;
	size_t len;

	if (host_look(store, options->id, &record, &status, arena, err) < 0)
		return -1;
	if (status == HOST_CREATING)
		return fail(err, ERROR_STATE,
			    "cannot exec in a container that is still being created");
	if (status == HOST_STOPPED)
		return fail(err, ERROR_STATE, "cannot exec in a stopped container");
	if (store_find(store, options->id, false, &entry, err) < 0 ||
	    store_read_file(&entry, "config.json", &text, &len, arena, err) < 0)
		return -1;
	return spec_load_text(spec, text, len, record.bundle, "config.json", arena, err);
}

int cmd_exec(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };
	struct host_exec_options host = {
		.console_socket = options->console_socket,
		.pid_file = options->pid_file,
		.cgroup = options->cgroup,
		.detach = options->detach,
		.ignore_paused = options->ignore_paused,
	};
	struct spec_process process = { 0 };
	struct plan_facts facts;
	struct spec spec;
	struct plan plan;

	if (check_command(options, err) < 0 || check_cgroup(options->cgroup, err) < 0 ||
	    cmd_open_store(options, false, &store, arena, err) < 0 ||
	    load_config(&store, options, &spec, arena, err) < 0 ||
	    choose_process(&process, &spec, options, arena, err) < 0 ||
	    cmd_check_terminal(process.terminal.value, options->detach, options->console_socket,
			       err) < 0 ||
	    cmd_read_facts(options, &facts, err) < 0 ||
	    plan_build_exec(&plan, &spec, &process, &facts, arena, err) < 0)
		return -1;
	cmd_log_warnings(&plan);
	return host_exec(&store, options->id, &plan, &host, status, arena, err);
}
