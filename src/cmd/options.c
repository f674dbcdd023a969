#include "cmd/options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/words.h"
#include "cmd/commands.h"
#include "cmd/table.h"
#include "plan/seccomp.h"

/* The Makefile says; this is for whoever compiles by hand. */
#ifndef HOY_VERSION
#define HOY_VERSION "unknown"
#endif
#ifndef HOY_COMMIT
#define HOY_COMMIT "unknown"
#endif

/* What is left of argv. */
struct line {
	char *const *at;	/* NULL-terminated */
	struct arena *arena;
};

/* ---------------------------------------------------------------- looking up */

static const struct command_option *find_long(const struct command *command, const char *name,
					      size_t len)
{
	const struct command_option *option;

	for (option = command_options; option->name; option++) {
		if (strncmp(option->name, name, len) == 0 && option->name[len] == '\0' &&
		    option_is_for(option, command))
			return option;
	}
	return NULL;
}

static const struct command_option *find_letter(const struct command *command, char letter)
{
	const struct command_option *option;

	for (option = command_options; option->name; option++) {
		if (option->letter == letter && option_is_for(option, command))
			return option;
	}
	return NULL;
}

static int unknown_option(const struct command *command, const char *word, struct arena *arena,
			  struct error *err)
{
	const struct command_option *option;
	LIST(struct word) names = { 0 };
	struct words words = { .what = "option" };
	const char *wrote = arena_strndup(arena, word, strcspn(word, "=")), *meant;

	for (option = command_options; option->name; option++) {
		if (option_is_for(option, command))
			list_add(arena, &names)->name = option->name;
	}
	list_add(arena, &names)->name = NULL;
	words.at = names.at;
	meant = words_suggest(&words, wrote + strspn(wrote, "-"));
	if (meant)
		return fail(err, ERROR_USAGE, "unknown option '%s' (did you mean '--%s'?)", wrote,
			    meant);
	return fail(err, ERROR_USAGE, "unknown option '%s'", wrote);
}

static int unknown_command(const char *name, struct arena *arena, struct error *err)
{
	const struct command *command;
	LIST(struct word) names = { 0 };
	struct words words = { .what = "command" };
	const char *meant;

	for (command = commands; command->name; command++) {
		if (!command->refused && !command->hidden)
			list_add(arena, &names)->name = command->name;
	}
	list_add(arena, &names)->name = NULL;
	words.at = names.at;
	meant = words_suggest(&words, name);
	if (meant)
		return fail(err, ERROR_USAGE, "unknown command '%s' (did you mean '%s'?)", name,
			    meant);
	return fail(err, ERROR_USAGE, "unknown command '%s'", name);
}

/* ------------------------------------------------------------------- values */

static int not_supported(const struct command_option *option, const char *value, struct error *err)
{
	return fail(err, ERROR_USAGE, "--%s%s%s is not supported by this version of hoy",
		    option->name, value ? "=" : "", value ? value : "");
}

/* The words of Go's strconv.ParseBool. */
static int parse_bool(const struct command_option *option, const char *value, bool *result,
		      struct error *err)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };
	size_t i;

	*result = true;
	for (i = 0; i < COUNT(yes); i++) {
		if (!value || strcmp(value, yes[i]) == 0)
			return 0;
	}
	*result = false;
	for (i = 0; i < COUNT(no); i++) {
		if (strcmp(value, no[i]) == 0)
			return 0;
	}
	return fail(err, ERROR_USAGE, "--%s: '%s' is neither true nor false", option->name, value);
}

static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (;;) {
		size_t here = strcspn(choices, "|");

		if (here == len && strncmp(choices, value, len) == 0)
			return true;
		if (choices[here] == '\0')
			return false;
		choices += here + 1;
	}
}

static int check_choice(const struct command_option *option, const char *value, struct error *err)
{
	if (option->refused_choice && strcmp(option->refused_choice, value) == 0)
		return not_supported(option, value, err);
	if (option->choices && !is_choice(option->choices, value))
		return fail(err, ERROR_USAGE, "--%s: '%s' is none of %s", option->name, value,
			    option->choices);
	return 0;
}

/* `value` is NULL only for flags that stand without one. */
static int set(struct options *options, const struct command_option *option, const char *value,
	       struct arena *arena, struct error *err)
{
	LIST(const char *) *list;
	struct opt_bool *optional;
	bool yes = true;
	void *member = (char *)options + option->offset;

	if (option->takes == TAKES_NOTHING || option->takes == TAKES_OPTIONAL_BOOL) {
		if (parse_bool(option, value, &yes, err) < 0)
			return -1;
	} else if (check_choice(option, value, err) < 0) {
		return -1;
	}
	switch (option->takes) {
	case TAKES_NOTHING:
		/* Not to do what is not built yet is easy. */
		if (option->state == REFUSED)
			return yes ? not_supported(option, NULL, err) : 0;
		*(bool *)member = yes;
		return 0;
	case TAKES_OPTIONAL_BOOL:
		optional = member;
		optional->set = true;
		optional->value = yes;
		return 0;
	case TAKES_NUMBER:
		if (!text_to_u32(value, member))
			return fail(err, ERROR_USAGE, "--%s: '%s' is no number", option->name,
				    value);
		return 0;
	case TAKES_LIST:
		list = member;
		*list_add(arena, list) = value;
		return 0;
	case TAKES_TEXT:
		if (option->state == REFUSED)
			return not_supported(option, NULL, err);
		*(const char **)member = value;
		return 0;
	}
	return fail(err, ERROR_BUG, "--%s: a kind of option that nobody knows", option->name);
}

static bool is_flag(const struct command_option *option)
{
	return option->takes == TAKES_NOTHING || option->takes == TAKES_OPTIONAL_BOOL;
}

/* `given` is what stood behind "=", or NULL: then the next word is the value. */
static int set_or_take(struct options *options, const struct command_option *option,
		       const char *given, struct line *line, struct error *err)
{
	if (!given && !is_flag(option)) {
		if (!*line->at)
			return fail(err, ERROR_USAGE, "flag needs an argument: --%s", option->name);
		given = *line->at++;
	}
	return set(options, option, given, line->arena, err);
}

/* ------------------------------------------------------------------ parsing */

/* "-td", "-eA=B", "-u=1": letters up to the first that takes a value. */
static int parse_letters(struct options *options, const char *word, const char *letters,
			 struct line *line, struct error *err)
{
	const char *at;

	for (at = letters; *at; at++) {
		const struct command_option *option = find_letter(options->command, *at);

		if (!option)
			return unknown_option(options->command, word, line->arena, err);
		if (at[1] == '=')
			return set(options, option, at + 2, line->arena, err);
		if (!is_flag(option))
			return set_or_take(options, option, at[1] ? at + 1 : NULL, line, err);
		if (set(options, option, NULL, line->arena, err) < 0)
			return -1;
	}
	return 0;
}

static int parse_option(struct options *options, const char *word, struct line *line,
			struct error *err)
{
	const char *name = word + (word[1] == '-' ? 2 : 1);
	size_t len = strcspn(name, "=");
	const char *given = name[len] ? name + len + 1 : NULL;
	const struct command_option *option = find_long(options->command, name, len);

	if (option)
		return set_or_take(options, option, given, line, err);
	/* "--e" is "-e" to Go, and so to some callers; more letters than one are not. */
	if (len == 0 || (word[1] == '-' && len > 1))
		return unknown_option(options->command, word, line->arena, err);
	return parse_letters(options, word, name, line, err);
}

static void add_operand(struct options *options, const char *word, struct line *line)
{
	*list_add(line->arena, &options->operands) = word;
}

/* Options and operands of options->command; before there is one, up to and with its name. */
static int parse_scope(struct options *options, struct line *line, struct error *err)
{
	const struct command *command = options->command;
	bool only_operands = false;

	while (*line->at) {
		const char *word = *line->at++;

		if (!only_operands && strcmp(word, "--") == 0) {
			only_operands = true;
		} else if (!only_operands && word[0] == '-' && word[1]) {
			if (parse_option(options, word, line, err) < 0)
				return -1;
			if (options->help || options->version)
				return 0;
		} else if (!command) {
			options->command = command_find(word);
			return options->command ? 0 : unknown_command(word, line->arena, err);
		} else {
			add_operand(options, word, line);
			if (command->rest_is_command && options->operands.len == 1) {
				if (*line->at && strcmp(*line->at, "--") == 0)
					line->at++;
				only_operands = true;
			}
		}
	}
	return 0;
}

static int check_operands(struct options *options, struct error *err)
{
	const struct command *command = options->command;
	int len = (int)options->operands.len;

	if (len < command->min_operands)
		return fail(err, ERROR_USAGE, "%s: %s is missing", command->name,
			    len == 0 && strncmp(command->operands, "ID", 2) == 0
				    ? "the container's ID"
				    : command->operands);
	if (command->max_operands >= 0 && len > command->max_operands)
		return fail(err, ERROR_USAGE, "%s: unexpected '%s'", command->name,
			    options->operands.at[command->max_operands]);
	if (strncmp(command->operands, "ID", 2) == 0) {
		options->id = options->operands.at[0];
		if (*options->id == '\0')
			return fail(err, ERROR_USAGE, "%s: the container's ID is empty",
				    command->name);
	}
	return 0;
}

/* Help for the command that the line came to; for none, for hoy. */
static int become(struct options *options, const char *name)
{
	options->about = options->command;
	options->command = command_find(name);
	options->operands.len = 0;
	options->understood = true;
	return 0;
}

int options_parse(struct options *options, int argc, char *const *argv, struct arena *arena,
		  struct error *err)
{
	struct line line = { .at = argv + (argc > 0), .arena = arena };

	if (parse_scope(options, &line, err) < 0)
		return -1;
	if (options->version)
		return become(options, "version");
	if (options->help || !options->command)
		return become(options, "help");
	/*
	 * Its options are not looked at: they are unknown too. Podman asks by `checkpoint --help`
	 * whether it is there, and by `restore --lsm-mount-context`, which is to fail without
	 * complaining that the value is missing.
	 */
	if (options->command->refused)
		return fail(err, ERROR_USAGE, "%s: not supported by this version of hoy",
			    options->command->name);
	if (parse_scope(options, &line, err) < 0)
		return -1;
	if (options->help)
		return become(options, "help");
	if (check_operands(options, err) < 0)
		return -1;
	options->understood = true;
	return 0;
}

static uint32_t count_listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint32_t number;

	if (!pid || !fds || !text_to_u32(pid, &number) || number != (uint32_t)getpid() ||
	    !text_to_u32(fds, &number))
		return 0;
	return number;
}

int options_check_descriptors(const struct options *options, struct error *err)
{
	uint64_t end = 3 + (uint64_t)count_listen_fds() + options->preserve_fds, fd;

	for (fd = end - options->preserve_fds; fd < end; fd++) {
		errno = EBADF;
		if (fd > INT_MAX || fcntl((int)fd, F_GETFD) < 0)
			return fail_errno(err,
					  "preserve %u descriptors: descriptor %llu is not open",
					  options->preserve_fds, (unsigned long long)fd);
	}
	return 0;
}

bool options_want_debug(const struct options *options)
{
	return options->debug || (options->log_level && strcmp(options->log_level, "debug") == 0);
}

int options_failure_status(const struct options *options)
{
	return options->understood ? options->command->failure_status : 1;
}

void options_hint(const struct options *options, const struct error *err)
{
	const struct command *command = options->command;

	if (err->kind != ERROR_USAGE ||
	    (!options->log && options->log_format && strcmp(options->log_format, "json") == 0))
		return;
	if (command && !command->refused && !command->hidden)
		fprintf(stderr, "Usage: hoy %s [OPTION...]%s%s\nTry 'hoy %s --help'.\n",
			command->name, *command->operands ? " " : "", command->operands,
			command->name);
	else
		fprintf(stderr,
			"Usage: hoy [OPTION...] COMMAND [ARGUMENT...]\nTry 'hoy --help'.\n");
}

/*
 * Callers read this: the word "version" may stand on the first line only (Docker), "commit: " and
 * "spec: " begin two others (go-runc).
 */
int cmd_version(struct options *options, int *status, struct arena *arena, struct error *err)
{
	(void)options;
	(void)status;
	(void)err;
	printf("hoy version %s\ncommit: %s\nspec: %s\nlibseccomp: %s\n", HOY_VERSION, HOY_COMMIT,
	       SPEC_VERSION, plan_seccomp_version(arena));
	return 0;
}
