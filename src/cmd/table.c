#include "cmd/table.h"

#include <string.h>

#include "cmd/commands.h"

#define ID_ONLY .operands = "ID", .min_operands = 1, .max_operands = 1, .failure_status = 1
#define NO_OPERANDS .operands = "", .failure_status = 1
#define NOT_BUILT .operands = "ID", .max_operands = -1, .failure_status = 1, .refused = true

/* In the order in which --help lists them. */
const struct command commands[] = {
	{ "create", ID_ONLY, .makes_processes = true, .run = cmd_create,
	  .summary = "make a container from a bundle; its program waits for `start`",
	  .description =
		"ID is a name for the container, unique under --root, of letters, digits and _ + . -" },
	{ "start", ID_ONLY, .run = cmd_start,
	  .summary = "let the program of a created container run" },
	{ "run", ID_ONLY, .makes_processes = true, .run = cmd_run,
	  .summary = "create and start a container, wait for its program, delete it",
	  .description =
		"The exit status is the program's, or 128 and the number of the signal that ended it." },
	{ "exec", .operands = "ID [COMMAND [ARGUMENT...]]", .min_operands = 1, .max_operands = -1,
	  .failure_status = 255, .rest_is_command = true, .makes_processes = true, .run = cmd_exec,
	  .summary = "run another process in a container that runs",
	  .description =
		"User, environment and the rest are those of the container's own process unless options\n"
		"say otherwise. The exit status is the process's, or 255 when it could not be run." },
	{ "state", ID_ONLY, .run = cmd_state,
	  .summary = "print the state of a container as JSON" },
	{ "list", NO_OPERANDS, .run = cmd_list,
	  .summary = "list the containers under --root" },
	{ "ps", .operands = "ID [PS-OPTION...]", .min_operands = 1, .max_operands = -1,
	  .failure_status = 1, .rest_is_command = true, .run = cmd_ps,
	  .summary = "list the processes of a container",
	  .description =
		"The table is that of ps(1), called with the PS-OPTIONs (-ef where there are none)." },
	{ "kill", .operands = "ID [SIGNAL]", .min_operands = 1, .max_operands = 2,
	  .failure_status = 1, .run = cmd_kill,
	  .summary = "send a signal to a container's first process",
	  .description =
		"SIGNAL is a name with or without SIG, or a number; SIGTERM where there is none." },
	{ "pause", ID_ONLY, .run = cmd_pause,
	  .summary = "freeze all processes of a container" },
	{ "resume", ID_ONLY, .run = cmd_resume,
	  .summary = "let the processes of a paused container go on" },
	{ "delete", ID_ONLY, .run = cmd_delete,
	  .summary = "remove a container that has stopped, with all that was made for it" },
	{ "spec", NO_OPERANDS, .run = cmd_spec,
	  .summary = "write a config.json to begin with" },
	{ "features", NO_OPERANDS, .run = cmd_features,
	  .summary = "print as JSON what this build of hoy can do" },
	{ "help", .operands = "[COMMAND]", .max_operands = 1, .failure_status = 1, .run = cmd_help,
	  .summary = "explain hoy, or one of its commands" },

	{ "version", NO_OPERANDS, .hidden = true, .run = cmd_version,
	  .summary = "print which hoy this is" },
	{ "completion", .operands = "bash|table", .min_operands = 1, .max_operands = 1,
	  .failure_status = 1, .hidden = true, .run = cmd_completion,
	  .summary = "print the completion script for bash, or the table of options" },

	{ "checkpoint", NOT_BUILT, .summary = "save a running container to disk" },
	{ "restore", NOT_BUILT, .summary = "bring a saved container back" },
	{ "update", NOT_BUILT, .summary = "change the limits of a running container" },
	{ "events", NOT_BUILT, .summary = "print a container's counters" },
	{ 0 }
};

/* A member of another type than the row's kind wants does not compile. */
#define IS(member, type) __builtin_types_compatible_p(__typeof__(((struct options *)0)->member), type)
#define CHECKED(member, type) \
	(0 * sizeof(struct { int row_has_the_wrong_type : IS(member, type) ? 1 : -1; }))
#define AT(member_, type) .offset = offsetof(struct options, member_) + CHECKED(member_, type)
#define AT_LIST(member_) \
	.offset = offsetof(struct options, member_) + CHECKED(member_.at, const char **)

#define ROW(set, name_, letter_, takes_, argument_, help_) \
	.commands = (int)(set), .name = name_, .letter = letter_, .takes = takes_, \
	.argument = argument_, .help = help_

#define FLAG(set, name_, letter_, member, help_) \
	{ ROW(set, name_, letter_, TAKES_NOTHING, NULL, help_), AT(member, bool) }
#define OPTIONAL_BOOL(set, name_, letter_, member, help_) \
	{ ROW(set, name_, letter_, TAKES_OPTIONAL_BOOL, NULL, help_), AT(member, struct opt_bool) }
#define TEXT(set, name_, letter_, argument_, member, help_) \
	{ ROW(set, name_, letter_, TAKES_TEXT, argument_, help_), AT(member, const char *) }
#define CHOICE(set, name_, letter_, choices_, refused_, member, help_) \
	{ ROW(set, name_, letter_, TAKES_TEXT, choices_, help_), AT(member, const char *), \
	  .choices = choices_, .refused_choice = refused_ }
#define NUMBER(set, name_, letter_, argument_, member, help_) \
	{ ROW(set, name_, letter_, TAKES_NUMBER, argument_, help_), AT(member, uint32_t) }
#define MANY(set, name_, letter_, argument_, member, help_) \
	{ ROW(set, name_, letter_, TAKES_LIST, argument_, help_), AT_LIST(member) }
#define NOT_YET(set, name_, letter_, argument_, takes_, help_) \
	{ ROW(set, name_, letter_, takes_, argument_, help_), AT(refused, const void *), \
	  .state = REFUSED }

/* An option that callers pass, and that hoy has no use for. */
#define NEEDLESS(set, name_, member, help_) \
	{ ROW(set, name_, 0, TAKES_NOTHING, NULL, help_), AT(member, bool), \
	  .state = WITHOUT_EFFECT }
#define NEEDLESS_CHOICE(set, name_, choices_, member, help_) \
	{ ROW(set, name_, 0, TAKES_TEXT, choices_, help_), AT(member, const char *), \
	  .choices = choices_, .state = WITHOUT_EFFECT }

const struct command_option command_options[] = {
	TEXT(GLOBAL, "root", 0, "DIR", root,
	     "where the state is kept (/run/hoy; for an ordinary user $XDG_RUNTIME_DIR/hoy)"),
	TEXT(GLOBAL, "log", 0, "FILE", log, "append log lines to FILE instead of standard error"),
	CHOICE(GLOBAL, "log-format", 0, "text|json", NULL, log_format,
	       "how log lines are written (text)"),
	CHOICE(GLOBAL, "log-level", 0, "error|warning|debug", NULL, log_level,
	       "debug is the same as --debug, the others change nothing"),
	FLAG(GLOBAL, "debug", 0, debug, "log every step"),
	CHOICE(GLOBAL, "cgroup-manager", 0, "cgroupfs|disabled", "systemd", cgroup_manager,
	       "who makes cgroups (cgroupfs)"),
	NEEDLESS_CHOICE(GLOBAL, "rootless", "true|false|auto", rootless, "hoy finds out by itself"),
	NOT_YET(GLOBAL, "systemd-cgroup", 's', NULL, TAKES_NOTHING, "let systemd make cgroups"),
	FLAG(GLOBAL, "version", 'v', version, "print which hoy this is"),

	TEXT(IN_CREATE | IN_RUN, "bundle", 'b', "DIR", bundle, "the bundle (.)"),
	TEXT(IN_CREATE | IN_RUN, "config", 'f', "FILE", config,
	     "the configuration, in place of config.json in the bundle"),
	TEXT(IN_EXEC, "process", 'p', "FILE", process,
	     "the process, as JSON like config.json's (-: standard input)"),
	TEXT(IN_EXEC, "cwd", 0, "DIR", cwd, "working folder in the container"),
	MANY(IN_EXEC, "env", 'e', "NAME=VALUE", env,
	     "set an environment variable; may be repeated"),
	OPTIONAL_BOOL(IN_EXEC, "tty", 't', tty, "give the process a terminal"),
	TEXT(IN_EXEC, "user", 'u', "UID[:GID]", user, "run as this user, by number"),
	MANY(IN_EXEC, "additional-gids", 'g', "GID", additional_gids,
	     "one more group, by number; may be repeated"),
	MANY(IN_EXEC, "cap", 'c', "CAP", cap,
	     "one more capability, such as CAP_NET_ADMIN; may be repeated"),
	OPTIONAL_BOOL(IN_EXEC, "no-new-privs", 0, no_new_privs, "no program may gain privileges"),
	TEXT(IN_EXEC, "cgroup", 0, "PATH", cgroup, "a cgroup below the container's to run in"),
	FLAG(IN_EXEC, "ignore-paused", 0, ignore_paused,
	     "exec into a paused container too; it runs once that is resumed"),
	TEXT(IN_CREATE | IN_RUN | IN_EXEC, "console-socket", 0, "SOCKET", console_socket,
	     "send the terminal to this Unix socket"),
	TEXT(IN_CREATE | IN_RUN | IN_EXEC, "pid-file", 0, "FILE", pid_file,
	     "write the process's PID to FILE"),
	NUMBER(IN_CREATE | IN_RUN | IN_EXEC, "preserve-fds", 0, "N", preserve_fds,
	       "hand on N descriptors, from 3 on"),
	FLAG(IN_RUN | IN_EXEC, "detach", 'd', detach, "return once the program runs"),
	FLAG(IN_RUN, "keep", 0, keep, "do not delete the container at the end"),
	FLAG(IN_CREATE | IN_RUN, "no-pivot", 0, no_pivot,
	     "do not use pivot_root (for a root on a ramdisk; weaker)"),
	FLAG(IN_CREATE | IN_RUN, "no-new-keyring", 0, no_new_keyring,
	     "keep the caller's session keyring"),
	NEEDLESS(IN_CREATE | IN_RUN, "no-subreaper", no_subreaper,
		 "hoy never is one when it detaches"),
	NOT_YET(IN_CREATE | IN_RUN | IN_EXEC, "pidfd-socket", 0, "SOCKET", TAKES_TEXT,
		"send a pidfd to this Unix socket"),
	NOT_YET(IN_EXEC, "process-label", 0, "LABEL", TAKES_TEXT, "SELinux label of the process"),
	NOT_YET(IN_EXEC, "apparmor", 0, "PROFILE", TAKES_TEXT, "AppArmor profile of the process"),

	FLAG(IN_KILL, "all", 'a', all, "send it to every process of the container"),
	FLAG(IN_DELETE, "force", 'f', force, "kill it first if it runs; no error if there is none"),
	CHOICE(IN_LIST | IN_PS, "format", 'f', "table|json", NULL, format, "how to print (table)"),
	FLAG(IN_LIST, "quiet", 'q', quiet, "IDs only"),
	TEXT(IN_SPEC, "bundle", 'b', "DIR", bundle, "write it to this folder (.)"),
	FLAG(IN_SPEC, "rootless", 0, for_rootless,
	     "for an ordinary user, in a user namespace of one ID"),

	FLAG(EVERYWHERE, "help", 'h', help, "explain"),
	{ 0 }
};

static const struct {
	const char *name;
	int bit;
} bits[] = {
	{ "create", IN_CREATE }, { "run", IN_RUN },   { "exec", IN_EXEC },     { "list", IN_LIST },
	{ "ps", IN_PS },	 { "kill", IN_KILL }, { "delete", IN_DELETE }, { "spec", IN_SPEC },
};

const struct command *command_find(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++) {
		if (strcmp(command->name, name) == 0)
			return command;
	}
	return NULL;
}

bool option_is_for(const struct command_option *option, const struct command *command)
{
	size_t i;

	if (option->commands == EVERYWHERE)
		return true;
	if (!command)
		return option->commands == GLOBAL;
	for (i = 0; i < COUNT(bits); i++) {
		if (strcmp(bits[i].name, command->name) == 0)
			return option->commands & bits[i].bit;
	}
	return false;
}
