/*
 * The command line. One table (src/cmd/table.c) says which commands and options there are; parsing,
 * --help, completion and the comparison with the man page (tests/lint/manual.sh) read it.
 *
 * The rules are those of getopt and of Go's flag package together, because engines write for both:
 * --name VALUE, --name=VALUE, -name (one dash), -n VALUE, -nVALUE, -n=VALUE, -abc for three flags
 * of one letter, --flag=false, "--" for the end of the options. Options of a command may stand
 * before or after its operands; but where a command line follows (exec, ps), all that stands behind
 * ID belongs to that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "json/optional.h"

struct options;

struct command {
	const char *name;
	const char *operands;		/* "ID [SIGNAL]" */
	int min_operands, max_operands;	/* the second may be -1: as many as there are */
	bool rest_is_command;		/* behind the first operand nothing is an option */
	bool makes_processes;		/* in containers: hoy seals itself first (host_seal) */
	bool refused;			/* known, but not built yet */
	bool hidden;			/* not in the list of commands */
	int failure_status;		/* hoy's exit status when the command fails */
	const char *summary;		/* one line, no capital, no full stop */
	const char *description;	/* more, for `hoy COMMAND --help`, or NULL */

	/* Do it. *status is 0 beforehand; run and exec set it to the program's. */
	int (*run)(struct options *options, int *status, struct arena *arena, struct error *err);
};

/* Names are those of the options; absent is NULL, false, 0 or empty. */
struct options {
	const struct command *command;	/* what to do; never NULL once parsing has succeeded */
	const struct command *about;	/* for help: the command it is asked for, or NULL */
	const char *id;			/* the first operand of commands that take ID */
	LIST(const char *) operands;	/* all of them, ID included */

	/* before the command */
	const char *root;
	const char *log;
	const char *log_format;
	const char *log_level;
	const char *cgroup_manager;
	const char *rootless;
	bool debug;

	/* create, run */
	const char *bundle;		/* spec, too */
	const char *config;
	const char *console_socket;	/* exec, too, as the next three */
	const char *pid_file;
	uint32_t preserve_fds;
	bool detach;
	bool no_pivot;
	bool no_new_keyring;
	bool no_subreaper;
	bool keep;

	/* exec */
	const char *process;
	const char *cwd;
	LIST(const char *) env;
	struct opt_bool tty;
	const char *user;
	LIST(const char *) additional_gids;
	LIST(const char *) cap;
	struct opt_bool no_new_privs;
	const char *cgroup;
	bool ignore_paused;

	/* others */
	bool all;			/* kill */
	bool force;			/* delete */
	const char *format;		/* list, ps */
	bool quiet;			/* list */
	bool for_rootless;		/* spec --rootless */
	bool help, version;
	bool understood;		/* parsing has succeeded */

	const void *refused;		/* of options that are known and refused; nobody reads it */
};

/*
 * Parse argv into zeroed `options`, whose strings point into argv. Without a command, with --help
 * or --version, the command is `help` or `version`. On failure (ERROR_USAGE) what was understood so
 * far is there, for the log, and `command` if the line came that far.
 */
MUST_CHECK int options_parse(struct options *options, int argc, char *const *argv,
			     struct arena *arena, struct error *err);

/*
 * Whether the descriptors of --preserve-fds are there, behind those of LISTEN_FDS
 * (sd_listen_fds(3)). To be asked before anything else is opened, or what hoy opens itself would be
 * handed on in their place.
 */
MUST_CHECK int options_check_descriptors(const struct options *options, struct error *err);

/* Whether debug lines are wanted: --debug, or crun's --log-level=debug. */
bool options_want_debug(const struct options *options);

/*
 * The exit status of a run that failed: 1, or 255 where `exec` was understood but could not be done
 * (runc #3073: engines tell by it hoy's failure from the program's).
 */
int options_failure_status(const struct options *options);

/*
 * After an ERROR_USAGE has been told, say on stderr where help is; unless only JSON lines go there.
 */
void options_hint(const struct options *options, const struct error *err);
