#include "cmd/common.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

int cmd_open_store(const struct options *options, bool make, struct store *store,
		   struct arena *arena, struct error *err)
{
	const char *root = options->root;

	if (!root && store_default_root(&root, arena, err) < 0)
		return -1;
	return store_open(store, root, make, err);
}

int cmd_read_facts(const struct options *options, struct plan_facts *facts, struct error *err)
{
	*facts = (struct plan_facts){ 0 };
	if (plan_facts_read(facts, err) < 0)
		return -1;
	facts->id = options->id;
	if (options->cgroup_manager && strcmp(options->cgroup_manager, "disabled") == 0)
		facts->cgroup_manager = CGROUP_DISABLED;
	facts->preserve_fds = options->preserve_fds;
	facts->no_pivot = options->no_pivot;
	facts->no_new_keyring = options->no_new_keyring;
	facts->debug = log_is_debug();
	return 0;
}

int cmd_check_terminal(bool terminal, bool detached, const char *console_socket, struct error *err)
{
	if (terminal && detached && !console_socket)
		return fail(err, ERROR_CONFIG,
			    "use --console-socket when a terminal is used and hoy does not stay "
			    "(process.terminal, or --tty of exec)");
	if (console_socket && !terminal)
		return fail(err, ERROR_CONFIG,
			    "cannot use --console-socket without a terminal (process.terminal, or --tty of "
			    "exec)");
	if (console_socket && !detached)
		return fail(err, ERROR_CONFIG,
			    "cannot use --console-socket without --detach: hoy stays and relays the "
			    "terminal itself");
	return 0;
}

void cmd_log_warnings(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->warnings.len; i++)
		log_warning("%s", plan->warnings.at[i]);
}

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

const char *cmd_user_name(uint64_t uid, struct arena *arena)
{
	CLEANUP(close_file) FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;

	while (file && (entry = fgetpwent(file))) {
		if (entry->pw_uid == uid)
			return arena_strdup(arena, entry->pw_name);
	}
	return arena_printf(arena, "#%llu", (unsigned long long)uid);
}

const char *cmd_created(const struct record *record)
{
	return record->created ? record->created : "0001-01-01T00:00:00Z";
}

int64_t cmd_shown_pid(const struct record *record, enum host_status status)
{
	return status == HOST_STOPPED ? 0 : record->pid;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

void cmd_write_state(struct json_writer *writer, const struct record *record,
		     enum host_status status, struct arena *arena)
{
	size_t i;

	json_write_begin(writer, NULL, JSON_OBJECT);
	json_write_string(writer, "ociVersion",
			  record->oci_version ? record->oci_version : SPEC_VERSION);
	json_write_string(writer, "id", record->id);
	json_write_i64(writer, "pid", cmd_shown_pid(record, status));
	json_write_string(writer, "status", host_status_name(status));
	json_write_string(writer, "bundle", or_empty(record->bundle));
	json_write_string(writer, "rootfs", or_empty(record->rootfs));
	json_write_string(writer, "created", cmd_created(record));
	if (record->annotations.len) {
		json_write_begin(writer, "annotations", JSON_OBJECT);
		for (i = 0; i < record->annotations.len; i++)
			json_write_string(writer, record->annotations.at[i].key,
					  record->annotations.at[i].value);
		json_write_end(writer);
	}
	json_write_string(writer, "owner", cmd_user_name(record->owner_uid, arena));
	json_write_end(writer);
}
