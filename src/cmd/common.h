/* What several commands do alike. */
#pragma once

#include "cmd/commands.h"
#include "host/host.h"
#include "json/write.h"
#include "plan/build.h"
#include "spec/spec.h"
#include "state/store.h"

/* The state directory of --root. With `make` it is made; only what makes containers does that. */
MUST_CHECK int cmd_open_store(const struct options *options, bool make, struct store *store,
			      struct arena *arena, struct error *err);

/* The facts that the command line gives, and those of the caller. */
MUST_CHECK int cmd_read_facts(const struct options *options, struct plan_facts *facts,
			      struct error *err);

/*
 * A terminal is either relayed by hoy, which then stays, or handed over through --console-socket;
 * anything else is refused, as by runc. `detached`: hoy does not stay.
 */
MUST_CHECK int cmd_check_terminal(bool terminal, bool detached, const char *console_socket,
				  struct error *err);

/* What could not be had and is no error. */
void cmd_log_warnings(const struct plan *plan);

/* One container as `state` and `list` print it: runc's keys, in runc's order. */
void cmd_write_state(struct json_writer *writer, const struct record *record,
		     enum host_status status, struct arena *arena);

/*
 * The name of a user as /etc/passwd has it, else "#1000". Read by hand: NSS would load libraries.
 */
const char *cmd_user_name(uint64_t uid, struct arena *arena);

/* "created" for a reader that wants a time even where there is none yet: Go's zero time. */
const char *cmd_created(const struct record *record);

/* The PID to show: 0 once the process is gone. */
int64_t cmd_shown_pid(const struct record *record, enum host_status status);
